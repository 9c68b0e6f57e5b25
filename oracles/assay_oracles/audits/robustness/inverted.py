"""A function that calls back turned into a generator that yields what it would have called with.

Libraries call a predict function; audit methods are asked for queries and told the answers (`evidence.method`). A
greenlet (greenlet.readthedocs.io) suspends the library inside its call; no thread is needed, and one that is not
resumed any more is unwound when the generator is closed.
"""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import numpy as np
from greenlet import getcurrent, greenlet

Q = TypeVar("Q")
A = TypeVar("A")


def inverted(work: Callable[[Callable[[Q], A]], None], seed: int) -> Generator[Q, A, None]:
    """Yield every argument with which `work` calls the function that it is given; what is sent is its result.

    While `work` runs, numpy's global generator, which attack libraries draw from, is one of its own that starts from
    `seed` (64 bits); outside, it is as it was. Not to be resumed from several threads.
    """
    worker: Any = greenlet(work)
    own = np.random.RandomState([seed & 0xFFFFFFFF, seed >> 32]).get_state()

    def ask(question: Q) -> A:
        answer: A = worker.parent.switch(question)
        return answer

    sent: Any = ask
    while True:
        outer = np.random.get_state()
        np.random.set_state(own)
        try:
            worker.parent = getcurrent()
            question: Q = worker.switch(sent)
        finally:
            own = np.random.get_state()
            np.random.set_state(outer)
        if worker.dead:
            return
        sent = yield question
