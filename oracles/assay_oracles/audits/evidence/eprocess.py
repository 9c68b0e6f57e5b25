"""Testing by betting: e-processes that may be read, and stopped, at any moment.

A bettor starts with capital 1 and stakes a fraction `bet` of it before each outcome, at odds that are fair or worse if
the hypothesis is true. The capital is then a supermartingale, so by Ville's inequality it ever reaches 1/alpha with a
chance of at most alpha, and at every stopping time its mean is at most 1 (Shafer, "Testing by betting", JRSS A 184,
2021; Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical
Science 38, 2023). A mixture of bettors is a bettor too, needs no choice of one bet beforehand (Robbins 1970), and with
fixed bets depends on how often each outcome came, not on their order: every function here takes counts.

    capital = sum over bets of weight * product over outcomes of (1 + bet * gain)^count
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

BETS: Final[FloatArray] = np.linspace(0.02, 0.98, 25)
# A bet b is optimal if heads come with chance (1 + b)/2. The weights are the density of Beta(8, 3) there: of the smooth
# choices tried, close to the best for 3 heads to 1 tail, and never far from it between 1.5 to 1 and all heads.
COIN_WEIGHTS: Final[FloatArray] = (1 + BETS) ** 7 * (1 - BETS) ** 2
MEAN_WEIGHTS: Final[FloatArray] = BETS.copy()  # mostly bold: outcomes that never differ are the rule when P is honest
_LOG_CEILING: Final = 690.0  # e^690 is still a finite float
_RESOLUTION: Final = 1e-9  # of the ends of intervals
_REMEMBERED: Final = 1 << 16  # results: a run reads those of all its methods after every answer of one


def log_capital(weights: FloatArray, gains: Sequence[float], counts: Sequence[ArrayLike]) -> FloatArray:
    """Logarithm of the mixture's capital after `counts[i]` outcomes that pay `gains[i]` >= -1 a unit staked.

    Counts are integers or arrays of one common shape, which the result has.
    """
    steps = np.log1p(np.multiply.outer(gains, BETS))
    logs = np.log(weights / weights.sum()) + np.array(counts, dtype=np.float64).T @ steps
    top = logs.max(axis=-1)
    return np.asarray(top + np.log(np.exp(logs - top[..., None]).sum(axis=-1)), dtype=np.float64).T


def fair_coin(heads: ArrayLike, tails: ArrayLike) -> FloatArray:
    """E-value against "heads come with a chance of at most 1/2, whatever came before"; counts of one common shape."""
    return _finite(log_capital(COIN_WEIGHTS, (1.0, -1.0), (heads, tails)))


def mean_below(margin: float, values: Sequence[float], counts: Sequence[ArrayLike], high: float) -> FloatArray:
    """E-value against "the mean is at least `margin`", for outcomes `values` <= `high` that came `counts` times.

    Needs margin < high. Betting on a bounded mean: Waudby-Smith and Ramdas, "Estimating means of bounded random
    variables by betting", JRSS B 86, 2024.
    """
    return _finite(_log_mean_below(margin, values, counts, high))


@lru_cache(_REMEMBERED)
def coin_e_value(heads: int, tails: int) -> float:
    """`fair_coin` of one pair of counts."""
    return float(fair_coin(heads, tails))


@lru_cache(_REMEMBERED)
def mean_e_value(margin: float, values: tuple[float, ...], counts: tuple[int, ...], high: float) -> float:
    """`mean_below` of one count for each value."""
    return float(mean_below(margin, values, counts, high))


@lru_cache(_REMEMBERED)
def confidence_sequence(
    values: tuple[float, ...], counts: tuple[int, ...], low: float, high: float, alpha: float
) -> tuple[float, float]:
    """Interval of the mean of outcomes in [low, high] that holds at all times at once, but for a chance of `alpha`.

    It keeps every mean that neither one-sided bet rejects at alpha/2, so it may be read whenever one likes.
    """
    upper = _upper_limit(values, counts, high, alpha / 2)
    lower = -_upper_limit([-value for value in values], counts, -low, alpha / 2)
    return lower, upper


def _upper_limit(values: Sequence[float], counts: Sequence[int], high: float, alpha: float) -> float:
    """Where the bets against "mean >= m", whose capital grows with m, begin to reject."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]  # heavy, and few commands need it

    def excess(mean: float) -> float:
        return float(_log_mean_below(mean, values, counts, high)) + log(alpha)

    trials, last = sum(counts), high - _RESOLUTION
    seen = sum(value * count for value, count in zip(values, counts, strict=True)) / trials if trials else high
    if seen >= last or excess(last) <= 0:
        return float(high)
    return float(brentq(excess, seen, last, xtol=_RESOLUTION))


def _log_mean_below(margin: float, values: Sequence[float], counts: Sequence[ArrayLike], high: float) -> FloatArray:
    return log_capital(MEAN_WEIGHTS, [(margin - value) / (high - margin) for value in values], counts)


def _finite(logarithm: FloatArray) -> FloatArray:
    return np.asarray(np.exp(np.minimum(logarithm, _LOG_CEILING)))
