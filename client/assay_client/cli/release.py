"""Options for how few rows are too few: to release a table, or to accept one."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.decorators import FC

from .base import Word


def min_n(said: str) -> Callable[[FC], FC]:
    """The option --min-n, explained in this way."""
    return click.option("--min-n", type=Word(), metavar="N", default=2, show_default=True, help=said)


def min_cell(said: str) -> Callable[[FC], FC]:
    """The option --min-cell, explained in this way."""
    return click.option("--min-cell", type=Word(), metavar="N", default=0, show_default=True, help=said)
