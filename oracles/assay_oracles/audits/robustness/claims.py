"""Claimed scores, judged by what was measured."""

from dataclasses import dataclass

from assay_oracles.audits.claims import MICRO, Judgement
from assay_oracles.audits.robustness.method import Robustness
from assay_oracles.audits.robustness.terms import ScoreClaim


@dataclass(frozen=True)
class JudgedScore:
    """A claimed score, the interval that it is judged by, and what became of it."""

    promise: ScoreClaim
    interval: tuple[float, float]
    judgement: Judgement


def judge(measured: Robustness) -> tuple[JudgedScore, ...]:
    """Judge every claim; each interval holds whenever it is read, so what cut a run short does no harm."""
    found = []
    for promise in measured.terms.claims:
        wanted = promise.wanted
        tally = measured.tally(wanted)
        low, high = measured.interval(wanted, 1 - promise.confidence)
        reason = (
            f"R = {tally.total} over {tally.starts} starts, of which {tally.censored} never reached the threshold "
            f"and count {measured.terms.budget}: "
            f"the score lies in [{low:.4f}, {high:.4f}] at {promise.confidence:g} confidence"
        )
        verified = tally.score_micro / MICRO if tally.starts else None
        judgement = Judgement(promise.claim.compare(low, high), reason, verified)
        found.append(JudgedScore(promise, (low, high), judgement))
    return tuple(found)
