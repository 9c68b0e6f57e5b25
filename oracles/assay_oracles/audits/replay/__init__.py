"""Does P answer exactly as S does? Deterministic benchmarking (design, section 3; paper A, section IV-A.2)."""
