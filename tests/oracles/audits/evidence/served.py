"""Targets of tests: laws that answer queries, with inputs that carry their own index."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target

Law = Callable[[int], int]
"""From an input's index to the class that is answered; it may draw at random and remember."""


def indexed(count: int) -> np.ndarray:
    """`count` inputs of shape (1,), each its index."""
    return np.arange(count, dtype=np.float64)[:, None]


def serve(laws: Mapping[Target, Law], classes: int = 10) -> Callable[[Query], Answer | Failure]:
    """Respond with certainty to the class that the target's law names."""

    def respond(query: Query) -> Answer:
        law = laws[query.target]
        return Answer(np.eye(classes)[[law(int(row[0])) for row in query.inputs]])

    return respond


def paired(worse: float, better: float, seed: int) -> Iterator[tuple[bool, bool]]:
    """Endless draws of (P right, S right) with the two discordant chances."""
    random = np.random.default_rng(seed)
    while True:
        for draw in random.random(4096).tolist():
            yield draw >= worse, not worse <= draw < worse + better
