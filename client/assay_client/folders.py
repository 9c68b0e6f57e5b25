"""Folders and files that commands write to."""

from __future__ import annotations

import os
from pathlib import Path

from assay_chain.errors import Refused


def require_new(folder: Path) -> None:
    """Refuse a folder that has files in it, or that cannot be made: before the work, not after it.

    Raises:
        Refused: it has, or cannot be; culprit local.
    """
    parent = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise Refused(
            f"{folder} cannot be written: {parent} is no folder that you may write to",
            code="folder-refused",
            culprit="local",
            hint="name another folder",
        )
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty",
            code="folder-not-empty",
            culprit="local",
            hint="name a new folder; nothing is overwritten",
        )


def require_new_file(path: Path) -> None:
    """Refuse a file that is there: before the work, not after it.

    Raises:
        Refused: it is; culprit local.
    """
    if path.exists():
        raise Refused(
            f"{path} exists", code="file-exists", culprit="local", hint="name a new file; nothing is overwritten"
        )
