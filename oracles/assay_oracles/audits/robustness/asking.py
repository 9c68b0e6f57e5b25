"""What an attack sees of a service: the probability of one class, counted, and no more queries than its budget."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ask = Callable[[NDArray[np.float32]], float]
"""From one input (*shape) to the probability of the wanted class."""


class Over(Exception):
    """The threshold is reached, or the budget is spent: whatever an attack would do next is of no interest."""


class Counter:
    """Counts queries, which attack libraries do not, and keeps p_i against queries.

    An input that was asked before costs nothing, for the attacker knows the answer.
    """

    def __init__(self, ask: Ask, threshold: float, budget: int) -> None:
        """`budget` is the most inputs that `ask` is called with, the start counted."""
        self._ask, self.threshold, self.budget = ask, threshold, budget
        self._known: dict[bytes, float] = {}

    def probability(self, x: NDArray[Any]) -> float:
        """The wanted class's probability of one input.

        Raises:
            Over: it reaches the threshold, or another query would exceed the budget.
        """
        wanted = np.ascontiguousarray(x, dtype=np.float32)
        key = wanted.tobytes()
        if key not in self._known:
            if len(self._known) == self.budget:
                raise Over
            self._known[key] = self._ask(wanted)
        if self._known[key] >= self.threshold:
            raise Over
        return self._known[key]
