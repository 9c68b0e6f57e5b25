"""Refund a request that its client never opened."""

from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"WrongPhase"})


def run(node: Node, view: View) -> None:
    """Expire when it is our turn among the oracles that could have been drawn.

    An opened audit without a majority is expired by `close`.
    """
    if view.stage is Stage.REQUESTED and view.latest_block + 1 > view.latest.last_open_block and node.turn(view):
        node.send("expire", lambda: node.board.expire(view.audit.id), lost=_LOST, audit_id=view.audit.id)
