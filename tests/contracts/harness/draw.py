"""The draw in plain Python: the protocol's own, which the contracts are tested against."""

from assay_oracles.protocol.draw import added, audit_seed, drawn, shuffled

__all__ = ["added", "audit_seed", "drawn", "shuffled"]
