"""What anyone can say against a published table, and for it: refute, rebut, demand rows, show them (design section 5).

Every function acts as the session's account; none needs a role, and whoever is interrupted calls it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from assay_chain.errors import MalformedInput, Refused
from assay_chain.session import Session
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.fairness import Table, Tables, TableState

from .fairness_board import FairnessBoard, Posted
from .supplier.fairness import answering
from .supplier.fairness.answering import Answer
from .verifier.fairness import auditing, demanding, finding, rebutting, refuting
from .verifier.fairness.checking import Progress
from .verifier.fairness.demanding import Asked
from .verifier.fairness.refuting import Refutation
from .watching import pause


def refute(
    session: Session, subject: str, progress: Progress, say: Callable[[str], None]
) -> tuple[Posted, Refutation | None]:
    """Check a published table whole and refute it if it is false, whatever oracles found.

    Args:
        session: acts as the refuter.
        subject: the table's id, or its file or folder on this machine.
        progress: told rows done and rows in all.
        say: told what happens.

    Returns:
        The table as it was before, and how it is refuted; None when it holds.

    Raises:
        MalformedInput: there is no such table.
        Inconclusive: its file does not hold the rows that were published.
        PeerUnreachable: its file cannot be had.
        Refused: the account cannot pay the gas.
    """
    block = session.head().number
    posted, local = auditing.one(session, subject, block)
    if posted.table.state is TableState.REFUTED:
        return posted, refuting.refutation(session, posted.table.id, block)
    path = local or auditing.fetch(posted.event)
    found = finding.find(session, posted, path, block, progress)
    if found.fault is None:
        return posted, None
    evidence = finding.gather(session, posted, path, found, block)
    return posted, refuting.refute(session, posted.table.id, evidence, say)


def rebut(session: Session, audit_id: int) -> bool:
    """Rebut what an audit found about a table, if the check that it names holds; return whether it is rebutted.

    Raises:
        Refused: the audit is not one that found a table false, or it is settled.
        PeerUnreachable: the table's file cannot be had.
    """
    block = session.head().number
    posted = rebutting.disputable(session, audit_id, block)
    if posted is None:
        raise Refused(
            f"audit {audit_id} has no finding that can be rebutted now",
            code="not-rebuttable",
            culprit="local",
            hint="Only an audit that found a fairness table false can be, until it is final.",
        )
    return rebutting.rebut(session, posted, audit_id, auditing.fetch(posted.event), block)


def demand(session: Session, table_id: bytes, row: int, *, wait: bool = False) -> Asked:
    """Ask for a row of a published table, or end a demand that nobody answered in time.

    Args:
        session: acts as the demander, who deposits the bond.
        table_id: the table.
        row: from 1.
        wait: until the row is shown, or cannot be any more.

    Raises:
        MalformedInput: there is no such table, or no such row.
        Refused: too little money for the bond, or the board takes no demand for this row.
    """
    rows = FairnessBoard(session).get(table_id, session.head().number).table.n
    if row > rows:
        raise MalformedInput(
            f"table {table_id.hex()} has {rows} rows, and no row {row}",
            code="no-such-row",
            culprit="local",
            hint=f"Ask for a row from 1 to {rows}.",
        )
    asked = demanding.demand(session, table_id, row)
    while wait and asked.state == "awaited" and not asked.overdue:
        time.sleep(pause(session))
        asked = demanding.look(session, table_id, row, session.head().number)
    return demanding.expire(session, asked, table_id) if asked.overdue else asked


def answer(session: Session, copies: Iterable[Path]) -> list[Answer]:
    """Show the rows that somebody demands of the tables in these files, or of all tables of the account.

    Raises:
        MalformedInput: a file is no published table.
    """
    found = [(auditing.find_local(session, path, session.head().number), path) for path in copies]
    return answering.answer_all(session, {posted.table.id: path for posted, path in found})


def retire(session: Session, table_id: bytes) -> Table:
    """Announce that a table's bond is to go back to its supplier, or take it once it is due; the table after that.

    Raises:
        MalformedInput: there is no such table.
        Refused: it is not this account's, or rows of it are awaited.
    """
    block, disputes = session.head().number, Disputes(session)
    table = FairnessBoard(session).get(table_id, block).table
    if not table.release_block:
        disputes.retire(table_id)
    elif table.bonded and block >= table.release_block:
        disputes.settle_bond(table_id)
    return Tables(session).table(table_id, session.head().number)
