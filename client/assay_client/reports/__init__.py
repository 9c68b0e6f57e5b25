"""Portable audit reports: everything about one audit in one file, which is checked without a chain."""
