"""Is each objective of an agreement kept? Counts in, states out."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay_oracles.audits.claims import Judgement, State
from assay_oracles.audits.intervals import clopper_pearson
from assay_oracles.audits.service.sla import Objective, Observation, Sla


@dataclass(frozen=True)
class Judged:
    """An objective, the counts that it is judged by, and what became of it.

    `trials` queries fulfilled its condition, and its parameter was true of `successes` of them; `interval` is
    Clopper and Pearson's of the share, at the objective's confidence.
    """

    objective: Objective
    successes: int
    trials: int
    interval: tuple[float, float]
    judgement: Judgement


def judge(sla: Sla, seen: Sequence[Observation]) -> tuple[Judged, ...]:
    """Judge every objective. The number of queries must not have depended on what came of them."""
    judged = []
    values = [sla.values(one) for one in seen]
    for objective in sla.objectives:
        relevant = [one for one in values if all(one[name] for name in objective.condition)]
        successes = sum(one[objective.parameter] for one in relevant)
        judged.append(judge_counts(objective, successes, len(relevant)))
    return tuple(judged)


def judge_counts(objective: Objective, successes: int, trials: int) -> Judged:
    """Judge one objective by its counts: kept or broken when the whole interval is on one side of the bound."""
    if not trials:
        none = Judgement("undecided", "no query fulfilled its condition", None)
        return Judged(objective, successes, trials, (0.0, 1.0), none)
    low, high = interval = clopper_pearson(successes, trials, 1 - objective.confidence)
    if objective.op == "<=":
        kept, broken = high <= objective.share, low > objective.share
    else:
        kept, broken = low >= objective.share, high < objective.share
    state: State = "kept" if kept else "broken" if broken else "undecided"
    reason = (
        f"{objective.parameter} in {successes} of {trials} queries: "
        f"the share lies in [{low:.4f}, {high:.4f}] at {objective.confidence:g} confidence"
    )
    return Judged(objective, successes, trials, interval, Judgement(state, reason, successes / trials))
