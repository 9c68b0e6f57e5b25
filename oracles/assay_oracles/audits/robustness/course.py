"""One start and what became of it: the course of the wanted class's probability against queries."""

from collections.abc import Generator as Steps

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.robustness.asking import Ask, Counter
from assay_oracles.audits.robustness.generator import Generator
from assay_oracles.audits.robustness.inverted import inverted
from assay_oracles.audits.robustness.running import Unit, run
from assay_oracles.audits.robustness.score import Span
from assay_oracles.audits.robustness.terms import Terms


class Course:
    """An attack from one start, asked and told."""

    def __init__(self, terms: Terms, generator: Generator | None, start: Unit, wanted: int, seed: int) -> None:
        """`start` is (*shape) in [0, 1], `wanted` the class to reach, `seed` (64 bits) of what the attack draws."""
        self.wanted = wanted
        self.curve: list[float] = []
        """p_i of every query in turn, the start first."""
        self.ended = False
        """Whether the threshold was reached, the budget spent, or the attack gave up."""
        self._terms = terms

        def work(ask: Ask) -> None:
            run(terms.attack, generator, Counter(ask, terms.threshold, terms.budget), start, wanted)

        self._steps: Steps[NDArray[np.float32], float, None] = inverted(work, seed)
        self.question: NDArray[np.float32] = next(self._steps)
        """What to ask next, (*shape) in [0, 1]."""

    @property
    def reached(self) -> bool:
        """Whether T <= B."""
        return bool(self.curve) and self.curve[-1] >= self._terms.threshold

    @property
    def span(self) -> Span:
        """What is known of min(T, B); a start that ended without reaching the threshold has T > B."""
        budget = self._terms.budget
        if self.reached:
            return Span(len(self.curve), len(self.curve))
        return Span(budget if self.ended else min(budget, len(self.curve) + 1), budget)

    def tell(self, probability: float) -> None:
        """The wanted class's probability of `question`."""
        self.curve.append(probability)
        try:
            self.question = self._steps.send(probability)
        except StopIteration:
            self.ended = True

    def cut(self) -> None:
        """There was no answer, and there will be none: the attack cannot go on."""
        self._steps.close()
