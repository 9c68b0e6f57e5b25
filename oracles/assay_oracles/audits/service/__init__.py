"""Does a service keep what it promises? Service level agreements, probes and their judgement (design, section 3)."""
