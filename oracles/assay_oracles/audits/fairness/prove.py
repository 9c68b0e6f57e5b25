"""The supplier's side: cryptograms and their proofs (paper B, section 3.3; design section 4).

Everything that the supplier proves has an exponent that it knows, so that every point is a constant-time multiple of
the generator: with Y = yG, `a_j = (r_j + x c_j) G` and `b_j = (y (r_j + x c_j) + (p_k - p_j) c_j) G`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1, base_many
from assay_oracles.audits.fairness.params import Params

_GROUP: Final = Secp256k1()
_WIDE: Final = 48
"""Bytes reduced modulo a 256-bit order: 2^-128 from uniform."""


@dataclass(frozen=True)
class Secret:
    """What the supplier must keep: from it every x_i of one table follows.

    Attributes:
        key: 32 random bytes, never used for a second table.
    """

    key: bytes

    @classmethod
    def fresh(cls) -> "Secret":
        """Draw a new secret."""
        return cls(secrets.token_bytes(32))

    def x(self, row: int) -> int:
        """Return x_i in [1, N - 1]."""
        digest = hmac.digest(self.key, b"assay/faas/v1/x" + row.to_bytes(4, "big"), "sha512")
        return int.from_bytes(digest, "big") % (ORDER - 1) + 1


@dataclass(frozen=True)
class Start:
    """Where a run of rows begins: all that depends on rows before and after it.

    Attributes:
        row: First row of the run, from 1.
        y: y_i of that row, so that Y_i = y_i G.
        tally: Exponent of B_{i-1}.
    """

    row: int
    y: int
    tally: int


@dataclass(frozen=True)
class Keys:
    """The keys of one row.

    Attributes:
        row: Number of the row, from 1.
        x: Secret x_i.
        y: Secret y_i.
        public: X_i = x_i G.
        mask: Y_i = y_i G.
    """

    row: int
    x: int
    y: int
    public: Element
    mask: Element


@dataclass(frozen=True)
class Cryptogram:
    """One permutation of one row, with its proof. Two of one row must never leave the supplier's house.

    Attributes:
        point: C_i = x_i Y_i + p_k G.
        branches: a | b | c | r of every branch, 192 bytes each.
    """

    point: Element
    branches: tuple[bytes, ...]


def starts(secret: Secret, params: Params, choices: Sequence[int], step: int) -> list[Start]:
    """Return the beginning of every run of `step` rows, in one pass over the secrets.

    Args:
        secret: The table's secret.
        params: The table's parameters.
        choices: Permutation k (or 4g for a pad) of each row.
        step: Rows a run.
    """
    encodings, n = params.encodings, len(choices)
    y = -sum(secret.x(row) for row in range(2, n + 1)) % ORDER
    tally, x, runs = 0, secret.x(1), []
    for index, choice in enumerate(choices):
        if index % step == 0:
            runs.append(Start(index + 1, y, tally))
        tally = (tally + x * y + encodings[choice]) % ORDER
        if index + 1 < n:
            following = secret.x(index + 2)
            y, x = (y + x + following) % ORDER, following
    return runs


def keys_of(secret: Secret, start: Start, length: int) -> Iterator[Keys]:
    """Yield the keys of a run of `length` rows."""
    x, y = secret.x(start.row), start.y
    public, mask = base_many([x, y])
    for row in range(start.row, start.row + length):
        yield Keys(row, x, y, public, mask)
        if row + 1 < start.row + length:
            following = secret.x(row + 1)
            (next_public,) = base_many([following])
            mask = _GROUP.add(mask, public, next_public)
            y, x, public = (y + x + following) % ORDER, following, next_public


def encrypt(table: bytes, secret: Secret, params: Params, keys: Keys, choice: int) -> Cryptogram:
    """Return the cryptogram of a permutation, with the proof that it is one of them (Cramer, Damgard, Schoenmakers).

    Args:
        table: The table id.
        secret: The table's secret; with fresh randomness it hedges the nonces.
        params: The table's parameters.
        keys: The keys of the row.
        choice: The permutation k, or 4g for a pad.
    """
    x, y, encodings = keys.x, keys.y, params.encodings
    v, *simulated = _nonces(secret, table, keys.row, choice, 2 * params.branches - 1)
    c, r = simulated[: params.branches - 1], simulated[params.branches - 1 :]
    c.insert(choice, 0)
    r.insert(choice, v)
    exponents = [(x * y + encodings[choice]) % ORDER]
    for j, encoding in enumerate(encodings):
        a = (r[j] + x * c[j]) % ORDER
        exponents += (a, (y * a + (encodings[choice] - encoding) * c[j]) % ORDER)
    point, *commitments = base_many(exponents)
    total = transcript.challenge(table, keys.row, keys.public, keys.mask, point, b"".join(commitments), ORDER)
    c[choice] = (total - sum(c)) % ORDER
    r[choice] = (v - c[choice] * x) % ORDER
    assert c[choice], "a challenge of zero: one chance in 2^256"
    assert r[choice], "a response of zero: one chance in 2^256"
    return Cryptogram(
        point,
        tuple(
            commitments[2 * j] + commitments[2 * j + 1] + transcript.word(c[j]) + transcript.word(r[j])
            for j in range(params.branches)
        ),
    )


def prove_rows(
    table: bytes, secret: Secret, params: Params, start: Start, choices: Sequence[int]
) -> tuple[bytes, list[bytes]]:
    """Write a run of batch rows.

    Args:
        table: The table id.
        secret: The table's secret.
        params: The table's parameters.
        start: Where the run begins.
        choices: Permutation of each row of the run.

    Returns:
        The rows, and the leaf of each.
    """
    rows: list[bytes] = []
    leaves, tally = [], _GROUP.base(start.tally)
    for keys, choice in zip(keys_of(secret, start, len(choices)), choices, strict=True):
        cryptogram = encrypt(table, secret, params, keys, choice)
        tally = _GROUP.add(tally, cryptogram.point)
        rows += (keys.public, keys.mask, cryptogram.point, tally, *cryptogram.branches)
        leaves.append(transcript.leaf(keys.public, cryptogram.point + tally, cryptogram.branches))
    return b"".join(rows), leaves


def _nonces(secret: Secret, table: bytes, row: int, choice: int, number: int) -> list[int]:
    """Draw scalars in [1, N - 1] from label, key and fresh randomness, so that neither alone need be good."""
    label = b"assay/faas/v1/nonce" + secret.key + table + row.to_bytes(4, "big") + bytes([choice])
    stream = hashlib.shake_256(label + secrets.token_bytes(32)).digest(_WIDE * number)
    return [int.from_bytes(stream[i : i + _WIDE], "big") % (ORDER - 1) + 1 for i in range(0, len(stream), _WIDE)]
