"""Tables on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 1000  # columns where nobody looks: a file or another program gets every row on one line


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """Print a table; cells are plain text, never markup (some come from strangers)."""
    built = Table(*columns, box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, collapse_padding=True)
    for row in rows:
        built.add_row(*(Text(cell, overflow="fold") for cell in row))
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    console.print(built)
