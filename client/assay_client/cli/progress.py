"""Live progress of an audit: one line that changes in a terminal, one line a change elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status as Spinner

from assay_client.watching import Status


class Progress:
    """Shows how an audit proceeds."""

    def __init__(self, console: Console | None = None) -> None:
        """Draw on a console, by default on stderr."""
        self._console = console or Console(stderr=True, highlight=False)
        self._spinner: Spinner | None = None
        self._last: tuple[object, ...] = ()

    def __enter__(self) -> Self:
        """Start the line in a terminal."""
        if self._console.is_terminal:
            self._spinner = self._console.status("Waiting for the chain")
            self._spinner.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the line."""
        if self._spinner:
            self._spinner.stop()

    def show(self, status: Status) -> None:
        """Show the newest status."""
        line = f"block {status.block}: {status.stage.value}, {status.committed}/{len(status.roster)} committed"
        line += f", {status.revealed}/{len(status.roster)} revealed"
        left = "" if status.blocks_left is None else f", {status.blocks_left} blocks left"
        if self._spinner:
            self._spinner.update(line + left)
        now = (status.stage, status.committed, status.revealed)
        if now != self._last and not self._spinner:
            self._console.print(line + left)
        self._last = now
