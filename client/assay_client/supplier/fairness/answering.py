"""Showing the rows that somebody asked for: unanswered in time, a demand refutes its table (design section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay_chain.errors import AssayError
from assay_chain.session import Session
from assay_chain.wrappers.disputes import Demanded
from assay_chain.wrappers.fairness import Published

from assay_client.fairness_board import FairnessBoard
from assay_client.verifier.fairness import demanding
from assay_client.verifier.fairness.auditing import fetch


@dataclass(frozen=True)
class Answer:
    """What became of one demand: the transaction that shows the row, or why it could not be shown."""

    demand: Demanded
    tx: bytes = b""
    trouble: AssayError | None = None


def answer_all(session: Session, copies: Mapping[bytes, Path]) -> list[Answer]:
    """Answer every demand that still can be, the most urgent first, as the session's account.

    Args:
        session: acts; whoever answers is owed the bond.
        copies: files of tables on this machine by table id. Without any, every table of the account is answered for,
            from where it was published.
    """
    assert session.account is not None, "an answer is signed"
    block, board, answers = session.head().number, FairnessBoard(session), list[Answer]()
    for asked in demanding.awaited(session, block):
        event = board.get(asked.table_id, block).event
        if asked.table_id in copies if copies else event.supplier == session.account.address:
            answers.append(_answer(session, asked, event, copies.get(asked.table_id)))
    return answers


def _answer(session: Session, asked: Demanded, event: Published, copy: Path | None) -> Answer:
    try:
        return Answer(asked, demanding.answer(session, event, asked.row, copy or fetch(event)))
    except AssayError as error:  # one that cannot be answered must not keep the others from being
        return Answer(asked, trouble=error)
