"""Rosters: 256-bit masks of seats, and 32-bit masks over positions.

A seat is a bit of the roster mask. A *position* is a seat's rank among the seats of the roster, lowest seat first. The
seats that an appeal added have the next positions, again lowest seat first: nobody's position ever changes.
"""

from dataclasses import dataclass


def seats(mask: int) -> tuple[int, ...]:
    """The seats of a mask, ascending. Positions are indices into this tuple."""
    return tuple(seat for seat in range(mask.bit_length()) if mask >> seat & 1)


def members(roster: int, added: int = 0) -> tuple[int, ...]:
    """The seats of a roster and of those that an appeal added, by position."""
    return seats(roster) + seats(added)


def position(seat: int, roster: int, added: int = 0) -> int | None:
    """The position of `seat`, or None when it is not a member."""
    everyone = members(roster, added)
    return everyone.index(seat) if seat in everyone else None


def mask_of(members: tuple[int, ...]) -> int:
    """The mask of a set of seats; inverse of `seats`."""
    return sum(1 << seat for seat in set(members))


@dataclass(frozen=True)
class Progress:
    """Who has done what: masks over positions, as `Audit.progress` packs them (`types/AuditTypes.sol`)."""

    committed: int
    values: int
    invalid: int
    invalid_spec: int
    unavailable: int
    paid: int
    slashed: int

    @classmethod
    def unpack(cls, word: int) -> "Progress":
        """Split the contract's word into its seven masks of 32 bits."""
        return cls(*(word >> (32 * field) & 0xFFFFFFFF for field in range(7)))

    @property
    def revealed(self) -> int:
        """Positions that revealed any verdict."""
        return self.values | self.invalid | self.invalid_spec | self.unavailable
