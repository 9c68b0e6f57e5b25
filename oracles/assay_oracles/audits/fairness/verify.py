"""Anyone's side: check the rows of a batch table (design section 4).

Every equation of a run of rows becomes one term of one multi-scalar multiplication, with fresh coefficients of 128
bits that only the verifier knows. When the sum is not zero (or a cheaper check fails), the rows are checked one by one
and the first fault is named in row order, so that all honest verifiers name the same.
"""

import secrets
from typing import Final

import numpy as np

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import NotCanonicalError
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.msm import Points, below_order
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.row import ROW_POINTS, Row, challenge_holds, check_row, split, step_fails
from assay_oracles.audits.fairness.table import BRANCH, POINT

_GROUP: Final = Secp256k1()


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


def _all_hold(table: bytes, params: Params, previous: Row | None, rows: list[Row], data: bytes) -> bool:
    """Check all equations of a run at once; `data` is that of its rows."""
    cells = np.frombuffer(data, dtype=np.uint8).reshape(len(rows), -1)
    branches = cells[:, ROW_POINTS:].reshape(len(rows), params.branches, BRANCH)
    scalars = branches[..., 2 * POINT :].reshape(-1, 32)
    if not (scalars.any(axis=1) & below_order(scalars)).all():
        return False
    # In the order of the file: X, Y, C, B, and a and b of every branch.
    heads = cells[:, :ROW_POINTS].reshape(len(rows), 4, POINT)
    commitments = branches[..., : 2 * POINT].reshape(len(rows), -1, POINT)
    try:
        points = Points(np.concatenate((heads, commitments), axis=1).reshape(-1, POINT))
    except NotCanonicalError:
        return False
    return (
        _first_step_holds(previous, rows[0])
        and _steps_hold(points, 4 + 2 * params.branches, rows)
        and all(challenge_holds(table, row) for row in rows)
        and _equations_hold(params, points, rows)
    )


def _first_step_holds(previous: Row | None, row: Row) -> bool:
    if previous is None and row.number > 1:
        return True
    return not any(step_fails(kind, row, previous) for kind in (Kind.TALLY, Kind.MASK))


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
