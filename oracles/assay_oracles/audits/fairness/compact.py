"""Anyone's side for compact tables: commitments are recomputed from challenges and responses (design section 4).

A compact row expands to the batch row of the same leaf, so both forms have one root. Y and B of a run follow from the
sums of X and C over the rows before and after it, which `sums` collects in a first pass. A wrong X spoils the Y of all
rows, so a compact table shows that it is false, but not always which row is to blame; the batch form does.
"""

from dataclasses import dataclass

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element, NotCanonicalError, group_of
from assay_oracles.audits.fairness.groups.base import IDENTITY
from assay_oracles.audits.fairness.params import Params


@dataclass(frozen=True)
class Context:
    """What a run of rows needs to know of the rest of the table.

    Attributes:
        mask: Y of the first row of the run.
        tally: B of the row before the run, the identity for the first run.
    """

    mask: Element
    tally: Element


Totals = tuple[Element, Element, Element]
"""Of a run: X of its first row, the sum of its X, and the sum of its C."""


def contexts(params: Params, totals: list[Totals]) -> tuple[list[Context], Element]:
    """Return the context of every run, and the sum of all C."""
    group, result = group_of(params.group), []
    after, before, tally = group.add(*(total for _, total, _ in totals)), IDENTITY, IDENTITY
    for first, total, sum_c in totals:
        # Y_i is the sum of the X before row i less that of the X after it.
        mask = group.add(before, group.negate(group.add(after, group.negate(first))))
        result.append(Context(mask, tally))
        before, after = group.add(before, total), group.add(after, group.negate(total))
        tally = group.add(tally, sum_c)
    return result, tally


def sums(params: Params, first: int, data: bytes) -> tuple[Totals, Fault | None]:
    """Return the totals of a run, or its first X or C that is not canonical.

    Such a fault leaves every Y of the table undefined, so it comes before all others.

    Args:
        params: The table's parameters.
        first: Number of the first row.
        data: The rows.
    """
    group, length, size = group_of(params.group), _row_bytes(params), group_of(params.group).wire_bytes
    columns: tuple[list[Element], list[Element]] = ([], [])
    for index in range(len(data) // length):
        for column, name in enumerate((0, 2)):
            begin = index * length + column * size
            try:
                columns[column].append(group.from_wire(data[begin : begin + size]))
            except NotCanonicalError:
                return (IDENTITY, IDENTITY, IDENTITY), Fault(Kind.POINT, first + index, name)
    publics, cryptograms = columns
    return (publics[0], group.add(*publics), group.add(*cryptograms)), None


def check_rows(
    table: bytes, params: Params, first: int, context: Context, data: bytes
) -> tuple[Fault | None, list[bytes]]:
    """Check a run of compact rows, whose X and C `sums` found canonical, and expand it.

    Args:
        table: The table id.
        params: The table's parameters.
        first: Number of the first row.
        context: What the run needs to know of the rest.
        data: The rows.

    Returns:
        The first fault or None; the leaf of every row before it.
    """
    group, length, size = group_of(params.group), _row_bytes(params), group_of(params.group).wire_bytes
    shifts = [group.base(-encoding) for encoding in params.encodings]
    mask, tally, before = context.mask, context.tally, IDENTITY
    leaves: list[bytes] = []
    for number in range(first, first + len(data) // length):
        row = data[(number - first) * length : (number - first + 1) * length]
        x, c = group.from_wire(row[:size]), group.from_wire(row[size : 2 * size])
        if before:
            mask = group.add(mask, before, x)
        tally, before = group.add(tally, c), x
        for index, point in ((1, mask), (3, tally)):
            if not group.encodable(point):
                return Fault(Kind.POINT, number, index), leaves
        branches, total = [], 0
        for j, shift in enumerate(shifts):
            scalars = row[2 * size + 64 * j : 2 * size + 64 * (j + 1)]
            challenge, response = int.from_bytes(scalars[:32], "big"), int.from_bytes(scalars[32:], "big")
            if not (0 < challenge < group.order and 0 < response < group.order):
                return Fault(Kind.BRANCH, number, j), leaves
            a = group.add(group.base(response), group.scale(x, challenge))
            b = group.add(group.scale(mask, response), group.scale(group.add(c, shift), challenge))
            if not (group.encodable(a) and group.encodable(b)):
                return Fault(Kind.BRANCH, number, j), leaves
            branches.append(a + b + scalars)
            total += challenge
        commitments = b"".join(branch[:-64] for branch in branches)
        if total % group.order != transcript.challenge(table, number, x, mask, c, commitments, group.order):
            return Fault(Kind.CHALLENGE, number), leaves
        leaves.append(transcript.leaf(x, mask, c, tally, branches))
    return None, leaves


def _row_bytes(params: Params) -> int:
    return 2 * group_of(params.group).wire_bytes + 64 * params.branches
