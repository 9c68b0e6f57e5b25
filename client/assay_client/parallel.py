"""All cores of this machine, for work that is cut into chunks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def workers(chunks: int) -> Iterator[tuple[Executor, int]]:
    """Yield an executor and how many chunks it works on at once.

    Args:
        chunks: How many there are; a single one is not worth a process.
    """
    count = min(chunks, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    executor = ProcessPoolExecutor(count, initializer=_serve) if count > 1 else ThreadPoolExecutor(1)
    try:
        yield executor, count
    finally:
        executor.shutdown(cancel_futures=True)


def _serve() -> None:
    """Let the parent alone act on Ctrl-C, and do not outlive it: an orphan would hold its locks for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in workers only"
    parent.join()
    os._exit(1)
