"""Rebutting oracles that found a table false by a check that holds: shown by that very check (design section 5)."""

from __future__ import annotations

from pathlib import Path

from assay_chain.errors import Reverted
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase, Verdict
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.disputes import Evidence as Shown
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.refute import evidence, exists
from assay_oracles.node.published import record_of

from assay_client.fairness_board import FairnessBoard, Posted
from assay_client.specs import malformed
from assay_client.watching import read

from . import showing
from .checking import table_file


def rebut(session: Session, posted: Posted, audit_id: int, path: Path, block: int) -> bool:
    """Rebut what an audit found about a table, if it is wrong; return whether it is rebutted now.

    Args:
        session: acts as whoever rebuts; no role is needed.
        posted: the audited table.
        audit_id: a decided audit of it.
        path: a copy of its file.
        block: as of when.

    Raises:
        MalformedInput: the file does not hold the rows that were published.
        Refused: the account cannot pay the gas.
    """
    disputes = Disputes(session)
    if disputes.is_rebutted(audit_id, block):
        return True
    kind, row, branch, *_ = Board(session).result(audit_id, block)
    named, record = Fault(Kind(kind), row, branch), record_of(posted.event)
    shown = Shown()
    if exists(record.header, named):
        try:
            with table_file(path) as stream:
                found = evidence(stream, record, named)
        except SpecError as error:
            raise malformed(error, path) from error
        if found.fails(record.header):
            return False
        shown = showing.evidence(found, posted.table.id)
    try:
        disputes.rebut(audit_id, shown)
    except Reverted as error:
        if error.name != "NotRebuttable":  # settled, or rebutted by somebody else
            raise
    return disputes.is_rebutted(audit_id, session.latest().number)


def disputable(session: Session, audit_id: int, block: int) -> Posted | None:
    """The table that an audit found false and that can still be defended, or None."""
    audit = read(session, audit_id, block)
    if audit.phase is not Phase.DECIDED or audit.outcome is not Verdict.INVALID:
        return None
    return FairnessBoard(session).get(audit.test_set, block)
