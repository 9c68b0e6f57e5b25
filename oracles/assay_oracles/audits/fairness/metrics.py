"""Group fairness from counts of permutations k = 4 * group + 2 * actual + predicted (paper B, table 4).

Definitions are those of fairlearn and AIF360: rates a group, compared between groups as largest difference and smallest
ratio. A rate whose denominator is zero is undefined (None), and so is all that needs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from scipy.stats import beta

CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Rate:
    """A proportion within one group.

    Attributes:
        hits: Numerator.
        of: Denominator.
    """

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The proportion, None when the denominator is zero."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Clopper-Pearson interval at 95 %, None when the denominator is zero."""
        if not self.of:
            return None
        tail = (1 - CONFIDENCE) / 2
        low = float(beta.ppf(tail, self.hits, self.of - self.hits + 1)) if self.hits else 0.0
        high = float(beta.ppf(1 - tail, self.hits + 1, self.of - self.hits)) if self.hits < self.of else 1.0
        return low, high


@dataclass(frozen=True)
class Confusion:
    """One group's confusion matrix, rows counted."""

    tn: int
    fp: int
    fn: int
    tp: int

    @property
    def size(self) -> int:
        """Number of rows of the group."""
        return self.tn + self.fp + self.fn + self.tp


RATES: Final[dict[str, Callable[[Confusion], Rate]]] = {
    "selection_rate": lambda m: Rate(m.tp + m.fp, m.size),
    "accuracy": lambda m: Rate(m.tp + m.tn, m.size),
    "true_positive_rate": lambda m: Rate(m.tp, m.tp + m.fn),
    "false_positive_rate": lambda m: Rate(m.fp, m.fp + m.tn),
    "false_negative_rate": lambda m: Rate(m.fn, m.fn + m.tp),
    "positive_predictive_value": lambda m: Rate(m.tp, m.tp + m.fp),
    "false_omission_rate": lambda m: Rate(m.fn, m.fn + m.tn),
}

_DIFFERENCES: Final = {
    "demographic_parity_difference": "selection_rate",
    "equal_opportunity_difference": "true_positive_rate",
    "predictive_parity_difference": "positive_predictive_value",
    "accuracy_difference": "accuracy",
    "false_positive_rate_difference": "false_positive_rate",
    "false_negative_rate_difference": "false_negative_rate",
    "false_omission_rate_difference": "false_omission_rate",
}


def confusions(counts: Sequence[int]) -> tuple[Confusion, ...]:
    """Split the counts of 4g permutations into g confusion matrices."""
    return tuple(Confusion(*counts[i : i + 4]) for i in range(0, len(counts), 4))


def group_metrics(counts: Sequence[int]) -> dict[str, float | None]:
    """Return the fairness metrics between groups, by name; None where undefined.

    Differences are the largest between any two groups, ratios the smallest. Equalised odds is the larger (or the mean)
    of the true and false positive rates' differences; treatment equality compares FN / FP.
    """
    groups = confusions(counts)
    metrics = {name: _difference([RATES[rate](m).value for m in groups]) for name, rate in _DIFFERENCES.items()}
    metrics["demographic_parity_ratio"] = _ratio([RATES["selection_rate"](m).value for m in groups])
    odds = (metrics["equal_opportunity_difference"], metrics["false_positive_rate_difference"])
    if odds[0] is None or odds[1] is None:
        metrics["equalised_odds_difference"] = metrics["average_odds_difference"] = None
    else:
        metrics["equalised_odds_difference"] = max(odds[0], odds[1])
        metrics["average_odds_difference"] = _mean_odds(groups)
    metrics["treatment_equality_difference"] = _difference([m.fn / m.fp if m.fp else None for m in groups])
    return metrics


def _difference(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) == len(values) else None


def _ratio(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) / max(known) if len(known) == len(values) and max(known) > 0 else None


def _mean_odds(groups: Sequence[Confusion]) -> float:
    """Return the largest mean of the two rates' absolute differences over pairs of groups."""
    rates = [
        (RATES["true_positive_rate"](m).value or 0.0, RATES["false_positive_rate"](m).value or 0.0) for m in groups
    ]
    return max((abs(a[0] - b[0]) + abs(a[1] - b[1])) / 2 for a, b in combinations(rates, 2))
