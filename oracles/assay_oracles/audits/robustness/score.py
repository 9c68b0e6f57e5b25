"""From the queries that attacks needed to a score (design, section 3; paper A, section IV-C).

T is the first query at which the probability of the wanted class is at least the threshold, the start counted. Of m
starts with budget B each:

    R = sum of min(T, B)        q = R / m        score = q / (q + q0)

which is the sigmoid of ln(q / q0). R and the number of censored starts (T > B) are integers that can be voted on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assay_oracles.audits.claims import MICRO
from assay_oracles.audits.evidence.eprocess import confidence_sequence

THRESHOLD: Final = 0.9
BUDGET: Final = 1000
STARTS: Final = 50
HALF: Final = 100
"""q0: so many queries on average make a score of one half."""


@dataclass(frozen=True)
class Span:
    """What is known of min(T, B) of one start: equal ends when its attack came to an end, else T may be any between."""

    least: int
    most: int


@dataclass(frozen=True)
class Tally:
    """Starts whose attacks came to an end.

    Attributes:
        starts: m, how many.
        total: R, sum of min(T, B).
        censored: how many did not reach the threshold within B queries.
    """

    starts: int
    total: int
    censored: int

    @property
    def mean_micro(self) -> int:
        """q in millionths of a query, rounded down; 0 without a start."""
        return self.total * MICRO // self.starts if self.starts else 0

    @property
    def score_micro(self) -> int:
        """The score in millionths, rounded down; 0 without a start."""
        return self.total * MICRO // (self.total + HALF * self.starts) if self.starts else 0


def score(mean: float) -> float:
    """The score of a mean number q of queries."""
    return mean / (mean + HALF)


def interval(rounds: Sequence[Sequence[Span]], budget: int, alpha: float) -> tuple[float, float]:
    """Interval of the score that the mean over all possible starts has; it holds whenever it is read.

    Args:
        rounds: of each round one span a class; the mean over its classes is one bounded outcome, and rounds are
            independent and alike.
        budget: B.
        alpha: chance that the score is missed, however early or late one stops.

    Bets on the mean of a bounded outcome need no law of T, which is heavy-tailed and censored; a bootstrap of 50 starts
    would be narrower and wrong more often than it says. What is not known of a start widens the interval.
    """
    least = [float(np.mean([span.least for span in one])) / budget for one in rounds]
    most = [float(np.mean([span.most for span in one])) / budget for one in rounds]
    floor = 1 / budget
    if budget == 1 or not rounds:
        return score(1), score(budget)
    low, _ = confidence_sequence(*_counted(least), floor, 1.0, alpha)
    _, high = confidence_sequence(*_counted(most), floor, 1.0, alpha)
    return score(budget * low), score(budget * high)


def _counted(values: Sequence[float]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    found, counts = np.unique(values, return_counts=True)
    return tuple(found.tolist()), tuple(counts.tolist())
