"""Work on many chunks at once, results in order, memory bounded."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any


def in_order(executor: Executor, tasks: Iterable[tuple[Any, ...]], in_flight: int) -> Iterator[Any]:
    """Yield the results of the tasks in order.

    Args:
        executor: Where they run.
        tasks: A function and its arguments each; taken from the iterable only when there is room.
        in_flight: How many are submitted ahead of the one that is waited for.
    """
    waiting: deque[Future[Any]] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(*task))
            if len(waiting) > in_flight:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
