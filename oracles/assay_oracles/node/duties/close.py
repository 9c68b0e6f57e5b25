"""Turn the revealed votes into a result."""

from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.consensus import Verdict, Vote, closing
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"WrongPhase"})


def run(node: Node, view: View) -> None:
    """Close with the medians worked out from the events, when it is our turn."""
    if view.stage is not Stage.CLOSING or not node.turn(view):
        return
    votes = [Vote(Verdict(vote.verdict), vote.lanes) for vote in node.board.votes(view.audit, view.latest_block)]
    median, lanes = closing(votes, view.latest.counted)
    node.send("close", lambda: node.board.close(view.audit.id, median, lanes), lost=_LOST, audit_id=view.audit.id)
