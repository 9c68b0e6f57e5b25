"""One audit's full evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from assay_chain.amounts import format_amount
from assay_chain.errors import AssayError
from assay_chain.wrappers.board import Board, Expired, Finalized, Overruled
from assay_chain.wrappers.vault import Movement, Vault
from assay_oracles.protocol.round import Stage

from assay_client import ballots, verified
from assay_client.ballots import Ballot as Part
from assay_client.documents.audits import ballot_json
from assay_client.documents.metrics import report_json
from assay_client.watching import Status

from .models.audits import AuditDetail, Audits, Ballot, Finding, Kind, Phase, Settlement
from .paging import page
from .reading import Reading, show_policy
from .timeline import timeline

End = Finalized | Expired | Overruled
_ENDS: Mapping[type[End], Literal["finalized", "expired", "overruled"]] = {
    Finalized: "finalized",
    Expired: "expired",
    Overruled: "overruled",
}


def listing(
    reading: Reading,
    *,
    phase: Phase | None,
    kind: Kind | None,
    model: int | None,
    client: str | None,
    cursor: int | None,
    limit: int,
) -> Audits:
    """A page of the audits asked for, newest first."""

    def show(entry: tuple[int, int]) -> Status | None:
        audit_id, policy_id = entry
        if (kind is not None and reading.kind(policy_id).name.lower() != kind) or not reading.sees(audit_id):
            return None
        status = reading.status(audit_id)
        return status if phase in (None, status.stage.value) else None

    found = reading.audits_where(model_id=model, client=client)
    below = (entry for entry in reversed(found) if cursor is None or entry[0] < cursor)
    shown, following = page(below, lambda entry: entry[0], show, limit)
    return Audits(as_of=reading.as_of, audits=[reading.show(status) for status in shown], cursor=following)


def detail(reading: Reading, audit_id: int) -> AuditDetail:
    """Everything that the chain knows of one audit.

    Raises:
        MalformedInput: there is no such audit.
    """
    session, block, status = reading.session, reading.block, reading.status(audit_id)
    board = Board(session)
    (request,) = board.requested(audit_id, status.request_block, status.request_block)
    opened = board.opened(audit_id, status.request_block, block)
    end = _end(board, status)
    moved = Vault(session).movements(end.block, end.block) if end else ()
    finding, problem = _finding(reading, status)
    settled = [movement for movement in moved if end and movement.tx_hash == end.tx_hash]
    return AuditDetail(
        as_of=reading.as_of,
        audit=reading.show(status),
        policy=show_policy(reading.policy(status.policy_id)),
        seed=opened[0].seed.hex() if opened else None,
        escrow=format_amount(request.escrow),
        test_set_uri=request.test_set_uri or None,
        ballots=_ballots(reading, status, settled) if opened else [],
        finding=finding,
        problem=problem,
        settlement=_settlement(end, settled) if end else None,
        timeline=timeline(reading, "AuditBoard", "auditId", audit_id),
    )


def _end(board: Board, status: Status) -> End | None:
    where = (status.audit_id, status.request_block, status.block)
    ends: list[End] = [*board.finalized(*where), *board.expired(*where), *board.overruled(*where)]
    return ends[0] if ends else None


def _finding(reading: Reading, status: Status) -> tuple[Finding | None, str | None]:
    """What was decided; the reason in its place when it needs what cannot be fetched."""
    if status.outcome.name == "NONE" or status.stage is Stage.EXPIRED:
        return None, None
    try:
        found = verified.report(reading.session, status.audit_id, reading.block)
    except AssayError as error:
        return None, error.message
    return Finding.model_validate(report_json(found)), None


def _ballots(reading: Reading, status: Status, settled: Iterable[Movement]) -> list[Ballot]:
    board = Board(reading.session)
    where = (status.audit_id, status.request_block, reading.block)
    committed = {event.seat: event for event in board.committed(*where)}
    revealed = {event.seat: event for event in board.revealed(*where)}
    sums = _sums(settled)

    def show(part: Part) -> Ballot:
        commit, reveal = committed.get(part.seat), revealed.get(part.seat)
        return Ballot.model_validate(
            {
                **ballot_json(part),
                "commitment": commit.commitment.hex() if commit else None,
                "commit_block": commit.block if commit else None,
                "commit_tx": f"0x{commit.tx_hash.hex()}" if commit else None,
                "reveal_block": reveal.block if reveal else None,
                "reveal_tx": f"0x{reveal.tx_hash.hex()}" if reveal else None,
                "paid": format_amount(sums.get(("Rewarded", part.seat), 0)),
                "slashed": format_amount(sums.get(("Slashed", part.seat), 0)),
            }
        )

    return [show(part) for part in ballots.read(reading.session, status.audit_id, reading.block)]


def _settlement(end: End, settled: Iterable[Movement]) -> Settlement:
    sums = _sums(settled)
    return Settlement(
        event=_ENDS[type(end)],
        block=end.block,
        tx=f"0x{end.tx_hash.hex()}",
        paid=format_amount(sum(amount for (event, _), amount in sums.items() if event == "Rewarded")),
        slashed=format_amount(sum(amount for (event, _), amount in sums.items() if event == "Slashed")),
        refund=format_amount(end.refund),
        forfeit=format_amount(end.forfeit if isinstance(end, Expired) else 0),
    )


def _sums(settled: Iterable[Movement]) -> dict[tuple[str, int], int]:
    """What one settlement moved, by event and seat."""
    sums: dict[tuple[str, int], int] = {}
    for movement in settled:
        key = movement.event, movement.seat
        sums[key] = sums.get(key, 0) + movement.amount
    return sums
