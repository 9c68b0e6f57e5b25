"""Fairness as a Service: cryptogram tables, their proofs and group fairness (paper B; design section 4)."""
