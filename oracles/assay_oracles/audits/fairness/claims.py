"""Does a verified table keep what the supplier promised?

The counts are exact, but the rows are a sample of those whom the promise is about, and the supplier chose how many. So
a claim is judged by the metric's interval at 95 %: a handful of rows keeps no promise, and a bare miss breaks none.
"""

from collections.abc import Sequence

from assay_oracles.audits.claims import Claim, Judgement
from assay_oracles.audits.fairness.metrics import derive
from assay_oracles.audits.intervals import CONFIDENCE


def judge(claim: Claim, counts: Sequence[int]) -> Judgement:
    """Judges one claim.

    Args:
        claim: the promise; its metric must be one of `metrics.CLAIMABLE` (`manifest.read` has checked).
        counts: the verified counts of the 4g permutations.
    """
    metric = derive(counts)[claim.metric]
    if metric.value is None or metric.min is None or metric.max is None:
        return Judgement("undecided", f"{claim.metric} is undefined on these rows", None)
    known = f"its {CONFIDENCE:.0%} interval is [{metric.min:.6f}, {metric.max:.6f}]"
    return Judgement(claim.compare(metric.min, metric.max), known, metric.value)
