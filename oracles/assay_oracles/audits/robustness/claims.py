"""Claimed scores, judged by what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay_oracles.audits.claims import MICRO, Claim, Judgement
from assay_oracles.audits.robustness.method import Robustness
from assay_oracles.audits.robustness.terms import wanted_class


@dataclass(frozen=True)
class ScoreClaim:
    """A claimed score, its metric `robustness` or `robustness_CLASS`, and the confidence at which it is judged."""

    name: str
    claim: Claim
    confidence: float


@dataclass(frozen=True)
class JudgedScore:
    """A claimed score, the interval that it is judged by, and what became of it."""

    objective: ScoreClaim
    interval: tuple[float, float]
    judgement: Judgement


def judge(claims: Sequence[ScoreClaim], measured: Robustness) -> tuple[JudgedScore, ...]:
    """Judge every claim; each interval holds whenever it is read, so what cut a run short does no harm."""
    found = []
    for objective in claims:
        wanted = wanted_class(objective.claim.metric)
        tally = measured.tally(wanted)
        low, high = measured.interval(wanted, 1 - objective.confidence)
        reason = (
            f"{tally.starts} starts took {tally.total} queries ({tally.censored} never reached the threshold): "
            f"the score lies in [{low:.4f}, {high:.4f}] at {objective.confidence:g} confidence"
        )
        verified = tally.score_micro / MICRO if tally.starts else None
        judgement = Judgement(objective.claim.compare(low, high), reason, verified)
        found.append(JudgedScore(objective, (low, high), judgement))
    return tuple(found)
