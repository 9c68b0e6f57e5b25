"""Two clocks: what this process computed, and what anyone waited."""

import time
from collections.abc import Callable
from typing import Any


def computing(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of this process's computing, which other work on the machine disturbs least, and what came of it."""
    return _timed(action, time.process_time)


def waiting(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds by the clock on the wall, and what came of it."""
    return _timed(action, time.perf_counter)


def _timed(action: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, Any]:
    begin = clock()
    result = action()
    return clock() - begin, result
