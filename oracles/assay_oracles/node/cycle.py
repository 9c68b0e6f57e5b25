"""One cycle a settled block: follow the chain, then do every duty that it asks."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from assay_chain.errors import AssayError, PeerUnreachable
from assay_chain.session import BlockRef
from assay_chain.wrappers.board import Phase

from assay_oracles.node.duties import close, commit, expire, finalize, reveal, standing, withdraw
from assay_oracles.node.duties.standing import Standing
from assay_oracles.node.follow import follow
from assay_oracles.node.node import Node
from assay_oracles.node.view import View

Duty = Callable[[Node, View], None]
DUTIES: Final[tuple[Duty, ...]] = (commit.run, reveal.run, close.run, finalize.run, expire.run)
_ENDED: Final = {Phase.NONE, Phase.FINAL, Phase.EXPIRED, Phase.OVERTURNED}
_NO_DEADLINE: Final = 1 << 64
STANDING_SECONDS: Final = 2.0
"""Stake and role change rarely and take many reads, so blocks that come faster share them."""
_log = structlog.get_logger()


class Cycle:
    """What is done at every settled block."""

    def __init__(self, node: Node) -> None:
        """Do it for this node."""
        self._node = node
        self._own: Standing | None = None
        self._read_at = 0.0

    def run(self, head: BlockRef) -> Standing:
        """Handle one settled block; the most urgent audit first.

        Waiting for a transaction takes blocks, so the cycle ends with it, and the next one looks anew.

        Returns:
            The oracle's standing, at most a few seconds old.

        Raises:
            PeerUnreachable: The node of the chain is gone; the next cycle starts from the journal and the chain again.
        """
        node, own = self._node, self._standing(head)
        follow(node, head)
        seat = None if own.seat is None else own.seat.index
        waits, watched = node.waits, node.journal.watched()
        latest = node.session.latest().number if watched else head.number
        concerns = (_concern(node, audit_id, head, latest, seat) for audit_id in watched)
        views = [view for view in concerns if view is not None]
        node.telemetry.watched.set(len(views))
        for view in sorted(views, key=lambda view: view.latest.deadline(latest + 1) or _NO_DEADLINE):
            for duty in DUTIES:
                _guarded(duty, node, view)
                if node.waits != waits:  # blocks have passed: what is most urgent now?
                    return own
        if withdraw.run(node, own):
            self._own = None
        return own

    def _standing(self, head: BlockRef) -> Standing:
        if self._own is None or time.monotonic() - self._read_at > STANDING_SECONDS:
            self._own, self._read_at = standing.read(self._node, head.number), time.monotonic()
        return self._own


def _concern(node: Node, audit_id: int, head: BlockRef, latest: int, seat: int | None) -> View | None:
    """The view of a watched audit, or None when it will never ask anything of this node again."""
    view = node.view(audit_id, head.number, latest, seat)
    if view.audit.phase in _ENDED or view.position is None:
        _log.info("audit.left", audit_id=audit_id, phase=view.audit.phase.name, drawn=view.position is not None)
        node.forget(view)
        return None
    if view.latest.phase == Phase.NONE:  # the chain is being reorganised under us: the next cycle sees more
        return None
    return view


def _guarded(duty: Duty, node: Node, view: View) -> None:
    """Do one duty; what goes wrong with one audit must not keep the node from the others."""
    try:
        with structlog.contextvars.bound_contextvars(audit_id=view.audit.id):
            duty(node, view)
    except PeerUnreachable:
        raise
    except AssayError as error:
        _log.error("duty.failed", audit_id=view.audit.id, code=error.code, culprit=error.culprit, reason=error.message)
        node.failed(error)
    except Exception:
        _log.exception("duty.bug", audit_id=view.audit.id, duty=duty.__module__)
        node.telemetry.errors.labels("local", "internal-error").inc()
