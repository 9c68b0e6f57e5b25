"""Ending a process that runs until it is told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import structlog

_log = structlog.get_logger()


class _Stop(BaseException):
    """Raised in the main thread by SIGTERM and SIGINT, wherever it is: stopping is a crash that tidies up."""


@contextmanager
def stoppable(event: str) -> Iterator[None]:
    """End in order on the first SIGTERM or SIGINT, logged as `event`; a second one ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> Any:
        for each in before:
            signal.signal(each, signal.SIG_DFL)
        raise _Stop(signal.Signals(number).name)

    assert threading.current_thread() is threading.main_thread(), "signals reach the main thread only"
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except _Stop as stopped:
        _log.info(event, signal=str(stopped))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
