"""Does P forward to S? Messages hidden in inputs that only S reads (design, section 3; paper A, section IV-A.1)."""
