"""How a roster's votes become one result: the reference of settlement rule 5 (design, section 2).

A policy's tolerance of a lane bounds the difference between any two honest votes. From this alone follows, for a roster
with an honest majority:

* no honest vote is ever slashed: whatever is decided, the deciding majority contains an honest vote, so every honest
  vote lies within twice the tolerance of the result;
* if all honest members reveal, the audit is decided and all of them are paid: each lane's median then lies between two
  honest votes, hence within tolerance of all of them.

The contract is the authority; this module says the same in plain Python, and tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum


class Verdict(IntEnum):
    """What a vote says; the numbers are the contract's."""

    NONE = 0
    VALUES = 1
    INVALID = 2
    INVALID_SPEC = 3
    UNAVAILABLE = 4


@dataclass(frozen=True)
class Vote:
    """One revealed vote; `lanes` are raw lane numbers, empty unless the verdict carries values."""

    verdict: Verdict
    lanes: tuple[int, ...] = ()


class Band(Enum):
    """Where a vote with values lies around the result."""

    WITHIN = "within tolerance in every lane"
    NEAR = "beyond tolerance in some lane, beyond twice the tolerance in none"
    BEYOND = "beyond twice the tolerance in some lane"


@dataclass(frozen=True)
class Decision:
    """How an audit ends; the sets hold positions in the roster.

    `outcome` is `Verdict.NONE` when no majority agreed (the audit expires). `result` and the spread of the paid votes,
    `lowest` and `highest`, are empty unless the outcome is `Verdict.VALUES`.
    """

    outcome: Verdict
    paid: frozenset[int]
    slashed: frozenset[int]
    struck: frozenset[int]
    result: tuple[int, ...] = ()
    lowest: tuple[int, ...] = ()
    highest: tuple[int, ...] = ()


def lower_median(numbers: Sequence[int]) -> int:
    """The middle number, the lesser of the two middle ones of an even count.

    Raises:
        ValueError: there are no numbers.
    """
    if not numbers:
        raise ValueError("no numbers have no median")
    return sorted(numbers)[(len(numbers) - 1) // 2]


def majority_median(values: Sequence[Sequence[int]], roster_size: int) -> tuple[int, ...]:
    """The result that `close` is told and checks: the lower median of the revealed values, lane by lane.

    Empty unless more than half of the roster revealed values.
    """
    if 2 * len(values) <= roster_size:
        return ()
    return tuple(lower_median(column) for column in zip(*values, strict=True))


def closing(votes: Sequence[Vote], roster_size: int) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """What `close` is told of the revealed votes, in roster order: the median of the lanes that it judges, and those.

    Nothing of either unless more than half of the roster revealed values, or more than half revealed faults.
    """
    for judged in (Verdict.VALUES, Verdict.INVALID):
        lanes = [vote.lanes for vote in votes if vote.verdict is judged]
        if median := majority_median(lanes, roster_size):
            return median, lanes
    return (), []


def classify(lanes: Sequence[int], result: Sequence[int], tolerances: Sequence[int]) -> Band:
    """Where `lanes` lie around `result`; all three have one number a lane.

    Raises:
        ValueError: the lengths differ.
    """
    columns = zip(lanes, result, tolerances, strict=True)
    distances = [(abs(lane - middle), tolerance) for lane, middle, tolerance in columns]
    if any(distance > 2 * tolerance for distance, tolerance in distances):
        return Band.BEYOND
    if any(distance > tolerance for distance, tolerance in distances):
        return Band.NEAR
    return Band.WITHIN


def decide(votes: Sequence[Vote | None], tolerances: Sequence[int]) -> Decision:
    """Settles one audit.

    Args:
        votes: one entry a roster position, `None` for a member that did not commit or did not reveal.
        tolerances: the policy's tolerance of each lane, in raw lane numbers.

    Raises:
        ValueError: a vote's number of lanes differs from the policy's.
    """
    by_verdict = {
        verdict: frozenset(i for i, vote in enumerate(votes) if vote is not None and vote.verdict is verdict)
        for verdict in Verdict
    }
    absent = frozenset(i for i, vote in enumerate(votes) if vote is None)
    unavailable = by_verdict[Verdict.UNAVAILABLE]

    def majority(positions: frozenset[int]) -> bool:
        return 2 * len(positions) > len(votes)

    if majority(by_verdict[Verdict.VALUES]):
        decided = _decide_values(votes, by_verdict, absent, tolerances)
        if majority(decided.paid):
            return decided
    elif majority(by_verdict[Verdict.INVALID_SPEC]):
        agreeing, lied = by_verdict[Verdict.INVALID_SPEC], by_verdict[Verdict.VALUES]
        return Decision(Verdict.INVALID_SPEC, paid=agreeing, slashed=lied | absent, struck=unavailable)
    elif majority(unavailable):
        revealed = frozenset(range(len(votes))) - absent
        return Decision(Verdict.UNAVAILABLE, paid=revealed, slashed=absent, struck=frozenset())
    return Decision(Verdict.NONE, paid=frozenset(), slashed=absent, struck=unavailable)


def _decide_values(
    votes: Sequence[Vote | None],
    by_verdict: dict[Verdict, frozenset[int]],
    absent: frozenset[int],
    tolerances: Sequence[int],
) -> Decision:
    lanes = {i: vote.lanes for i, vote in enumerate(votes) if vote is not None and vote.verdict is Verdict.VALUES}
    result = majority_median(list(lanes.values()), len(votes))
    bands = {i: classify(vote, result, tolerances) for i, vote in lanes.items()}
    paid = frozenset(i for i, band in bands.items() if band is Band.WITHIN)
    beyond = frozenset(i for i, band in bands.items() if band is Band.BEYOND)
    agreeing = [lanes[i] for i in paid]
    return Decision(
        Verdict.VALUES,
        paid=paid,
        slashed=beyond | by_verdict[Verdict.INVALID_SPEC] | absent,
        struck=by_verdict[Verdict.UNAVAILABLE],
        result=result,
        lowest=tuple(min(column) for column in zip(*agreeing, strict=True)),
        highest=tuple(max(column) for column in zip(*agreeing, strict=True)),
    )
