"""What shows that a published table is false, or that a check holds which somebody said fails (design section 5).

Rows are opened from the file by their paths; nothing but the file and what it is bound to is needed. The table is read
once, row by row, so memory does not grow with it.
"""

from dataclasses import dataclass
from typing import BinaryIO, Final

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.evaluate import row_at, rows_of
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element
from assay_oracles.audits.fairness.groups.base import IDENTITY
from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.fairness.row import Branch, Row, checks, fails
from assay_oracles.audits.fairness.table import Header

CHEAPEST: Final = (
    Kind.POINT,
    Kind.BRANCH,
    Kind.COMMITMENT_A,
    Kind.DUPLICATE,
    Kind.TALLY,
    Kind.MASK,
    Kind.COMMITMENT_B,
    Kind.CHALLENGE,
)
"""The kinds by the gas of their refutation (docs/fairness.md, section 16)."""

_GROUP: Final = Secp256k1()
_OF_TWO_ROWS: Final = frozenset({Kind.TALLY, Kind.MASK})


@dataclass(frozen=True)
class Opening:
    """A row shown from its table's tree.

    Attributes:
        row: the row, with all branches.
        path: siblings of its leaf, from the leaf up.
    """

    row: Row
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Evidence:
    """Everything by which one check of one row is judged, by anybody.

    Attributes:
        named: the check.
        opening: the row that it names.
        other: the row before for a step, the earlier row for a duplicate; None for all other kinds.
        scaled: kind 5 only, r_j Y; the identity where the check fails without it.
        rest: kind 5 only, b_j - r_j Y, likewise.
        earlier: id of the table of `other` when it is another one of the same supplier; else empty.
    """

    named: Fault
    opening: Opening
    other: Opening | None = None
    scaled: Element = IDENTITY
    rest: Element = IDENTITY
    earlier: bytes = b""

    def fails(self, header: Header) -> bool:
        """Tell whether the check fails: what the chain will say."""
        other = self.other.row if self.other else None
        return fails(header.table_id, header.params, self.named, self.opening.row, other)


def cheapest(stream: BinaryIO, header: Header, fault: Fault) -> Fault:
    """Return the check of a false row whose failing costs least to show.

    Args:
        stream: The table's file, in batch form.
        header: Its header.
        fault: Its first fault.
    """
    if fault.kind is Kind.DUPLICATE:
        return fault  # every check of the row by itself holds
    row = row_at(stream, header, fault.row)
    before = row_at(stream, header, fault.row - 1) if fault.row > 1 else None
    for named in sorted(checks(header.params, fault.row), key=lambda each: CHEAPEST.index(each.kind)):
        if fails(header.table_id, header.params, named, row, before):
            return named
    raise AssertionError("the row that a fault names is false")


def exists(header: Header, named: Fault) -> bool:
    """Tell whether a table has the check that somebody names: the row, and the point, branch or earlier row in it.

    Row 1 has no step: its B was held against its C when the table was published.
    """
    if not 1 <= named.row <= header.n:
        return False
    if named.kind is Kind.DUPLICATE:
        return 1 <= named.branch < named.row
    return named in checks(header.params, named.row) and not (named.kind in _OF_TWO_ROWS and named.row == 1)


def evidence(stream: BinaryIO, record: Record, named: Fault) -> Evidence:
    """Collect what a named check of a published table is judged by, whether it holds or fails.

    Args:
        stream: The table's file.
        record: What the board says of the table.
        named: A check that `exists`.

    Raises:
        SpecError: the rows of the file are not those that the supplier published, so they can be held against nobody.
    """
    numbers = [named.row]
    if named.kind in _OF_TWO_ROWS:
        numbers.append(named.row - 1)
    elif named.kind is Kind.DUPLICATE:
        numbers.append(named.branch)
    opening, *others = openings(stream, record, *numbers)
    scaled, rest = _split(opening.row, named.branch) if named.kind is Kind.COMMITMENT_B else (IDENTITY, IDENTITY)
    return Evidence(named, opening, others[0] if others else None, scaled, rest)


def reuse(stream: BinaryIO, record: Record, row: int, earlier: BinaryIO, before: Record, earlier_row: int) -> Evidence:
    """Collect what shows that a row's key is that of a row in an earlier table of the same supplier; up to its sign.

    Args:
        stream: The table's file; `record` is what the board says of it.
        row: Number of the row there.
        earlier: The earlier table's file, with its record `before`.
        earlier_row: Number of the row in that one.

    Raises:
        SpecError: as in `evidence`.
    """
    (opening,), (other,) = openings(stream, record, row), openings(earlier, before, earlier_row)
    named = Fault(Kind.DUPLICATE, row, earlier_row)
    return Evidence(named, opening, other, earlier=before.header.table_id)


def openings(stream: BinaryIO, record: Record, *numbers: int) -> list[Opening]:
    """Show rows of a published table; errors as in `evidence`."""
    header = record.header
    paths = transcript.paths((row.leaf for row in rows_of(stream, header)), header.n, numbers)
    shown = [Opening(row_at(stream, header, number), path) for number, path in zip(numbers, paths, strict=True)]
    if any(transcript.root_of(each.row.leaf, each.row.number, each.path) != record.footer.root for each in shown):
        raise SpecError(
            "wrong-root",
            "root",
            "is not that of the rows in the file",
            "ask the supplier for the file that belongs to the published table, or demand its rows on the board",
        )
    return shown


def _split(row: Row, j: int) -> tuple[Element, Element]:
    """b_j in two parts, r_j Y and the rest; nothing where the check fails before they matter."""
    branch = Branch.of(row, j)
    if not (branch.canonical and _GROUP.is_element(row.y) and _GROUP.is_element(row.c)):
        return IDENTITY, IDENTITY
    scaled = _GROUP.scale(row.y, branch.response)
    return scaled, _GROUP.add(branch.b, _GROUP.negate(scaled))
