"""What does a model really score? Recomputed from its manifest (design section 3; paper A section III)."""
