"""What happened in one audit, read back from the chain: votes, payouts, slashes, gas, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay_chain.amounts import format_amount
from assay_chain.wrappers.board import Board
from assay_chain.wrappers.vault import Movement, Vault

from assay_client.ballots import Ballot
from assay_client.documents.audits import ballot_json
from assay_client.documents.metrics import report_json
from assay_client.sdk import Client
from assay_client.verified import Report

STEPS = ("requested", "opened", "committed", "revealed", "decided", "finalized", "overruled")


@dataclass(frozen=True)
class Record:
    """One finished audit.

    Attributes:
        report: verified metrics and judged claims.
        ballots: what each oracle did, by seat.
        payouts: rewards of this audit; `slashes` the bonds that were lost.
        gas: gas used by each step, all its transactions together; an audit ends by being finalized or overruled.
        blocks: the block of each step's last transaction.
    """

    report: Report
    ballots: tuple[Ballot, ...]
    payouts: tuple[Movement, ...]
    slashes: tuple[Movement, ...]
    gas: Mapping[str, int]
    blocks: Mapping[str, int]

    def seats(self, standing: str) -> frozenset[int]:
        """Seats of that standing."""
        return frozenset(ballot.seat for ballot in self.ballots if ballot.standing == standing)

    def to_json(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The record for programs; `names` of accounts by address."""
        report = report_json(self.report)
        operators = {ballot.seat: ballot.operator for ballot in self.ballots}

        def moved(movement: Movement) -> dict[str, Any]:
            address = operators[movement.seat]
            return {"oracle": address, "name": names.get(address), "amount": format_amount(movement.amount)}

        return {
            "audit_id": self.report.status.audit_id,
            "kind": report["kind"],
            "model_id": self.report.status.model_id,
            "outcome": report["outcome"],
            "table": report["table"],
            "metrics": report["metrics"],
            "claims": report["claims"],
            "votes": [{**ballot_json(ballot), "name": names.get(ballot.operator)} for ballot in self.ballots],
            "payouts": [moved(movement) for movement in self.payouts],
            "slashes": [moved(movement) for movement in self.slashes],
            "gas": {**self.gas, "total": sum(self.gas.values())},
            "blocks": dict(self.blocks),
        }


def read(client: Client, model_id: int, audit_id: int) -> Record:
    """Read an audit that ended."""
    session = client.session
    board, head = Board(session), session.head().number
    start = board.audit(audit_id, head).request_block
    events = {step: getattr(board, step)(audit_id, start, head) for step in STEPS}
    end = max(found[-1].block for found in events.values() if found)
    moves = Vault(session).movements(end, end)
    return Record(
        report=client.metrics(model_id, audit_id=audit_id),
        ballots=tuple(client.votes(audit_id)),
        payouts=tuple(move for move in moves if move.event == "Rewarded"),
        slashes=tuple(move for move in moves if move.event == "Slashed"),
        gas={step: sum(_gas(client, event.tx_hash) for event in found) for step, found in events.items() if found},
        blocks={step: found[-1].block for step, found in events.items() if found},
    )


def _gas(client: Client, tx_hash: bytes) -> int:
    return int(client.session.wait(tx_hash)["gasUsed"])
