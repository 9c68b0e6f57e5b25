"""Which audits may concern this node: learned from `Requested` and `Appealed` events, in short ranges, once each."""

from typing import Final

import structlog
from assay_chain.session import BlockRef

from assay_oracles.node.node import Node

RANGE_BLOCKS: Final = 1000
"""Blocks whose events are handled at once; a crash repeats at most these."""
_log = structlog.get_logger()


def follow(node: Node, head: BlockRef) -> None:
    """Watch every audit requested or appealed up to the settled head that has not been seen yet.

    Starts where the journal left off. Without a journal, or when the chain no longer has the block that the journal
    knows (a reorganisation beyond the confirmations, or a new development chain), starts one unbonding period back,
    which is longer than the longest audit.
    """
    start = _resume(node, head)
    while start <= head.number:
        node.telemetry.readiness.beat()
        end = min(start + RANGE_BLOCKS - 1, head.number)
        requests = node.board.requested(None, start, end)
        appeals = node.board.appealed(None, start, end)
        block_hash = head.hash if end == head.number else node.session.block(end).hash
        watched = {event.audit_id: event.block for event in requests}
        watched |= {event.audit_id: node.board.audit(event.audit_id, head.number).request_block for event in appeals}
        node.journal.follow(end, block_hash, watched)
        for event in requests:
            _log.info("audit.requested", audit_id=event.audit_id, model_id=event.model_id, block=event.block)
        for appeal in appeals:
            _log.info("audit.appealed", audit_id=appeal.audit_id, appellant=appeal.appellant, block=appeal.block)
        start = end + 1


def _resume(node: Node, head: BlockRef) -> int:
    known = node.journal.followed()
    if known is not None:
        number, block_hash = known
        if head.parent == block_hash:
            return head.number
        if number <= head.number and node.session.block(number).hash == block_hash:
            return number + 1
        _log.warning("chain.reorganised", known_block=number, head=head.number)
    return max(0, head.number - node.vault.unbonding_blocks(head.number))
