"""Randomness of proofs: two published proofs with the same nonces would give a row's secret away."""

import secrets
from unittest import mock

import pytest
from assay_oracles.audits.fairness import prepared, prove
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.params import BATCH, Params

PARAMS = Params()
TABLE = bytes([7]) * 32
CHOICES = bytes([3, 0, 6])
BRANCH = 192


def commitments(data: bytes, branches: int = PARAMS.branches, *, head: int = 4 * 64) -> list[list[bytes]]:
    """a_j of every branch, of every row of a batch table."""
    length = head + branches * BRANCH
    rows = [data[i : i + length] for i in range(0, len(data), length)]
    return [[row[head + j * BRANCH :][:64] for j in range(branches)] for row in rows]


def proved(secret: prove.Secret, table: bytes = TABLE, choices: bytes = CHOICES) -> list[list[bytes]]:
    """The commitments of a table's rows."""
    (start,) = prove.starts(secret, PARAMS, choices, len(choices))
    return commitments(prove.prove_rows(table, secret, PARAMS, BATCH, start, choices)[0])


@pytest.fixture
def broken() -> mock._patch:
    """A system whose randomness is the same bytes every time."""
    return mock.patch("secrets.token_bytes", lambda size: bytes(size))


def test_nonces__rows_branches_and_runs__never_repeat():
    secret = prove.Secret.fresh(PARAMS)
    drawn = [a for _ in range(2) for row in proved(secret) for a in row]
    assert len(set(drawn)) == 2 * len(CHOICES) * PARAMS.branches


def test_nonces__broken_randomness__still_differ_by_row_by_table_and_by_key(broken):
    first, second = (prove.Secret(secrets.token_bytes(32), group_of(PARAMS.group).order) for _ in range(2))
    with broken:
        drawn = [a for args in ((first,), (first, bytes(32)), (second,)) for row in proved(*args) for a in row]
        assert proved(first) == proved(first), "randomness is indeed broken"
    assert len(set(drawn)) == 3 * len(CHOICES) * PARAMS.branches


def test_prepared__proofs_of_one_row__share_nonces_and_those_of_two_rows_do_not():
    secret = prove.Secret.fresh(PARAMS)
    (start,) = prove.starts(secret, PARAMS, CHOICES, len(CHOICES))
    data = prepared.prepare_rows(TABLE, secret, PARAMS, start, len(CHOICES))
    length = prepared.row_bytes(PARAMS)
    seen: set[bytes] = set()
    for begin in range(0, len(data), length):
        proofs = commitments(data[begin + 128 : begin + length], head=64)
        assert len(proofs) == PARAMS.branches
        assert all(proof == proofs[0] for proof in proofs)
        assert len(set(proofs[0])) == PARAMS.branches
        assert seen.isdisjoint(proofs[0])
        seen |= set(proofs[0])
