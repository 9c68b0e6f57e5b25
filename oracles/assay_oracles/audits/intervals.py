"""Confidence intervals of frequencies."""

from typing import Final

CONFIDENCE: Final = 0.95


def clopper_pearson(successes: int, trials: int, error: float = 1 - CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided interval of a frequency, missed with at most the chance `error` (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv  # type: ignore[import-untyped]  # heavy, and few commands need it

    tail, failures = error / 2, trials - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if failures else 1.0
    return low, high
