"""When a table may be released: counts are exact, so small tables and small cells say something about people.

Whoever knows all rows but one learns that one (design section 4). Pads count neither towards rows nor towards cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """Minimum sizes.

    Attributes:
        minimum_n: Fewest real rows.
        minimum_cell: Fewest rows of any permutation. A cell that is empty counts too: that nobody of a group was
            judged wrongly is also a fact about all of them.
    """

    minimum_n: int = 2
    minimum_cell: int = 0

    def violation(self, counts: Sequence[int]) -> str:
        """Say why counts must not be released (or relied on), or return nothing."""
        if (n := sum(counts)) < self.minimum_n:
            return f"{n} rows are fewer than the minimum of {self.minimum_n}"
        if (least := min(counts)) < self.minimum_cell:
            return f"permutation {counts.index(least)} has {least} rows, fewer than the minimum of {self.minimum_cell}"
        return ""
