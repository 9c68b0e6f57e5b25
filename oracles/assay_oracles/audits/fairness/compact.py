"""Anyone's side for compact tables: commitments are recomputed from challenges and responses (design section 4).

A compact row expands to the batch row of the same leaf, so both forms have one root. Y and B of a run follow from the
sums of X and C over the rows before and after it, which `sums` collects in a first pass.
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


def contexts(params: Params, totals: list[tuple[Element, Element, Element]]) -> list[Context]:
    """Return the context of every run.

    Args:
        params: The table's parameters.
        totals: For every run X of its first row, the sum of its X, and the sum of its C.
    """
    group, result = group_of(params.group), []
    after, before, tally = group.add(*(total for _, total, _ in totals)), IDENTITY, IDENTITY
    for first, total, sum_c in totals:
        # Y_i is the sum of the X before row i less that of the X after it.
        mask = group.add(before, group.negate(group.add(after, group.negate(first))))
        result.append(Context(mask, tally))
        before, after = group.add(before, total), group.add(after, group.negate(total))
        tally = group.add(tally, sum_c)
    return result


def sums(params: Params, data: bytes) -> tuple[Element, Element, Element]:
    """Return X of the first row, the sum of all X and that of all C of a run.

    Elements that are not canonical count for nothing here: `expand_rows` names them.
    """
    group, length = group_of(params.group), _row_bytes(params)
    publics, cryptograms = [], []
    for i in range(0, len(data), length):
        publics.append(_decode(params, data[i : i + group.wire_bytes]) or IDENTITY)
        cryptograms.append(_decode(params, data[i + group.wire_bytes : i + 2 * group.wire_bytes]) or IDENTITY)
    return publics[0], group.add(*publics), group.add(*cryptograms)


def check_rows(
    table: bytes, params: Params, first: int, context: Context, data: bytes
) -> tuple[Fault | None, list[bytes], list[Element], Element]:
    """Check a run of compact rows and expand it.

    Args:
        table: The table id.
        params: The table's parameters.
        first: Number of the first row.
        context: What the run needs to know of the rest.
        data: The rows.

    Returns:
        The first fault or None; the leaf of every row; every X; B of the last row.
    """
    group, length, size = group_of(params.group), _row_bytes(params), group_of(params.group).wire_bytes
    shifts = [group.base(-encoding) for encoding in params.encodings]
    mask, tally = context.mask, context.tally
    leaves: list[bytes] = []
    publics: list[Element] = []
    for offset in range(len(data) // length):
        row, number = data[offset * length : (offset + 1) * length], first + offset
        x, c = _decode(params, row[:size]), _decode(params, row[size : 2 * size])
        if x is None or c is None:
            return Fault(Kind.POINT, number, 0 if x is None else 2), [], publics, tally
        if publics:
            mask = group.add(mask, publics[-1], x)
        tally = group.add(tally, c)
        if IDENTITY in (mask, tally):
            return Fault(Kind.POINT, number, 1 if mask == IDENTITY else 3), [], publics, tally
        scalars = [row[i : i + 64] for i in range(2 * size, length, 64)]
        branches = []
        for j, pair in enumerate(scalars):
            challenge, response = int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big")
            if not (0 < challenge < group.order and 0 < response < group.order):
                return Fault(Kind.BRANCH, number, j), [], publics, tally
            a = group.add(group.base(response), group.scale(x, challenge))
            b = group.add(group.scale(mask, response), group.scale(group.add(c, shifts[j]), challenge))
            if IDENTITY in (a, b):
                return Fault(Kind.BRANCH, number, j), [], publics, tally
            branches.append(a + b)
        total = sum(int.from_bytes(pair[:32], "big") for pair in scalars) % group.order
        if total != transcript.challenge(table, number, x, mask, c, b"".join(branches), group.order):
            return Fault(Kind.CHALLENGE, number), [], publics, tally
        publics.append(x)
        leaves.append(transcript.leaf(x, c + tally, [a_b + c_r for a_b, c_r in zip(branches, scalars, strict=True)]))
    return None, leaves, publics, tally


def _row_bytes(params: Params) -> int:
    return 2 * group_of(params.group).wire_bytes + 64 * params.branches


def _decode(params: Params, data: bytes) -> Element | None:
    try:
        return group_of(params.group).from_wire(data)
    except NotCanonicalError:
        return None
