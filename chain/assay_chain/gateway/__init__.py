"""The gatekeeper's door: the only way to a node that listens on loopback (design, section 6; paper A, IV-B)."""
