"""A bar for work whose length is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

LINE_SECONDS = 10.0

Progress = Callable[[int, int | None], None]
"""Called with what is done, and with all that there is when that is known."""


@contextmanager
def bar(what: str) -> Iterator[Progress]:
    """Show progress on stderr: a bar in a terminal, elsewhere a line now and then when it takes a while."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what)
        return
    with Bar(*columns, console=console, transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _lines(what: str) -> Progress:
    spoken = time.monotonic()

    def progress(done: int, total: int | None) -> None:
        nonlocal spoken
        if time.monotonic() - spoken >= LINE_SECONDS:
            click.echo(f"{done} of {total} {what}" if total else f"{done} {what}", err=True)
            spoken = time.monotonic()

    return progress
