"""What can be false about a row, by name and number (design section 2, verdict INVALID; section 5)."""

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What is false, in the order in which one row is checked. Numbers are part of the protocol."""

    POINT = 1
    """X, Y, C or B (j = 0 ... 3) is not a canonical point."""
    BRANCH = 2
    """a or b of branch j is not canonical, or c or r is outside [1, N - 1]."""
    CHALLENGE = 3
    """The challenges do not add up to the hash."""
    COMMITMENT_A = 4
    """a_j != r_j G + c_j X."""
    COMMITMENT_B = 5
    """b_j != r_j Y + c_j (C - p_j G)."""
    TALLY = 6
    """B_i != B_{i-1} + C_i (B_1 != C_1)."""
    MASK = 7
    """Y_i != Y_{i-1} + X_{i-1} + X_i."""
    DUPLICATE = 8
    """X_i has the x-coordinate of the X of an earlier row j."""


@dataclass(frozen=True)
class Fault:
    """The first fault of a table, in row order.

    Attributes:
        kind: What is false.
        row: Number of the row, from 1.
        branch: The branch or point concerned, 0 where the kind has none; the earlier row for a duplicate.
    """

    kind: Kind
    row: int
    branch: int = 0

    def __str__(self) -> str:
        """Say it for people."""
        return {
            Kind.POINT: f"{'XYCB'[self.branch % 4]} is not a canonical point",
            Kind.BRANCH: f"branch {self.branch} holds a point or scalar that is not canonical",
            Kind.CHALLENGE: "the challenges do not add up to the hash of the row",
            Kind.COMMITMENT_A: f"branch {self.branch} breaks a = rG + cX",
            Kind.COMMITMENT_B: f"branch {self.branch} breaks b = rY + c(C - pG)",
            Kind.TALLY: "the running sum B does not continue",
            Kind.MASK: "the mask Y does not continue",
            Kind.DUPLICATE: f"the key X was used before, in row {self.branch}",
        }[self.kind]
