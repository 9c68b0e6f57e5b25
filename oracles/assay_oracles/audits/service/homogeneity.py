"""Did every oracle, and each half of a run, meet the same service?

A service that answers some clients better than others, or well only at first, shows in counts that chance alone would
not make so different. Pearson's chi-squared statistic of a table (groups x event or not) is compared with random tables
of the same margins, so the level holds however few queries there were.
"""

from collections.abc import Sequence

import numpy as np

from assay_oracles.audits.evidence.method import ALPHA

RESAMPLES = 1999


def p_value(events: Sequence[int], asked: Sequence[int], seed: bytes) -> float:
    """Chance of counts at least as uneven if all groups met one service.

    Args:
        events: of each group, how many queries the event was true of.
        asked: of each group, how many queries there were; none below its events.
        seed: of the random tables; the same counts and seed give the same value.
    """
    from scipy.stats import MonteCarloMethod, chi2_contingency  # type: ignore[import-untyped]  # heavy, seldom needed

    table = np.array([(yes, total - yes) for yes, total in zip(events, asked, strict=True) if total])
    if len(table) < 2 or not table.sum(axis=0).all():
        return 1.0  # nothing to compare, or all alike
    method = MonteCarloMethod(n_resamples=RESAMPLES, rng=np.random.default_rng(int.from_bytes(seed, "big")))
    return float(chi2_contingency(table, correction=False, method=method).pvalue)


def uneven(p_values: Sequence[float]) -> bool:
    """Whether some of several tests says so, all of them together at the level `ALPHA` (Bonferroni)."""
    return bool(p_values) and min(p_values) <= ALPHA / len(p_values)
