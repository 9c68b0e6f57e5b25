"""Folders that commands write to."""

from __future__ import annotations

from pathlib import Path

from assay_chain.errors import Refused


def require_new(folder: Path) -> None:
    """Refuse a folder that has files in it.

    Raises:
        Refused: it has; culprit local.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty",
            code="folder-not-empty",
            culprit="local",
            hint="name a new folder; nothing is overwritten",
        )
