"""How a roster's votes become one result: the reference of settlement rule 5 (design, section 2).

A policy's tolerance of a lane bounds the difference between any two honest votes. From this alone follows, for a roster
with an honest majority:

* no honest vote is ever slashed: whatever is decided, the deciding majority contains an honest vote, so every honest
  vote lies within twice the tolerance of the result;
* if all honest members reveal, the audit is decided and all of them are paid: each lane's median then lies between two
  honest votes, hence within tolerance of all of them.

Lanes that are not *binding* count what came of an oracle's own queries to a service. Its inputs and its network are not
those of the others, so there the tolerance bounds honest differences only with high probability. A vote outside of it
is unpaid, and none is ever slashed for such a lane.

Whether a fairness table is false, and what its first fault is, follows from its bytes alone. Faults are judged as lanes
without tolerance, so both statements hold for them too: an honest majority that reveals decides that a false table is
false, and why.

The contract is the authority; this module says the same in plain Python, and tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """One revealed vote.

    Attributes:
        verdict: what it says.
        lanes: raw lane numbers with `Verdict.VALUES`; kind, row and branch of the first fault with `Verdict.INVALID`;
            else empty.
    """

    verdict: Verdict
    lanes: tuple[int, ...] = ()


_FAULT_TOLERANCES = (0, 0, 0)


class Band(Enum):
    """Where a vote with lanes lies around the result."""

    WITHIN = "within tolerance in every lane"
    NEAR = "beyond tolerance in some lane, beyond twice the tolerance in no binding one"
    BEYOND = "beyond twice the tolerance in some binding lane"


@dataclass(frozen=True)
class Decision:
    """How an audit ends; the sets hold positions in the roster.

    `outcome` is `Verdict.NONE` when no majority agreed (the audit expires). `result` and the spread of the paid votes,
    `lowest` and `highest`, are lanes as in `Vote`, empty unless the outcome is `Verdict.VALUES` or `Verdict.INVALID`.
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


def majority_median(lanes: Sequence[Sequence[int]], counted: int) -> tuple[int, ...]:
    """The result that `close` is told and checks: the lower median of one verdict's revealed lanes, lane by lane.

    Empty unless more than half of those who count revealed that verdict, so for values or for faults it always is.
    """
    if 2 * len(lanes) <= counted:
        return ()
    return tuple(lower_median(column) for column in zip(*lanes, strict=True))


def closing(votes: Sequence[Vote], counted: int) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """What `close` is told of the revealed votes, by position: the median of the lanes that it judges, and those.

    Nothing of either unless more than half of the `counted` members (`Round.counted`) revealed values, or faults.
    """
    for judged in (Verdict.VALUES, Verdict.INVALID):
        lanes = [vote.lanes for vote in votes if vote.verdict is judged]
        if median := majority_median(lanes, counted):
            return median, lanes
    return (), []


def classify(
    lanes: Sequence[int], result: Sequence[int], tolerances: Sequence[int], binding: int | None = None
) -> Band:
    """Where `lanes` lie around `result`; all three have one number a lane, of which the first `binding` (all) bind.

    Raises:
        ValueError: the lengths differ.
    """
    columns = zip(lanes, result, tolerances, strict=True)
    distances = [(abs(lane - middle), tolerance) for lane, middle, tolerance in columns]
    if any(distance > 2 * tolerance for distance, tolerance in distances[:binding]):
        return Band.BEYOND
    if any(distance > tolerance for distance, tolerance in distances):
        return Band.NEAR
    return Band.WITHIN


def decide(
    votes: Sequence[Vote | None], tolerances: Sequence[int], binding: int | None = None, first: int | None = None
) -> Decision:
    """Settles one audit.

    Args:
        votes: one entry a roster position, `None` for a member that did not commit or did not reveal.
        tolerances: the policy's tolerance of each lane, in raw lane numbers.
        binding: how many of its lanes, from the first, are binding; all by default.
        first: size of the roster that decided before an appeal added the other positions. Of these, who could not have
            the artifacts abstains: the majority is of the others.

    Raises:
        ValueError: the number of lanes of a vote with values differs from the policy's, or that of one with a fault
            from three.
    """
    by_verdict = {
        verdict: frozenset(i for i, vote in enumerate(votes) if vote is not None and vote.verdict is verdict)
        for verdict in Verdict
    }
    absent = frozenset(i for i, vote in enumerate(votes) if vote is None)
    unavailable = by_verdict[Verdict.UNAVAILABLE]
    revealed = frozenset(range(len(votes))) - absent
    abstained = frozenset(i for i in unavailable if first is not None and i >= first)
    counted, struck = len(votes) - len(abstained), unavailable - abstained

    def majority(positions: frozenset[int]) -> bool:
        return 2 * len(positions) > counted

    def contradicting(outcome: Verdict) -> frozenset[int]:
        return revealed - unavailable - by_verdict[outcome]

    rules = {Verdict.VALUES: (tolerances, binding), Verdict.INVALID: (_FAULT_TOLERANCES, None)}
    for outcome, rule in rules.items():
        if majority(by_verdict[outcome]):
            lanes = {i: vote.lanes for i, vote in enumerate(votes) if vote is not None and vote.verdict is outcome}
            decided = _judge(lanes, counted, rule, outcome, contradicting(outcome) | absent, struck)
            if majority(decided.paid):
                return decided
    if majority(by_verdict[Verdict.INVALID_SPEC]):
        agreeing, others = by_verdict[Verdict.INVALID_SPEC], contradicting(Verdict.INVALID_SPEC)
        return Decision(Verdict.INVALID_SPEC, paid=agreeing, slashed=others | absent, struck=struck)
    if majority(unavailable - abstained):
        return Decision(Verdict.UNAVAILABLE, paid=revealed, slashed=absent, struck=frozenset())
    return Decision(Verdict.NONE, paid=frozenset(), slashed=absent, struck=struck)


def _judge(
    lanes: Mapping[int, Sequence[int]],
    counted: int,
    rule: tuple[Sequence[int], int | None],
    outcome: Verdict,
    slashed: frozenset[int],
    struck: frozenset[int],
) -> Decision:
    """The decision if enough of the votes with the outcome's verdict, by position, lie around their median.

    `rule` is what `classify` takes: tolerances, and how many lanes are binding.
    """
    result = majority_median(list(lanes.values()), counted)
    bands = {i: classify(vote, result, *rule) for i, vote in lanes.items()}
    paid = frozenset(i for i, band in bands.items() if band is Band.WITHIN)
    beyond = frozenset(i for i, band in bands.items() if band is Band.BEYOND)
    agreeing = [lanes[i] for i in paid]
    return Decision(
        outcome,
        paid=paid,
        slashed=beyond | slashed,
        struck=struck,
        result=result,
        lowest=tuple(min(column) for column in zip(*agreeing, strict=True)),
        highest=tuple(max(column) for column in zip(*agreeing, strict=True)),
    )
