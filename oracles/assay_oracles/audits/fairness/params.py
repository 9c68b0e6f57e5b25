"""Parameters of a table: group, number of protected groups, pads, and the width of a count (design section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.groups import GroupId

MAX_GROUPS: Final = 8

Form = Literal[1, 2]
"""How a row is written: 1 compact (challenge and response only), 2 batch (commitments published)."""
COMPACT: Final[Form] = 1
BATCH: Final[Form] = 2


@dataclass(frozen=True)
class Params:
    """What fixes a table's branches.

    Attributes:
        group: The algebraic group.
        groups: Number g of protected groups, 2 to 8; g = 2 gives the paper's eight permutations.
        pads: Whether rows may be pads, which count for nothing (a hidden n).
    """

    group: GroupId = GroupId.SECP256K1
    groups: int = 2
    pads: bool = False

    def __post_init__(self) -> None:
        """Refuse a number of groups that the format does not know."""
        if not 2 <= self.groups <= MAX_GROUPS:
            raise SpecError(
                code="bad-groups",
                field="groups",
                message=f"a table has 2 to {MAX_GROUPS} protected groups, not {self.groups}",
                hint="merge protected groups until at most eight remain",
            )

    @property
    def permutations(self) -> int:
        """Number of real permutations, 4g: k = 4 * group + 2 * actual + predicted."""
        return 4 * self.groups

    @property
    def branches(self) -> int:
        """Number J of branches of a row's proof: the permutations, and one for pads."""
        return self.permutations + self.pads

    @property
    def width(self) -> int:
        """Bits w of one count in the tally; a table has fewer than 2^w rows."""
        return min(31, 255 // self.permutations)

    @property
    def word(self) -> int:
        """The parameters as the table's header carries them."""
        return self.group << 24 | self.groups << 16 | int(self.pads) << 8 | self.width

    @cached_property
    def encodings(self) -> tuple[int, ...]:
        """p_k = 2^(wk) for every permutation, and 0 for pads."""
        return tuple(1 << self.width * k for k in range(self.permutations)) + (0,) * self.pads

    def tally(self, counts: Sequence[int]) -> int:
        """Return sum n_k p_k for the counts of the permutations."""
        return sum(count << self.width * k for k, count in enumerate(counts))

    def counts(self, tally: int) -> tuple[int, ...]:
        """Return the counts that a tally packs; the inverse of `tally`."""
        return tuple(tally >> self.width * k & (1 << self.width) - 1 for k in range(self.permutations))

    @classmethod
    def from_word(cls, word: int) -> "Params":
        """Read the parameters of a header.

        Raises:
            SpecError: unknown group, groups out of range, or a width that does not follow from them.
        """
        groups = word >> 16 & 0xFF
        if word >> 24 in set(GroupId) and 2 <= groups <= MAX_GROUPS:
            params = cls(GroupId(word >> 24), groups, bool(word >> 8 & 0xFF))
            if params.word == word:
                return params
        raise SpecError(
            code="malformed-table",
            field="header.params",
            message=f"parameters {word:#x} are none that this version knows",
            hint="ask the supplier for the table in the format of docs/fairness.md",
        )
