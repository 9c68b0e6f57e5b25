"""What a verifier does about one table or one audit, from beginning to end, as often as it is asked."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Final

import structlog
from assay_chain.errors import AssayError
from assay_chain.session import Session
from assay_chain.wrappers.disputes import Demanded, Disputes
from assay_chain.wrappers.fairness import Published, TableState

from assay_client.fairness_board import FairnessBoard, Posted

from .fairness import demanding, rebutting, refuting
from .fairness.auditing import fetch
from .fairness.checking import Progress
from .fairness.finding import find, gather
from .fairness.findings import Findings

PROGRESS_SECONDS: Final = 30.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class Options:
    """How a verifier deals with suppliers.

    Attributes:
        fetch_seconds: how long fetching one file may take.
        patience: blocks after a table's publication from which on a row is demanded when its file cannot be had; None
            demands nothing.
    """

    fetch_seconds: float = 600.0
    patience: int | None = 50


def attend_table(session: Session, event: Published, options: Options) -> bool:
    """Check a table once, and refute it if it is false; ask for a row if its file cannot be had.

    Returns:
        Whether it was refuted now, by us. Nothing is left to do about it in any case.

    Raises:
        AssayError: it cannot be told yet; ask again.
    """
    log = _log.bind(table=event.table_id.hex(), model=event.model_id, rows=event.n)
    block = session.head().number
    posted = FairnessBoard(session).get(event.table_id, block)
    if posted.table.state is TableState.REFUTED:
        _reclaim(session, posted, block)
        log.info("table.refuted", refuter=posted.table.refuter)
        return False
    known = Findings.of_user().load(event.table_id)
    if known is not None and known.fault is None:
        return False
    try:
        path = fetch(event, options.fetch_seconds)
        found = find(session, posted, path, block, _progress(event))
    except AssayError as error:
        if error.culprit == "supplier" and options.patience is not None:
            _demand(session, posted, block, options.patience)
        raise
    if found.fault is None:
        log.info("table.holds")
        return False
    log.warning("table.false", row=found.fault.row, kind=found.fault.kind.name.lower(), fault=str(found.fault))
    shown = refuting.refute(
        session, event.table_id, gather(session, posted, path, found, block), lambda text: log.info(text)
    )
    log.info("table.refuted", refuter=shown.event.refuter, block=shown.event.block, gas=shown.gas)
    return True


def attend_audit(session: Session, audit_id: int, options: Options) -> bool:
    """Rebut what an audit found about a table, if it is wrong; whether it was now, by us. Raises as `attend_table`."""
    block = session.head().number
    posted = rebutting.disputable(session, audit_id, block)
    if posted is None:
        return False
    log = _log.bind(audit=audit_id, table=posted.table.id.hex())
    if rebutting.rebut(session, posted, audit_id, fetch(posted.event, options.fetch_seconds), block):
        log.warning("audit.rebutted")
        return True
    log.info("audit.right")
    return False


def _demand(session: Session, posted: Posted, block: int, patience: int) -> None:
    """Ask for one row of a table that cannot be had, and end the demand once nobody can answer it any more."""
    table = posted.table
    log = _log.bind(table=table.id.hex())
    mine = _own_demands(session, posted, block)
    if mine:
        asked = demanding.look(session, table.id, mine[-1].row, block)
        if asked.overdue:
            demanding.expire(session, asked, table.id)
            log.warning("row.withheld", row=asked.row)
        elif asked.demand.answered:
            log.info("row.answered", row=asked.row)
        return
    demandable = table.state in (TableState.PENDING, TableState.VERIFIED) and table.bonded
    if demandable and block - posted.event.block >= patience:
        row = 1 + secrets.randbelow(table.n)  # a supplier that has lost some rows cannot prepare for the others
        asked = demanding.demand(session, table.id, row)
        log.warning("row.demanded", row=row, deadline=asked.demand.deadline)


def _reclaim(session: Session, posted: Posted, block: int) -> None:
    """Take back the bonds of own demands that nobody has to answer any more."""
    for event in _own_demands(session, posted, block):
        asked = demanding.look(session, posted.table.id, event.row, block)
        if asked.demand.demander is not None:
            demanding.expire(session, asked, posted.table.id)


def _own_demands(session: Session, posted: Posted, block: int) -> list[Demanded]:
    assert session.account is not None, "a verifier acts"
    asked = Disputes(session).demanded(posted.event.block, block, table_id=posted.table.id)
    return [event for event in asked if event.demander == session.account.address]


def _progress(event: Published) -> Progress:
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            _log.info("table.checking", table=event.table_id.hex(), done=done, rows=total)

    return progress
