"""Ending an audit that nobody else ends. Oracles do this as a duty; whoever paid need not depend on them."""

from __future__ import annotations

from assay_chain.errors import Inconclusive
from assay_chain.session import Session
from assay_chain.wrappers.board import Board
from assay_oracles.protocol.consensus import Verdict, Vote, closing
from assay_oracles.protocol.round import Stage

from .watching import Status, look, read, round_of


def settle(session: Session, audit_id: int) -> Status:
    """Take the audit's next step: `expire` an unopened request, `close` a round that is over, `finalize` a result.

    Raises:
        Inconclusive: nothing is due yet.
        Refused: somebody else took the step first, or the session's account has no gas.
    """
    block = session.head().number
    audit = read(session, audit_id, block)
    stage = round_of(audit).stage(block + 1)
    board = Board(session)
    if stage is Stage.REQUESTED and block + 1 > round_of(audit).last_open_block:
        board.expire(audit_id)
    elif stage is Stage.CLOSING:
        votes = [Vote(Verdict(vote.verdict), vote.lanes) for vote in board.votes(audit, block)]
        board.close(audit_id, *closing(votes, round_of(audit).counted))
    elif stage is Stage.FINALIZING:
        board.finalize(audit_id)
    else:
        deadline = round_of(audit).deadline(block + 1)
        raise Inconclusive(
            f"audit {audit_id} is {stage.value}: nothing is due" + (f" before block {deadline}" if deadline else ""),
            code="not-due",
            culprit="local",
            hint="follow it with `assay audit wait`",
        )
    return look(session, audit_id, session.head().number)
