"""One batch row, and every check of it by itself (docs/fairness.md, section 6; design section 5)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.table import BRANCH, POINT

ROW_POINTS: Final = 4 * POINT
_GROUP: Final = Secp256k1()
_STEPS: Final = (Kind.TALLY, Kind.MASK)


class Row(NamedTuple):
    """One batch row, cut into its parts (64-byte points; branches a | b | c | r of 192 bytes)."""

    number: int
    x: Element
    y: Element
    c: Element
    b: Element
    branches: tuple[bytes, ...]

    @property
    def points(self) -> tuple[Element, Element, Element, Element]:
        """X, Y, C, B."""
        return self.x, self.y, self.c, self.b

    @property
    def commitments(self) -> bytes:
        """a_0 | b_0 | a_1 | b_1 | ..."""
        return b"".join(branch[: 2 * POINT] for branch in self.branches)

    @property
    def leaf(self) -> bytes:
        """The hash of the row in the table's tree."""
        return transcript.leaf(self.x, self.y, self.c, self.b, self.branches)


class Branch(NamedTuple):
    """One branch of a row's proof, cut into its parts."""

    a: Element
    b: Element
    challenge: int
    response: int

    @classmethod
    def of(cls, row: Row, j: int) -> "Branch":
        """Cut branch j of a row."""
        data = row.branches[j]
        scalars = (int.from_bytes(data[at : at + 32], "big") for at in (2 * POINT, 2 * POINT + 32))
        return cls(data[:POINT], data[POINT : 2 * POINT], *scalars)

    @property
    def canonical(self) -> bool:
        """Whether both points and both scalars are."""
        return _are_elements(self.a, self.b) and 0 < self.challenge < ORDER and 0 < self.response < ORDER


def split(data: bytes, params: Params, first: int) -> Iterator[Row]:
    """Cut a run of rows; `first` is the number of the first one."""
    length = ROW_POINTS + BRANCH * params.branches
    for index in range(len(data) // length):
        row = data[index * length : (index + 1) * length]
        points = [row[i : i + POINT] for i in range(0, ROW_POINTS, POINT)]
        branches = tuple(row[i : i + BRANCH] for i in range(ROW_POINTS, length, BRANCH))
        yield Row(first + index, points[0], points[1], points[2], points[3], branches)


def checks(params: Params, number: int) -> Iterator[Fault]:
    """Name every check of a row that needs no row but the one before it, in the order of the format."""
    indices = {Kind.POINT: 4, Kind.BRANCH: params.branches, Kind.CHALLENGE: 1}
    indices |= {Kind.COMMITMENT_A: params.branches, Kind.COMMITMENT_B: params.branches, Kind.TALLY: 1, Kind.MASK: 1}
    for kind, count in indices.items():
        if kind is not Kind.MASK or number > 1:
            yield from (Fault(kind, number, j) for j in range(count))


def check_row(table: bytes, params: Params, previous: Row | None, row: Row) -> Fault | None:
    """Check one row, equation by equation, and return its first fault or None.

    Args:
        table: The table id.
        params: The table's parameters.
        previous: The row before, whose points are canonical. Without it row 2 and later ones are not held against it.
        row: The row.
    """
    for named in checks(params, row.number):
        alone = previous is None and row.number > 1 and named.kind in _STEPS
        if not alone and fails(table, params, named, row, previous):
            return named
    return None


def fails(table: bytes, params: Params, named: Fault, row: Row, other: Row | None = None) -> bool:
    """Tell whether one check of a row fails, whatever the others say, as contracts/libraries/Refutations.sol does.

    A check that needs a point or a scalar fails when that is not canonical.

    Args:
        table: The table id.
        params: The table's parameters.
        named: The check.
        row: The row that it names.
        other: The row before for a step, of which row 1 has none; the row with the same key for a duplicate.
    """
    if named.kind is Kind.POINT:
        return not _are_elements(row.points[named.branch])
    if named.kind is Kind.CHALLENGE:
        return not challenge_holds(table, row)
    if named.kind in _STEPS:
        return step_fails(named.kind, row, other)
    if named.kind is Kind.DUPLICATE:
        assert other is not None, "a duplicate is of another row"
        return row.x[:32] == other.x[:32]
    branch = Branch.of(row, named.branch)
    if not branch.canonical:
        return True
    if named.kind is Kind.COMMITMENT_A:
        return not _are_elements(row.x) or branch.a != _GROUP.add(
            _GROUP.base(branch.response), _GROUP.scale(row.x, branch.challenge)
        )
    if named.kind is Kind.COMMITMENT_B:
        return not _are_elements(row.y, row.c) or branch.b != _GROUP.add(
            _GROUP.scale(row.y, branch.response),
            _GROUP.scale(_GROUP.add(row.c, _GROUP.base(-params.encodings[named.branch])), branch.challenge),
        )
    return False


def step_fails(kind: Kind, row: Row, previous: Row | None) -> bool:
    """Tell whether B or Y fails to continue from the row before; row 1 has none, and its B is its C."""
    if previous is None:
        return kind is Kind.TALLY and row.b != row.c
    if kind is Kind.TALLY:
        return not _are_elements(previous.b, row.c, row.b) or row.b != _GROUP.add(previous.b, row.c)
    points = previous.y, previous.x, row.x
    return not _are_elements(*points, row.y) or row.y != _GROUP.add(*points)


def challenge_holds(table: bytes, row: Row) -> bool:
    """Tell whether the challenges of a row add up to its hash."""
    total = sum(int.from_bytes(branch[2 * POINT : -32], "big") for branch in row.branches)
    return total % ORDER == transcript.challenge(table, row.number, row.x, row.y, row.c, row.commitments, ORDER)


def _are_elements(*points: Element) -> bool:
    return all(map(_GROUP.is_element, points))
