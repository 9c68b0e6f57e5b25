"""One process a directory (or a file) on this machine.

The kernel frees a lock when the last process that has its descriptor ends, however it ends: a file left behind locks
nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay_chain.errors import Refused

FILE_NAME = "lock"
_PID_BYTES = 32


@contextmanager
def directory(path: Path, busy: str, *, code: str, hint: str) -> Iterator[int]:
    """Hold a directory, which is there, by the file `lock` in it, and yield that file's descriptor.

    Hand the descriptor to a child, and the directory stays locked as long as the child lives. The file names this
    process, and so does the refusal that others get.

    Raises:
        Refused: another process holds it; see `file`.
    """
    with file(path / FILE_NAME, busy, code=code, hint=hint, flags=os.O_RDWR | os.O_CREAT) as descriptor:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor


@contextmanager
def file(path: Path, busy: str, *, code: str, hint: str, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Hold a file, and yield its descriptor; the file's content is left alone.

    Args:
        path: the file.
        busy: what happened when somebody else holds it; `code` and `hint` belong to it.
        code: of the refusal.
        hint: of the refusal.
        flags: how to open it.

    Raises:
        Refused: another process holds it, or this one does already; culprit local.
    """
    descriptor = os.open(path, flags, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(busy + _holder(descriptor), code=code, culprit="local", hint=hint) from None
        yield descriptor
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """The process that a lock file names; nothing for a file that has another purpose."""
    owner = os.pread(descriptor, _PID_BYTES, 0).strip()
    return f" (process {owner.decode()})" if owner.isdigit() else ""
