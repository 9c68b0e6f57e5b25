"""One devnet a directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import Refused

FILE_NAME = "lock"


@contextmanager
def exclusive(directory: Path) -> Iterator[int]:
    """Holds the directory's lock and yields its file descriptor. Raises Refused when another process holds it.

    The kernel frees the lock when the last process that has the descriptor ends, however it ends: a file left behind
    locks nothing. Hand the descriptor to the engine, and the directory stays locked as long as the engine lives.
    """
    descriptor = os.open(directory / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise Refused(
                f"a devnet is already running in {directory} (process {owner})",
                code="devnet-running",
                culprit="local",
                hint="Stop it with Ctrl-C or SIGTERM, or use another --dir.",
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)
