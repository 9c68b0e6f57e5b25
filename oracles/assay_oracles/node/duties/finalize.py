"""Settle a decided audit once its dispute window has passed."""

from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"WrongPhase", "RowsAwaited"})
"""Somebody else did it; or rows of the table are awaited, and it is tried again."""


def run(node: Node, view: View) -> None:
    """Finalize when it is our turn."""
    if view.stage is Stage.FINALIZING and node.turn(view):
        node.send("finalize", lambda: node.board.finalize(view.audit.id), lost=_LOST, audit_id=view.audit.id)
