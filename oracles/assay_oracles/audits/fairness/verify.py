"""Anyone's side: check the rows of a batch table (design section 4).

Every equation of a run of rows becomes one term of one multi-scalar multiplication, with fresh coefficients of 128
bits that only the verifier knows. When the sum is not zero (or a cheaper check fails), the rows are checked one by one
and the first fault is named in row order, so that all honest verifiers name the same.
"""

import secrets
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element, NotCanonicalError
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.msm import Points, below_order
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.table import BRANCH, POINT

_GROUP: Final = Secp256k1()
_ROW_POINTS: Final = 4 * POINT


class Row(NamedTuple):
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

    @property
    def leaf(self) -> bytes:
        """The hash of the row in the table's tree."""
        return transcript.leaf(self.x, self.y, self.c, self.b, self.branches)


def split(data: bytes, params: Params, first: int) -> Iterator[Row]:
    """Cut a run of rows; `first` is the number of the first one."""
    length = _ROW_POINTS + BRANCH * params.branches
    for index in range(len(data) // length):
        row = data[index * length : (index + 1) * length]
        points = [row[i : i + POINT] for i in range(0, _ROW_POINTS, POINT)]
        branches = tuple(row[i : i + BRANCH] for i in range(_ROW_POINTS, length, BRANCH))
        yield Row(first + index, points[0], points[1], points[2], points[3], branches)


def check_rows(
    table: bytes, params: Params, first: int, before: bytes, data: bytes
) -> tuple[Fault | None, list[bytes]]:
    """Check a run of rows against everything but the rest of the table.

    Args:
        table: The table id.
        params: The table's parameters.
        first: Number of the first row.
        before: The row before the run, itself checked with its own run; empty for the first run.
        data: The rows.

    Returns:
        The first fault or None; without a fault the leaf of every row.
    """
    rows, previous = list(split(data, params, first)), next(split(before, params, first - 1), None)
    if previous and not all(map(_GROUP.is_element, (previous.x, previous.y, previous.b))):
        previous = None  # the fault of its own run; this run cannot be held against it
    if _all_hold(table, params, previous, rows, data):
        return None, [row.leaf for row in rows]
    for earlier, row in zip([previous, *rows], rows, strict=False):
        if (fault := check_row(table, params, earlier, row)) is not None:
            return fault, []
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


def _all_hold(table: bytes, params: Params, previous: Row | None, rows: list[Row], data: bytes) -> bool:
    """Check all equations of a run at once; `data` is that of its rows."""
    cells = np.frombuffer(data, dtype=np.uint8).reshape(len(rows), -1)
    branches = cells[:, _ROW_POINTS:].reshape(len(rows), params.branches, BRANCH)
    scalars = branches[..., 2 * POINT :].reshape(-1, 32)
    if not (scalars.any(axis=1) & below_order(scalars)).all():
        return False
    # In the order of the file: X, Y, C, B, and a and b of every branch.
    heads = cells[:, :_ROW_POINTS].reshape(len(rows), 4, POINT)
    commitments = branches[..., : 2 * POINT].reshape(len(rows), -1, POINT)
    try:
        points = Points(np.concatenate((heads, commitments), axis=1).reshape(-1, POINT))
    except NotCanonicalError:
        return False
    return (
        _check_step(previous, rows[0]) is None
        and _steps_hold(points, 4 + 2 * params.branches, rows)
        and all(_challenge_holds(table, row) for row in rows)
        and _equations_hold(params, points, rows)
    )


def _steps_hold(points: Points, width: int, rows: list[Row]) -> bool:
    """Check B and Y of every row but the first against the row before it, each with `width` points."""
    return all(
        row.b == points.add(i - width + 3, i + 2) and row.y == points.add(i - width, i - width + 1, i)
        for i, row in zip(range(width, len(rows) * width, width), rows[1:], strict=True)
    )


def _equations_hold(params: Params, points: Points, rows: list[Row]) -> bool:
    """Check that the sum of all equations, each times its own random coefficient, is zero."""
    randoms = secrets.token_bytes(32 * len(rows) * params.branches)
    coefficients: list[tuple[int, int, int]] = []
    cursor, number = 0, int.from_bytes
    of_response, of_encoding = 0, [0] * params.branches
    for row in rows:
        x = y = c = 0
        for j, branch in enumerate(row.branches):
            challenge, response = number(branch[2 * POINT : -32], "big"), number(branch[-32:], "big")
            alpha, beta = (
                number(randoms[cursor : cursor + 16], "big"),
                number(randoms[cursor + 16 : cursor + 32], "big"),
            )
            cursor += 32
            scaled = beta * challenge
            x -= alpha * challenge
            y -= beta * response
            c -= scaled
            of_response -= alpha * response
            of_encoding[j] += scaled
        coefficients.append((x, y, c))
    # Y_i = Y_1 + X_1 + 2 (X_2 + ... + X_{i-1}) + X_i within the run: every Y becomes a coefficient of the X.
    later, reversed_words = 0, list[int]()
    for index in reversed(range(len(rows))):
        x, y, c = coefficients[index]
        x += later if index == 0 else 2 * later + y
        reversed_words += (c % ORDER, x % ORDER)
        later += y
    wide = np.frombuffer(b"".join(map(transcript.word, reversed(reversed_words))), dtype=np.uint8)
    scalars = np.zeros((len(rows), 4 + 2 * params.branches, 32), dtype=np.uint8)
    scalars[:, 0:4:2] = wide.reshape(len(rows), 2, 32)
    scalars[:, 4:, 16:] = np.frombuffer(randoms, dtype=np.uint8).reshape(len(rows), -1, 16)
    full = np.zeros(scalars.shape[:2], dtype=np.bool_)
    full[:, 0:4:2] = True
    total = points.multiply(scalars.reshape(-1, 32), full.reshape(-1))
    generator = of_response + sum(s * encoding for s, encoding in zip(of_encoding, params.encodings, strict=True))
    return not _GROUP.add(total, _GROUP.scale(rows[0].y, later), _GROUP.base(generator))
