"""Assay for clients and suppliers: the SDK and the `assay` command."""
