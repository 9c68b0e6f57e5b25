"""Turn the revealed votes into a result."""

from assay_chain.lanes import LANES_PER_WORD
from assay_chain.wrappers.board import Verdict

from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.consensus import lower_median
from assay_oracles.protocol.roster import seats
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"WrongPhase"})

Lanes = tuple[int, ...]


def run(node: Node, view: View) -> None:
    """Close with the medians worked out from the events, when it is our turn."""
    if view.stage is not Stage.CLOSING or not node.turn(view):
        return
    median, votes = hint(revealed_values(node, view), view.latest.roster.bit_count())
    node.send("close", lambda: node.board.close(view.audit.id, median, votes), lost=_LOST, audit_id=view.audit.id)


def revealed_values(node: Node, view: View) -> list[Lanes]:
    """Every revealed vote with values, in roster order."""
    events = node.board.revealed(view.audit.id, view.audit.request_block, view.latest_block)
    values = {event.seat: event.lanes for event in events if event.verdict is Verdict.VALUES}
    return [values[seat] for seat in seats(view.latest.roster) if seat in values]


def hint(values: list[Lanes], roster_size: int) -> tuple[Lanes, list[Lanes]]:
    """What `close` must be told: the lower median of a majority's values, and wide votes again."""
    if 2 * len(values) <= roster_size:
        return (), []
    median = tuple(lower_median(column) for column in zip(*values, strict=True))
    return median, values if len(median) > LANES_PER_WORD else []
