"""Group fairness from counts of permutations k = 4 * group + 2 * actual + predicted (paper B, table 4).

Definitions are those of fairlearn and AIF360: rates a group, compared between groups as largest difference and smallest
ratio. A rate whose denominator is zero is undefined (None), and so is all that needs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from math import inf
from typing import Final

from assay_oracles.audits.intervals import CONFIDENCE, clopper_pearson
from assay_oracles.audits.metric import Metric

Interval = tuple[float, float]
"""Lower and upper bound; the upper one of a quotient may be infinite."""


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
    def interval(self) -> Interval | None:
        """Clopper-Pearson interval at 95 %, None when the denominator is zero."""
        return self.bounds(1 - CONFIDENCE)

    def bounds(self, error: float) -> Interval | None:
        """Return the Clopper-Pearson interval that misses with at most the given chance, None where undefined."""
        if not self.of:
            return None
        return clopper_pearson(self.hits, self.of, error)


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


def group_intervals(counts: Sequence[int]) -> dict[str, Interval | None]:
    """Return for every metric of `group_metrics` an interval at 95 %; None where the metric is undefined.

    The rows are taken as a sample (this is the sampling error of a table whose rows were drawn). Every rate that a
    metric uses gets its Clopper-Pearson interval, at an error shared between them, and the metric's bounds are those
    over all rates within (Bonferroni): never too narrow, at any size.
    """
    groups = confusions(counts)

    def bounds(name: str, share: int = 1) -> list[Interval | None]:
        return [RATES[name](m).bounds((1 - CONFIDENCE) / (share * len(groups))) for m in groups]

    intervals = {name: _largest(bounds(rate)) for name, rate in _DIFFERENCES.items()}
    intervals["demographic_parity_ratio"] = _smallest_quotient(bounds("selection_rate"))
    odds = _known(bounds("true_positive_rate", 2)), _known(bounds("false_positive_rate", 2))
    if odds[0] is None or odds[1] is None:
        intervals["equalised_odds_difference"] = intervals["average_odds_difference"] = None
    else:
        true, false = _distances(odds[0]), _distances(odds[1])
        intervals["equalised_odds_difference"] = _maximum(true + false)
        intervals["average_odds_difference"] = _maximum(
            [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(true, false, strict=True)]
        )
    # FN / FP is the odds of a false negative among the errors.
    errors = [Rate(m.fn, m.fn + m.fp).bounds((1 - CONFIDENCE) / len(groups)) if m.fp else None for m in groups]
    intervals["treatment_equality_difference"] = _largest([_odds(bound) for bound in errors])
    metrics = group_metrics(counts)
    return {name: interval if metrics[name] is not None else None for name, interval in intervals.items()}


def _known(bounds: Sequence[Interval | None]) -> list[Interval] | None:
    known = [bound for bound in bounds if bound is not None]
    return known if len(known) == len(bounds) else None


def _distances(bounds: Sequence[Interval]) -> list[Interval]:
    """Return the bounds of |p - q| for every pair."""
    return [(max(0.0, a[0] - b[1], b[0] - a[1]), max(a[1] - b[0], b[1] - a[0])) for a, b in combinations(bounds, 2)]


def _maximum(intervals: Sequence[Interval]) -> Interval:
    return max(low for low, _ in intervals), max(high for _, high in intervals)


def _largest(bounds: Sequence[Interval | None]) -> Interval | None:
    known = _known(bounds)
    return None if known is None else _maximum(_distances(known))


def _smallest_quotient(bounds: Sequence[Interval | None]) -> Interval | None:
    known = _known(bounds)
    if known is None or not any(high for _, high in known):
        return None
    low = min(a[0] / b[1] if b[1] else 1.0 for a, b in permutations(known, 2))
    high = min(a[1] / b[0] if b[0] else inf for a, b in permutations(known, 2))
    return min(low, 1.0), min(high, 1.0)


def _odds(bound: Interval | None) -> Interval | None:
    return None if bound is None else (bound[0] / (1 - bound[0]), bound[1] / (1 - bound[1]) if bound[1] < 1 else inf)


def derive(counts: Sequence[int]) -> dict[str, Metric]:
    """Every metric of `group_metrics` with its interval as least and greatest value."""
    intervals = group_intervals(counts)
    return {
        name: Metric(value, "ratio", 6, *(intervals[name] or (None, None)))
        for name, value in group_metrics(counts).items()
    }


CLAIMABLE: Final = frozenset(group_metrics([0] * 8))
"""Names of the metrics that a claim may name: all of them, whatever the number of groups."""
