"""The `assay` command: one file a command group, on click."""

from .app import cli, main

__all__ = ["cli", "main"]
