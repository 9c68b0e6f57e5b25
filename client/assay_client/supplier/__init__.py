"""For suppliers: checking a model as an oracle would, publishing it, and ready-made examples."""
