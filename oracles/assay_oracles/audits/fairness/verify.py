"""Anyone's side: check the rows of a batch table (design section 4).

Every equation of a run of rows becomes one term of one multi-scalar multiplication, with fresh coefficients of 128
bits that only the verifier knows. When the sum is not zero (or a cheaper check fails), the rows are checked one by one
and the first fault is named in row order, so that all honest verifiers name the same.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element, NotCanonicalError
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.msm import Points
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.table import BRANCH, POINT

_GROUP: Final = Secp256k1()
_ROW_POINTS: Final = 4 * POINT


@dataclass(frozen=True, slots=True)
class Row:
    """One batch row, cut into its parts (64-byte points; branches a | b | c | r of 192 bytes)."""

    number: int
    x: Element
    y: Element
    c: Element
    b: Element
    branches: tuple[bytes, ...]

    @property
    def commitments(self) -> bytes:
        """a_0 | b_0 | a_1 | b_1 | ..."""
        return b"".join(branch[: 2 * POINT] for branch in self.branches)


def split(data: bytes, params: Params, first: int) -> Iterator[Row]:
    """Cut a run of rows; `first` is the number of the first one."""
    length = _ROW_POINTS + BRANCH * params.branches
    for index in range(len(data) // length):
        row = data[index * length : (index + 1) * length]
        points = [row[i : i + POINT] for i in range(0, _ROW_POINTS, POINT)]
        branches = tuple(row[i : i + BRANCH] for i in range(_ROW_POINTS, length, BRANCH))
        yield Row(first + index, points[0], points[1], points[2], points[3], branches)


def check_rows(table: bytes, params: Params, previous: Row | None, rows: list[Row]) -> Fault | None:
    """Check a run of rows against everything but the rest of the table.

    Args:
        table: The table id.
        params: The table's parameters.
        previous: The row before the run, itself checked with its own run; None for the first run.
        rows: The run.

    Returns:
        The first fault, or None.
    """
    if previous and not all(map(_GROUP.is_element, (previous.x, previous.y, previous.b))):
        previous = None  # the fault of its own run; this run cannot be held against it
    if _all_hold(table, params, previous, rows):
        return None
    for before, row in zip([previous, *rows], rows, strict=False):
        if (fault := check_row(table, params, before, row)) is not None:
            return fault
    raise AssertionError("the rows hold one by one but not together")


def check_row(table: bytes, params: Params, previous: Row | None, row: Row) -> Fault | None:
    """Check one row, equation by equation, and return its first fault or None."""
    for index, point in enumerate((row.x, row.y, row.c, row.b)):
        if not _GROUP.is_element(point):
            return Fault(Kind.POINT, row.number, index)
    for j, branch in enumerate(row.branches):
        points = branch[:POINT], branch[POINT : 2 * POINT]
        if _scalars(branch) is None or not all(map(_GROUP.is_element, points)):
            return Fault(Kind.BRANCH, row.number, j)
    if not _challenge_holds(table, row):
        return Fault(Kind.CHALLENGE, row.number)
    scalars = [_scalars(branch) or (0, 0) for branch in row.branches]
    for j, (c, r) in enumerate(scalars):
        if row.branches[j][:POINT] != _GROUP.add(_GROUP.base(r), _GROUP.scale(row.x, c)):
            return Fault(Kind.COMMITMENT_A, row.number, j)
    for j, (c, r) in enumerate(scalars):
        shifted = _GROUP.add(row.c, _GROUP.base(-params.encodings[j]))
        if row.branches[j][POINT : 2 * POINT] != _GROUP.add(_GROUP.scale(row.y, r), _GROUP.scale(shifted, c)):
            return Fault(Kind.COMMITMENT_B, row.number, j)
    return _check_step(previous, row)


def _check_step(previous: Row | None, row: Row) -> Fault | None:
    if row.number == 1:
        return None if row.b == row.c else Fault(Kind.TALLY, row.number)
    if previous is None:
        return None
    if row.b != _GROUP.add(previous.b, row.c):
        return Fault(Kind.TALLY, row.number)
    if row.y != _GROUP.add(previous.y, previous.x, row.x):
        return Fault(Kind.MASK, row.number)
    return None


def _scalars(branch: bytes) -> tuple[int, int] | None:
    """Return c and r of a branch, or None when either is outside [1, N - 1]."""
    c, r = int.from_bytes(branch[2 * POINT : -32], "big"), int.from_bytes(branch[-32:], "big")
    return (c, r) if 0 < c < ORDER and 0 < r < ORDER else None


def _challenge_holds(table: bytes, row: Row) -> bool:
    total = sum(int.from_bytes(branch[2 * POINT : -32], "big") for branch in row.branches)
    return total % ORDER == transcript.challenge(table, row.number, row.x, row.y, row.c, row.commitments, ORDER)


def _all_hold(table: bytes, params: Params, previous: Row | None, rows: list[Row]) -> bool:
    """Check all equations of a run at once."""
    points, coefficients = Points(len(rows) * (2 * params.branches + 2)), []
    randoms = secrets.token_bytes(32 * len(rows) * params.branches)
    masks: list[int] = []
    generator, cursor, number, parse = 0, 0, int.from_bytes, points.append
    try:
        for before, row in zip([previous, *rows], rows, strict=False):
            if not (_challenge_holds(table, row) and _check_step(before, row) is None):
                return False
            x = y = c = 0
            for branch, encoding in zip(row.branches, params.encodings, strict=True):
                challenge, response = number(branch[128:160], "big"), number(branch[160:], "big")
                in_range = 0 < challenge < ORDER and 0 < response < ORDER
                if not (in_range and parse(branch[:64]) and parse(branch[64:128])):
                    return False
                alpha, beta = (
                    number(randoms[cursor : cursor + 16], "big"),
                    number(randoms[cursor + 16 : cursor + 32], "big"),
                )
                cursor += 32
                scaled = beta * challenge
                x -= alpha * challenge
                y -= beta * response
                c -= scaled
                generator += scaled * encoding - alpha * response
            if not (parse(row.x) and parse(row.c) and all(map(_GROUP.is_element, (row.y, row.b)))):
                return False
            masks.append(y)
            coefficients.append((x, c))
    except NotCanonicalError:
        return False
    return _sums_to_zero(params, points, randoms, rows[0].y, masks, coefficients, generator)


def _sums_to_zero(
    params: Params,
    points: Points,
    randoms: bytes,
    first_mask: Element,
    masks: list[int],
    coefficients: list[tuple[int, int]],
    generator: int,
) -> bool:
    """Evaluate the sum of all equations, each times its coefficient."""
    # Y_i = Y_1 + X_1 + 2 (X_2 + ... + X_{i-1}) + X_i within the run: every Y becomes a coefficient of the X.
    later, tail = 0, []
    for index in reversed(range(len(masks))):
        x, c = coefficients[index]
        x += later if index == 0 else 2 * later + masks[index]
        tail.append((x % ORDER, c % ORDER))
        later += masks[index]
    wide = b"".join(x.to_bytes(32, "big") + c.to_bytes(32, "big") for x, c in reversed(tail))
    per_row = 2 * params.branches + 2
    scalars = np.zeros((len(masks), per_row, 32), dtype=np.uint8)
    scalars[:, :-2, 16:] = np.frombuffer(randoms, dtype=np.uint8).reshape(len(masks), per_row - 2, 16)
    scalars[:, -2:] = np.frombuffer(wide, dtype=np.uint8).reshape(len(masks), 2, 32)
    full = np.zeros((len(masks), per_row), dtype=np.bool_)
    full[:, -2:] = True
    total = points.multiply(scalars.reshape(-1, 32), full.reshape(-1))
    return not _GROUP.add(total, _GROUP.scale(first_mask, later), _GROUP.base(generator))
