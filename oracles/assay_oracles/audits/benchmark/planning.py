"""How many queries will it take? Computed before anything is spent (no simulation, no answers needed).

`worse` is the chance b that P is wrong where S is right, `better` the chance c of the opposite; the gap in accuracy is
b - c. A query is one input, asked of P and of S.
"""

from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Final

import numpy as np

from assay_oracles.audits.evidence.eprocess import fair_coin, mean_below
from assay_oracles.audits.evidence.method import ALPHA, GAP_MARGIN

POWER: Final = 0.95
_REMAINDER: Final = 1e-6  # of the probability, at which the distribution of the stopping time is cut off
_LONGEST: Final = 20_000  # discordant pairs; gaps that would need more are refused


@dataclass(frozen=True, slots=True)
class Stopping:
    """Distribution of the number of queries until the e-process rejects, with no cap on it."""

    mean: float
    median: int
    percentile_95: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Queries that each way of testing needs for one gap; each query is one input of P and one of S."""

    betting: Stopping
    mcnemar: int
    unpaired: int
    agreement: int
    to_pass: int


def plan(
    gap: float, better: float | None = None, *, accuracy: float, alpha: float = ALPHA, power: float = POWER
) -> Plan:
    """How many queries to see an accuracy gap, e.g. 0.02?

    `accuracy` is that of S. `better` is how often P is right where S is wrong; a guess of gap / 2 by default. The
    fixed-size tests then see the gap with chance `power`, the e-process sooner or later.
    """
    better = gap / 2 if better is None else better
    worse = gap + better
    return Plan(
        betting_queries(worse, better, alpha),
        mcnemar_queries(worse, better, alpha, power),
        unpaired_queries(accuracy - gap, accuracy, alpha, power),
        agreement_queries(worse + better, power),
        pass_queries(alpha=alpha),
    )


def mcnemar_queries(worse: float, better: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Queries of the one-sided McNemar test (Connor 1987): b = 0.03, c = 0.01 at 5 % and 95 % need 1,077."""
    from scipy.special import ndtri  # type: ignore[import-untyped]  # heavy, and few commands need it

    gap, discordant = _gap(worse, better), worse + better
    root = ndtri(1 - alpha) * sqrt(discordant) + ndtri(power) * sqrt(discordant - gap**2)
    return int(np.ceil((root / gap) ** 2))


def mcnemar_power(queries: int, worse: float, better: float, alpha: float = ALPHA, *, mid_p: bool = False) -> float:
    """Exact power of the exact or the mid-p test after `queries` queries: no approximation of either distribution."""
    from scipy.stats import binom  # type: ignore[import-untyped]

    _gap(worse, better)
    discordant = worse + better
    tosses = np.arange(queries + 1)
    critical = binom.isf(alpha, tosses, 0.5) + 1  # least count of "worse" whose exact p-value is at most alpha
    if mid_p:
        before = binom.sf(critical - 2, tosses, 0.5) - binom.pmf(critical - 1, tosses, 0.5) / 2
        critical = np.where(before <= alpha, critical - 1, critical)
    rejects = binom.sf(critical - 1, tosses, worse / discordant)
    return float(binom.pmf(tosses, queries, discordant) @ rejects)


def unpaired_queries(provider: float, supplier: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Queries of each target for the one-sided exact unpaired test, P right with chance `provider`, S `supplier`.

    Casagrande, Pike and Smith, Biometrics 34, 1978.
    """
    from scipy.special import ndtri

    gap = _gap(supplier, provider)
    middle = (provider + supplier) / 2
    spread = ndtri(1 - alpha) * sqrt(2 * middle * (1 - middle))
    spread += ndtri(power) * sqrt(provider * (1 - provider) + supplier * (1 - supplier))
    return int(np.ceil(spread**2 * (1 + sqrt(1 + 4 * gap / spread**2)) ** 2 / (4 * gap**2)))


def agreement_queries(share: float, power: float = POWER) -> int:
    """Queries until an answer differs with chance `power`, if a `share` of P's answers differs: 59 for 5 % at 95 %."""
    if not 0 < share < 1:
        raise ValueError(f"a share of differing answers lies between 0 and 1, not {share}")
    return ceil(log(1 - power) / log(1 - share))


def pass_queries(margin: float = GAP_MARGIN, alpha: float = ALPHA) -> int:
    """Queries until "gap >= margin" is rejected if P never differs from S; every difference costs more."""
    counts = np.arange(1, ceil(100 / margin))
    return int(counts[np.argmax(mean_below(margin, (0.0,), (counts,), 1.0) >= 1 / alpha)])


def betting_queries(worse: float, better: float, alpha: float = ALPHA) -> Stopping:
    """Exact distribution of the queries until the e-process on discordant pairs reaches 1/alpha.

    A walk over the number of "worse" among k discordant pairs, absorbed where the capital suffices; the queries between
    discordant pairs are geometric.
    """
    from scipy.stats import binom

    gap, discordant = _gap(worse, better), worse + better
    chance = worse / discordant
    alive, rejecting = np.ones(1), 0
    stopped: list[float] = []  # chance to have stopped at the k-th discordant pair or before, k = 1, 2, ...
    mean = 0.0
    while not stopped or stopped[-1] < 1 - _REMAINDER:
        if len(stopped) >= _LONGEST:
            raise ValueError(
                f"a gap of {gap:.4f} among {discordant:.4f} discordant pairs needs too many queries to plan"
            )
        mean += float(alive.sum()) / discordant
        alive = np.append(alive * (1 - chance), 0.0) + np.append(0.0, alive * chance)
        tosses = len(stopped) + 1
        while rejecting <= tosses and fair_coin(rejecting, tosses - rejecting) < 1 / alpha:
            rejecting += 1
        stopped.append((stopped[-1] if stopped else 0.0) + float(alive[rejecting:].sum()))
        alive[rejecting:] = 0.0
    at = np.diff(stopped, prepend=0.0)

    def quantile(level: float) -> int:
        low, high = 0, ceil(len(at) / discordant) * 2
        while high - low > 1:
            middle = (low + high) // 2
            # P(at least k discordant pairs among `middle` queries), for each k
            reached = binom.sf(np.arange(len(at)), middle, discordant)
            low, high = (low, middle) if float(at @ reached) >= level else (middle, high)
        return high

    return Stopping(mean, quantile(0.5), quantile(0.95))


def _gap(larger: float, smaller: float) -> float:
    if not 0 <= smaller < larger <= 1:
        raise ValueError(f"no gap to find: the chances must be 0 <= {smaller} < {larger} <= 1")
    return larger - smaller
