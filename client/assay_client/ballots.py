"""What each oracle of a roster did: committed, revealed which lanes, and was paid or slashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase, Verdict
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.vault import Vault
from assay_oracles.protocol.roster import Progress, members

from .verified import named_lanes
from .watching import read as read_audit

Standing = Literal["paid", "slashed", "neither", "open"]


@dataclass(frozen=True)
class Ballot:
    """One oracle's part in one audit.

    Attributes:
        seat: the oracle's permanent seat; `operator` its address.
        committed: whether it committed.
        verdict: what it revealed; `Verdict.NONE` when it did not.
        lanes: raw lane numbers by name: of `Verdict.VALUES` those of the policy, of `Verdict.INVALID` the fault's.
        evidence: digest of the voter's evidence document.
        standing: paid, slashed, neither, or open while that is not decided.
        added: whether an appeal added the oracle.
    """

    seat: int
    operator: str
    committed: bool
    verdict: Verdict
    lanes: dict[str, int]
    evidence: bytes
    standing: Standing
    added: bool = False


def read(session: Session, audit_id: int, block: int) -> list[Ballot]:
    """Every ballot of an audit as of `block`, by seat; of those that an appeal added last."""
    audit = read_audit(session, audit_id, block)
    policy = Policies(session).get(audit.policy_id, block)
    progress = Progress.unpack(audit.progress)
    vault = Vault(session)
    revealed = {event.seat: event for event in Board(session).revealed(audit_id, audit.request_block, block)}
    decided = audit.phase is not Phase.OPEN and (progress.paid or progress.slashed)

    def standing(position: int) -> Standing:
        if not decided:
            return "open"
        if progress.paid >> position & 1:
            return "paid"
        if progress.slashed >> position & 1:
            return "slashed"
        return "neither"

    ballots = []
    for position, seat in enumerate(members(audit.roster, audit.added)):
        event = revealed.get(seat)
        ballots.append(
            Ballot(
                seat=seat,
                operator=vault.seat(seat, block).operator,
                committed=bool(progress.committed >> position & 1),
                verdict=event.verdict if event else Verdict.NONE,
                lanes=named_lanes(policy, event.lanes, event.verdict) if event else {},
                evidence=event.evidence if event else bytes(32),
                standing=standing(position),
                added=bool(audit.added >> seat & 1),
            )
        )
    return ballots
