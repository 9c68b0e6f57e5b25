"""What several oracles' counts say together: shares with intervals, evenness, and the supplier's objectives judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from assay_oracles.audits.claims import Judgement
from assay_oracles.audits.intervals import clopper_pearson
from assay_oracles.audits.metric import Metric
from assay_oracles.audits.service.homogeneity import p_value, uneven
from assay_oracles.audits.service.judging import Judged, judge_counts
from assay_oracles.audits.service.lanes import Counts
from assay_oracles.audits.service.sla import Objective, Sla

Run = tuple[Counts, Counts]
"""Both halves of one oracle's run."""


@dataclass(frozen=True)
class Evenness:
    """Chances of counts at least as uneven, by event, if all groups met one service; see `homogeneity`."""

    p_values: dict[str, float]

    @property
    def uneven(self) -> bool:
        """Whether they did not, all events together at 5 %."""
        return uneven(list(self.p_values.values()))


@dataclass(frozen=True)
class Survey:
    """What one audit found about a service.

    Attributes:
        oracles: whose counts are pooled.
        counts: all their queries together.
        metrics: by name; ``min`` and ``max`` are the exact interval at 95 % (Clopper and Pearson).
        between_oracles, between_halves: whether all oracles, and both halves of their runs, met the same service.
        objectives: those of the supplier's agreement; without trials where an audit's counts do not tell.
    """

    oracles: int
    counts: Counts
    metrics: dict[str, Metric]
    between_oracles: Evenness
    between_halves: Evenness
    objectives: tuple[Judged, ...]


def pool(runs: Sequence[Run], thresholds: Sequence[int], sla: Sla | None, seed: bytes) -> Survey:
    """Join the runs of at least one oracle.

    Args:
        runs: of the oracles whose votes carry the result.
        thresholds: that the manifest declares, in milliseconds.
        sla: the supplier's agreement, if any.
        seed: of the audit; it draws the random tables that evenness is judged by.
    """
    by_oracle = [first + second for first, second in runs]
    by_half = [reduce(add, half) for half in zip(*runs, strict=True)]
    counts = reduce(add, by_oracle)
    return Survey(
        oracles=len(runs),
        counts=counts,
        metrics=_metrics(counts, thresholds),
        between_oracles=_evenness(by_oracle, thresholds, seed),
        between_halves=_evenness(by_half, thresholds, seed),
        objectives=tuple(_judge(sla, each, counts, thresholds) for each in (sla.objectives if sla else ())),
    )


def _metrics(counts: Counts, thresholds: Sequence[int]) -> dict[str, Metric]:
    """Lateness and answers are shares of what was asked, accuracy and agreement of what was answered."""
    ratios = {
        "service_answered": (counts.answered, counts.asked),
        "service_accuracy": (counts.correct, counts.answered),
        **({} if counts.agreeing is None else {"service_agreement": (counts.agreeing, counts.answered)}),
        **{f"service_late_{ms}": (late, counts.asked) for ms, late in zip(thresholds, counts.late, strict=True)},
    }
    return {name: _share(*ratio) for name, ratio in ratios.items()}


def _share(successes: int, trials: int) -> Metric:
    if not trials:
        return Metric(None, "ratio", 6, None, None)
    return Metric(successes / trials, "ratio", 6, *clopper_pearson(successes, trials), (successes, trials))


def _evenness(groups: Sequence[Counts], thresholds: Sequence[int], seed: bytes) -> Evenness:
    events: dict[str, Callable[[Counts], int | None]] = {
        "answered": lambda one: one.answered,
        "correct": lambda one: one.correct,
        "agreeing": lambda one: one.agreeing,
        **{f"late_{ms}": lambda one, index=index: one.late[index] for index, ms in enumerate(thresholds)},  # type: ignore[misc]
    }
    asked = [one.asked for one in groups]
    found = {}
    for name, count in events.items():
        numbers = [number for one in groups if (number := count(one)) is not None]
        if len(numbers) == len(groups):
            found[name] = p_value(numbers, asked, seed)
    return Evenness(found)


def _judge(sla: Sla | None, objective: Objective, counts: Counts, thresholds: Sequence[int]) -> Judged:
    """By the counts, where they tell: a resource of all queries, or of the answered ones."""
    assert sla is not None, "objectives are an agreement's"
    spec = sla.parameters[objective.parameter]
    if_answered = bool(objective.condition)
    known: dict[str, int | None] = {
        "answered": counts.answered,
        "correct": counts.correct,
        "agreeing": counts.agreeing,
    }
    if spec.get("resource") == "late" and spec["milliseconds"] in thresholds:
        late = counts.late[list(thresholds).index(spec["milliseconds"])]
        known["late"] = late - (counts.asked - counts.answered) if if_answered else late
    conditions = [sla.parameters[name].get("resource") for name in objective.condition]
    successes = known.get(spec.get("resource", ""))
    if successes is None or any(each != "answered" for each in conditions):
        none = Judgement("undecided", "an audit's counts do not tell", None)
        return Judged(objective, 0, 0, (0.0, 1.0), none)
    return judge_counts(objective, successes, counts.answered if if_answered else counts.asked)
