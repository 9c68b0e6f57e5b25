"""Audit methods, one room each. Pure: seed and data are arguments, no input/output, no chain."""
