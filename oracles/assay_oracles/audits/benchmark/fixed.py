"""Tests of a size that is fixed beforehand: the yardstick of the e-process, and what to use on data already collected.

Their p-values hold only if the number of queries did not depend on the answers. All are one-sided: "P is worse".
"""

from typing import NamedTuple

from assay_oracles.audits.intervals import clopper_pearson


class McNemar(NamedTuple):
    """One-sided p-values of a paired comparison: `exact` never errs more often than stated, `mid_p` on average."""

    exact: float
    mid_p: float


def mcnemar(worse: int, better: int) -> McNemar:
    """Discordant pairs as coin tosses: P wrong where S is right `worse` times, the other way round `better` times.

    McNemar 1947; the mid-p version, which is seldom liberal and more powerful, as recommended by Fagerland, Lydersen
    and Laake, BMC Medical Research Methodology 13:91, 2013.
    """
    exact = _at_least(worse, worse + better)
    return McNemar(exact, (exact + _at_least(worse + 1, worse + better)) / 2)


def _at_least(heads: int, tosses: int) -> float:
    """The chance of so many heads of a fair coin."""
    from scipy.special import bdtrc  # type: ignore[import-untyped]  # heavy, and few commands need it

    if heads == 0:
        return 1.0
    return float(bdtrc(heads - 1, tosses, 0.5)) if heads <= tosses else 0.0


def unpaired(provider_right: int, provider_asked: int, supplier_right: int, supplier_asked: int) -> float:
    """One-sided p-value of Fisher's exact test, for when P and S cannot be asked the same inputs.

    It needs far more queries than a paired test: the difficulty of the inputs no longer cancels.
    """
    from scipy.stats import fisher_exact  # type: ignore[import-untyped]

    table = [
        [provider_right, provider_asked - provider_right],
        [supplier_right, supplier_asked - supplier_right],
    ]
    return float(fisher_exact(table, alternative="less").pvalue)


def agreement_bound(differing: int, asked: int, alpha: float) -> float:
    """Largest share of differing answers that `differing` of `asked` leave possible at confidence 1 - alpha."""
    return clopper_pearson(differing, asked, 2 * alpha)[1]
