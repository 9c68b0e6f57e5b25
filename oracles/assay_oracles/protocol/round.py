"""Where an audit stands: derived from its stored phase, its deadlines and its votes (design section 2).

The contract stores few phases; committing and revealing are derived. A derived phase is over when its last block has
passed or when everyone who can act in it has acted.
"""

from dataclasses import dataclass
from enum import Enum

from assay_oracles.protocol.roster import Progress

OPEN_WINDOW = 200
"""Blocks after the request within which it can be opened."""


class Stage(Enum):
    """What can be done to an audit now."""

    REQUESTED = "requested"
    COMMITTING = "committing"
    REVEALING = "revealing"
    CLOSING = "closing"
    DISPUTE = "dispute"
    FINALIZING = "finalizing"
    FINAL = "final"
    EXPIRED = "expired"
    OVERTURNED = "overturned"


@dataclass(frozen=True)
class Round:
    """An audit in plain numbers. Blocks are block numbers, `roster` and `added` masks of seats, the rest of positions.

    `phase` is the number of the stored phase in `types/AuditTypes.sol`: 1 Requested, 2 Open, 3 Decided, 4 Final,
    5 Expired, 6 Overturned.
    """

    phase: int
    request_block: int
    commit_end: int
    reveal_end: int
    dispute_end: int
    roster: int
    progress: Progress
    added: int = 0
    """Seats that an appeal added."""

    @property
    def size(self) -> int:
        """How many vote, those that an appeal added included."""
        return (self.roster | self.added).bit_count()

    @property
    def counted(self) -> int:
        """Of how many a majority decides: those that an appeal added do not count when they vote `Unavailable`."""
        abstained = self.progress.unavailable & self.acting if self.added else 0
        return self.size - abstained.bit_count()

    @property
    def acting(self) -> int:
        """Positions that can commit and reveal: the roster's, after an appeal those added only."""
        earlier = (1 << self.roster.bit_count()) - 1
        return (1 << self.size) - 1 - earlier if self.added else earlier

    @property
    def last_open_block(self) -> int:
        """Last block in which the request can be opened; from the next one on it can be expired."""
        return self.request_block + OPEN_WINDOW

    def commit_over(self, block: int) -> bool:
        """Whether a transaction in `block` finds the commit phase over."""
        return block > self.commit_end or self.progress.committed & self.acting == self.acting

    def reveal_over(self, block: int) -> bool:
        """Whether a transaction in `block` finds the reveal phase over.

        It ends early only when *everyone* who can act has revealed.
        """
        return block > self.reveal_end or self.progress.revealed & self.acting == self.acting

    def stage(self, block: int) -> Stage:
        """The stage that a transaction in `block` finds.

        Raises:
            ValueError: There is no such phase: the audit does not exist.
        """
        match self.phase:
            case 1:
                return Stage.REQUESTED
            case 2 if not self.commit_over(block):
                return Stage.COMMITTING
            case 2:
                return Stage.CLOSING if self.reveal_over(block) else Stage.REVEALING
            case 3:
                return Stage.FINALIZING if block > self.dispute_end else Stage.DISPUTE
            case 4:
                return Stage.FINAL
            case 5:
                return Stage.EXPIRED
            case 6:
                return Stage.OVERTURNED
        raise ValueError(f"phase {self.phase} is not a phase of an audit")

    def deadline(self, block: int) -> int | None:
        """Last block of the stage that a transaction in `block` finds, or None when time does not end it."""
        return {
            Stage.REQUESTED: self.last_open_block,
            Stage.COMMITTING: self.commit_end,
            Stage.REVEALING: self.reveal_end,
            Stage.DISPUTE: self.dispute_end,
        }.get(self.stage(block))
