"""Is P as accurate as S? Probabilistic benchmarking (design, section 3; paper A, sections IV-A.3 and IV-B, case 1)."""
