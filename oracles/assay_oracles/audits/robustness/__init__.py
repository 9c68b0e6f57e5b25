"""How many queries until a service breaks? The robustness score (design, section 3; paper A, section IV-C)."""
