"""Does a verified value keep what the supplier promised? Torch-free.

On the declared test set a metric is a fact, known up to the policy's tolerances. On a client's own test set the claim
is about the population that the set was drawn from, so a frequency is judged by its Clopper-Pearson interval at 95 %.
"""

from collections.abc import Mapping

from assay_oracles.audits.claims import Claim, Judgement
from assay_oracles.audits.intervals import CONFIDENCE, clopper_pearson
from assay_oracles.audits.whitebox.metrics import derive, derive_within


def judge(claim: Claim, decided: Mapping[str, int], tolerances: Mapping[str, int], *, own_test_set: bool) -> Judgement:
    """Judges one claim.

    Args:
        claim: the promise; its metric must be one that the lanes yield (`manifest.parse` has checked).
        decided: the decided raw lanes by name.
        tolerances: the policy's tolerance of each lane.
        own_test_set: True when the audit used the client's test set instead of the declared one.
    """
    verified = derive(decided)[claim.metric].value
    if verified is None:
        return Judgement("undecided", f"{claim.metric} is undefined on this data", None)
    if own_test_set:
        interval = _population_interval(claim, decided)
        known = f"its {CONFIDENCE:.0%} interval is"
    else:
        metric = derive_within(decided, tolerances)[claim.metric]
        assert metric.min is not None, "a defined metric has a span"
        assert metric.max is not None, "a defined metric has a span"
        interval, known = (metric.min, metric.max), "it is known to lie in"
    if interval is None:
        return Judgement("undecided", f"{claim.metric} of a sample bounds no population value", verified)
    low, high = interval
    state = claim.compare(low, high)
    return Judgement(state, f"{known} [{low:.6f}, {high:.6f}]", verified)


def _population_interval(claim: Claim, decided: Mapping[str, int]) -> tuple[float, float] | None:
    ratio = derive(decided)[claim.metric].ratio
    if ratio is None:
        return None
    return clopper_pearson(*ratio)
