"""One audit replayed from the events of a report: who was drawn, who voted what, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay_chain import lanes as packed
from assay_chain.wrappers.audit_types import FAULT_LANES
from assay_oracles.protocol.consensus import Decision, Verdict, Vote, decide
from assay_oracles.protocol.roster import members

from .evidence import Event, Evidence


@dataclass
class Replay:
    """An audit up to some event.

    Attributes:
        event: the newest event.
        roster: mask of the seats that were drawn; `added` of those that an appeal added.
        votes: what was revealed, by seat.
    """

    tolerances: Sequence[int]
    binding: int
    event: Event | None = None
    roster: int = 0
    added: int = 0
    votes: dict[int, Vote] = field(default_factory=dict)

    @property
    def seats(self) -> tuple[int, ...]:
        """The seats by position."""
        return members(self.roster, self.added)

    def decide(self) -> Decision:
        """What rule 5 makes of the votes so far."""
        votes = [self.votes.get(seat) for seat in self.seats]
        return decide(votes, self.tolerances, self.binding, first=self.roster.bit_count())

    def vote(self, args: Mapping[str, Any]) -> Vote:
        """The vote of a `Revealed` event."""
        verdict = Verdict(args["verdict"])
        count = {Verdict.VALUES: len(self.tolerances), Verdict.INVALID: len(FAULT_LANES)}.get(verdict, 0)
        return Vote(verdict, packed.unpack(args["words"], count))


def replay(evidence: Evidence, audit_id: int, policy: Mapping[str, Any]) -> Iterator[Replay]:
    """The audit after each of its events, oldest first: one object that goes on changing."""
    lanes = policy["lanes"]
    state = Replay([lane["tolerance"] for lane in lanes], sum(lane["binding"] for lane in lanes))
    for event in evidence.events:
        if event.contract != "AuditBoard" or event.args.get("auditId") != audit_id:
            continue
        state.event = event
        if event.name == "Opened":
            state.roster = event.args["roster"]
        elif event.name == "Appealed":
            state.added = event.args["added"]
        elif event.name == "Revealed":
            state.votes[event.args["seat"]] = state.vote(event.args)
        yield state


def mask(positions: frozenset[int]) -> int:
    """A set of positions as the contracts' events have it."""
    return sum(1 << position for position in positions)
