"""`assay demo`: the whole story of a paid audit, with real processes on a chain of its own."""
