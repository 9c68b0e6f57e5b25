"""From the lanes of a vote to metrics that people read. Torch-free.

A vote carries counts and fixed-point scores only; every ratio is derived here, exactly, from counts (design section 2,
rule 3). The raw number of a lane is ``value * 10**decimals + offset``.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.metric import Lane, Metric, Ratio

MAX_CLASSES = 30
"""Three lanes a class and six more fit the 96 lanes of a policy."""
MAX_SAMPLES = 1 << 17
"""Test samples; 16 * 2**17 in units of 1e-3 still fits a sketch lane around its offset."""
MAX_LOSS_MICRO = 36_043_654
"""No sample loses more than -ln(2**-52) nats, see `scores.log_loss`."""


def lanes(classes: int) -> tuple[Lane, ...]:
    """The lanes of a whitebox vote on a model with that many classes, in order.

    ``overlap`` has offset 1: raw 0 says that no training set was declared, raw k + 1 that k test samples occur in it.
    """
    counts = [
        Lane(f"{kind}_{label}", "samples", 0, 0, MAX_SAMPLES)
        for kind in ("support", "predicted", "correct")
        for label in range(classes)
    ]
    return (
        *counts,
        Lane("log_loss", "nats", 6, 0, MAX_LOSS_MICRO),
        Lane("calibration_error", "ratio", 6, 0, 1_000_000),
        Lane("robust_correct", "samples", 0, 0, MAX_SAMPLES),
        Lane("overlap", "samples", 0, 1, MAX_SAMPLES + 1),
        Lane("sketch_0", "logits", 3, 1 << 31, (1 << 32) - 1),
        Lane("sketch_1", "logits", 3, 1 << 31, (1 << 32) - 1),
    )


def lane_names(classes: int) -> tuple[str, ...]:
    """Names of `lanes`, in order."""
    return tuple(lane.name for lane in lanes(classes))


def orders(classes: int) -> tuple[tuple[str, str], ...]:
    """Pairs of lanes whose first never exceeds the second in any honest vote."""
    return tuple(
        (f"correct_{label}", f"{kind}_{label}") for label in range(classes) for kind in ("support", "predicted")
    )


def check_lanes(names: Sequence[str], classes: int) -> None:
    """Raises SpecError (culprit: client) when a policy with these lanes cannot carry a vote on that many classes."""
    if tuple(names) != lane_names(classes):
        raise SpecError(
            "policy-mismatch",
            "policy",
            f"the policy's {len(names)} lanes are not the {3 * classes + 6} lanes of a model with {classes} classes",
            f"request the audit under the policy whitebox-{classes}",
            culprit="client",
        )


def claimable(classes: int) -> frozenset[str]:
    """Names of the metrics that `derive` yields, which are those that a claim may name."""
    return frozenset(_formulas(classes))


def derive(
    decided: Mapping[str, int], lowest: Mapping[str, int] | None = None, highest: Mapping[str, int] | None = None
) -> dict[str, Metric]:
    """Every metric from raw lanes.

    Args:
        decided: raw numbers by lane name, all of `lane_names`.
        lowest: least raw number of each lane among the paid votes; ``decided`` when absent.
        highest: greatest such number.
    """
    low, high = lowest or decided, highest or decided
    classes = sum(name.startswith("support_") for name in decided)
    return {name: formula(decided, low, high) for name, formula in _formulas(classes).items()}


def derive_within(decided: Mapping[str, int], tolerances: Mapping[str, int]) -> dict[str, Metric]:
    """Every metric, ``min`` and ``max`` spanning whatever an honest vote can be: the lanes, give or take tolerance."""
    low = {name: max(0, raw - tolerances[name]) for name, raw in decided.items()}
    high = {name: raw + tolerances[name] for name, raw in decided.items()}
    return derive(decided, low, high)


_Lanes = Mapping[str, int]
_Formula = Callable[[_Lanes, _Lanes, _Lanes], Metric]
_Terms = Callable[[_Lanes], Ratio]


def _formulas(classes: int) -> dict[str, _Formula]:
    labels = range(classes)

    def total(kind: str) -> Callable[[_Lanes], int]:
        return lambda v: sum(v[f"{kind}_{label}"] for label in labels)

    correct, support = total("correct"), total("support")
    recalls = [_of(f"correct_{c}", f"support_{c}") for c in labels]
    precisions = [_of(f"correct_{c}", f"predicted_{c}") for c in labels]
    return {
        "accuracy": _proportion(lambda v: (correct(v), support(v))),
        "balanced_accuracy": _mean(recalls),
        "macro_f1": _mean([_f1(c) for c in labels]),
        "robust_accuracy": _proportion(lambda v: (v["robust_correct"], support(v))),
        "log_loss": _fixed("log_loss", "nats"),
        "calibration_error": _fixed("calibration_error", "ratio"),
        "overlap": _overlap,
        **{f"recall_{c}": _proportion(recalls[c]) for c in labels},
        **{f"precision_{c}": _proportion(precisions[c]) for c in labels},
    }


def _of(numerator: str, denominator: str) -> _Terms:
    return lambda v: (v[numerator], v[denominator])


def _f1(label: int) -> _Terms:
    return lambda v: (2 * v[f"correct_{label}"], v[f"support_{label}"] + v[f"predicted_{label}"])


def _span(terms: _Terms, low: _Lanes, high: _Lanes) -> tuple[Fraction, Fraction]:
    """Least and greatest quotient when numerator and denominator move apart, within [0, 1]."""
    (least, small), (most, large) = terms(low), terms(high)
    lower = Fraction(least, large) if large else Fraction(0)
    upper = Fraction(most, small) if small else Fraction(1)
    return min(lower, Fraction(1)), min(upper, Fraction(1))


def _proportion(terms: _Terms) -> _Formula:
    def formula(decided: _Lanes, low: _Lanes, high: _Lanes) -> Metric:
        successes, trials = terms(decided)
        if not trials:
            return Metric(None, "ratio", 6, None, None)
        lower, upper = _span(terms, low, high)
        return Metric(successes / trials, "ratio", 6, float(lower), float(upper), (successes, trials))

    return formula


def _mean(parts: Sequence[_Terms]) -> _Formula:
    """Mean over the classes that occur (as scikit-learn does: a class without denominator does not count)."""

    def formula(decided: _Lanes, low: _Lanes, high: _Lanes) -> Metric:
        present = [part for part in parts if part(decided)[1]]
        if not present:
            return Metric(None, "ratio", 6, None, None)
        spans = [_span(part, low, high) for part in present]
        columns = ([Fraction(*part(decided)) for part in present], [s[0] for s in spans], [s[1] for s in spans])
        value, lower, upper = (float(sum(column, Fraction(0)) / len(present)) for column in columns)
        return Metric(value, "ratio", 6, lower, upper)

    return formula


def _fixed(name: str, unit: str) -> _Formula:
    return lambda decided, low, high: Metric(decided[name] / 1e6, unit, 6, low[name] / 1e6, high[name] / 1e6)


def _overlap(decided: _Lanes, low: _Lanes, high: _Lanes) -> Metric:
    if not decided["overlap"]:
        return Metric(None, "samples", 0, None, None)
    value, least, most = (float(max(0, v["overlap"] - 1)) for v in (decided, low, high))
    return Metric(value, "samples", 0, least, most)
