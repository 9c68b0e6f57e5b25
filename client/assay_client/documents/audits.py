"""Audits and votes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay_client import Ballot, Status


def ballot_json(ballot: Ballot) -> dict[str, Any]:
    """One vote for programs."""
    return {
        "seat": ballot.seat,
        "oracle": ballot.operator,
        "committed": ballot.committed,
        "verdict": word(ballot.verdict),
        "standing": ballot.standing,
        "joined": joined(ballot),
        "evidence": ballot.evidence.hex(),
        "lanes": ballot.lanes,
    }


def status_json(status: Status) -> dict[str, Any]:
    """Where an audit stands, for programs."""
    return {
        "audit_id": status.audit_id,
        "model_id": status.model_id,
        "policy_id": status.policy_id,
        "client": status.client,
        "kind": status.kind.name.lower(),
        "table": status.table.hex() if status.table else None,
        "refuted": status.refuted,
        "test_set": status.test_set.hex() if status.test_set else None,
        "phase": status.stage.value,
        "outcome": word(status.outcome),
        "roster": len(status.roster),
        "seats": list(status.roster),
        "added": list(status.added),
        "appellant": status.appellant,
        "appeal": status.appeal,
        "committed": status.committed,
        "revealed": status.revealed,
        "deadline_block": status.deadline_block,
        "request_block": status.request_block,
        "block": status.block,
    }


def joined(ballot: Ballot) -> str:
    """How an oracle came to vote."""
    return "appeal" if ballot.added else "draw"


def word(verdict: Any) -> str:
    """A verdict, stage or outcome as it is written."""
    return str(verdict.name).lower().replace("_", "-")
