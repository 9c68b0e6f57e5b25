"""Turn the revealed votes into a result."""

from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.consensus import majority_median
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"WrongPhase"})


def run(node: Node, view: View) -> None:
    """Close with the medians worked out from the events, when it is our turn."""
    if view.stage is not Stage.CLOSING or not node.turn(view):
        return
    votes = node.board.revealed_values(view.audit, view.latest_block)
    median = majority_median(votes, view.latest.roster.bit_count())
    node.send("close", lambda: node.board.close(view.audit.id, median, votes), lost=_LOST, audit_id=view.audit.id)
