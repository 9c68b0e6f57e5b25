"""One audit as this node sees it: settled, as of the confirmed head, and latest, as of the newest block."""

from dataclasses import dataclass
from typing import Self

from assay_chain.wrappers.board import Audit

from assay_oracles.protocol.roster import Progress, position
from assay_oracles.protocol.round import Round, Stage


def round_of(audit: Audit) -> Round:
    """The audit in plain numbers."""
    return Round(
        phase=int(audit.phase),
        request_block=audit.request_block,
        commit_end=audit.commit_end,
        reveal_end=audit.reveal_end,
        dispute_end=audit.dispute_end,
        roster=audit.roster,
        progress=Progress.unpack(audit.progress),
        added=audit.added,
    )


@dataclass(frozen=True)
class View:
    """An audit at two blocks, equal without confirmations.

    What must never be undone (the seed that a vote depends on, the end of the commit phase before a vote is shown) is
    read from the settled state; what was done already, and which deadlines are near, from the latest.
    """

    audit: Audit
    """The settled state."""
    settled_block: int
    latest: Round
    latest_block: int
    seat: int | None
    """This node's seat."""

    @classmethod
    def of(cls, settled: Audit, settled_block: int, latest: Audit, latest_block: int, seat: int | None) -> Self:
        """Join both states."""
        return cls(settled, settled_block, round_of(latest), latest_block, seat)

    @property
    def position(self) -> int | None:
        """This node's place among those who vote, or among the seats that a request may draw from."""
        return None if self.seat is None else position(self.seat, self.audit.roster, self.audit.added)

    @property
    def acts(self) -> bool:
        """Whether this node can commit and reveal; once appealed, the first roster cannot any more."""
        return self.in_mask(self.latest.acting)

    @property
    def key(self) -> tuple[int, bytes]:
        """What identifies this node's vote: the audit and its seed."""
        return self.audit.id, self.audit.seed

    @property
    def test_set(self) -> bytes | None:
        """SHA-256 of the client's own test set, or None for the declared one."""
        return self.audit.test_set if any(self.audit.test_set) else None

    @property
    def settled_stage(self) -> Stage:
        """The stage that the next block after the settled one finds."""
        return round_of(self.audit).stage(self.settled_block + 1)

    @property
    def stage(self) -> Stage:
        """The stage that a transaction sent now finds."""
        return self.latest.stage(self.latest_block + 1)

    def in_mask(self, mask: int) -> bool:
        """Whether a mask over positions holds this node."""
        return self.position is not None and bool(mask >> self.position & 1)
