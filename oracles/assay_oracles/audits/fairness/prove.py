"""The supplier's side: cryptograms and their proofs (paper B, section 3.3; design section 4).

Everything that the supplier proves has an exponent that it knows, so that every element is a constant-time multiple of
the generator: with Y = yG, `a_j = (r_j + x c_j) G` and `b_j = (y (r_j + x c_j) + (p_k - p_j) c_j) G`.
"""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.nonces import hedged
from assay_oracles.audits.fairness.params import BATCH, Form, Params


@dataclass(frozen=True)
class Secret:
    """What the supplier must keep: from it every x_i of one table follows.

    Attributes:
        key: 32 random bytes, never used for a second table.
        order: Order of the table's group.
    """

    key: bytes
    order: int

    @classmethod
    def fresh(cls, params: Params) -> "Secret":
        """Draw a new secret."""
        return cls(secrets.token_bytes(32), group_of(params.group).order)

    def x(self, row: int) -> int:
        """Return x_i in [1, N - 1]."""
        digest = hmac.digest(self.key, b"assay/faas/v1/x" + row.to_bytes(4, "big"), "sha512")
        return int.from_bytes(digest, "big") % (self.order - 1) + 1


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
        element: C_i = x_i Y_i + p_k G.
        branches: a_j | b_j | c_j | r_j of every branch.
    """

    element: Element
    branches: list[bytes]


def starts(secret: Secret, params: Params, choices: Sequence[int], step: int) -> list[Start]:
    """Return the beginning of every run of `step` rows, in one pass over the secrets.

    Args:
        secret: The table's secret.
        params: The table's parameters.
        choices: Permutation k (or 4g for a pad) of each row.
        step: Rows a run.
    """
    order, encodings, n = secret.order, params.encodings, len(choices)
    y = -sum(secret.x(row) for row in range(2, n + 1)) % order
    tally, x, runs = 0, secret.x(1), []
    for index, choice in enumerate(choices):
        if index % step == 0:
            runs.append(Start(index + 1, y, tally))
        tally = (tally + x * y + encodings[choice]) % order
        if index + 1 < n:
            following = secret.x(index + 2)
            y, x = (y + x + following) % order, following
    return runs


def keys_of(secret: Secret, params: Params, start: Start, length: int) -> Iterator[Keys]:
    """Yield the keys of a run of `length` rows."""
    group, rows, y = group_of(params.group), range(start.row, start.row + length), start.y
    xs = [secret.x(row) for row in rows]
    mask, *publics = group.base_many([y, *xs])
    for index, row in enumerate(rows):
        if index:
            mask = group.add(mask, publics[index - 1], publics[index])
            y = (y + xs[index - 1] + xs[index]) % secret.order
        yield Keys(row, xs[index], y, publics[index], mask)


def encrypt(table: bytes, secret: Secret, params: Params, keys: Keys, choice: int) -> Cryptogram:
    """Return the cryptogram of a permutation, with the proof that it is one of them (Cramer, Damgard, Schoenmakers).

    Args:
        table: The table id.
        secret: The table's secret; with fresh randomness it hedges the nonces.
        params: The table's parameters.
        keys: The keys of the row.
        choice: The permutation k, or 4g for a pad.
    """
    x, y, order, encodings = keys.x, keys.y, secret.order, params.encodings
    label = secret.key + table + keys.row.to_bytes(4, "big") + bytes([choice])
    v, *simulated = hedged(label, 2 * params.branches - 1, order)
    c, r = simulated[: params.branches - 1], simulated[params.branches - 1 :]
    c.insert(choice, 0)
    r.insert(choice, v)
    plain, exponents = encodings[choice], [(x * y + encodings[choice]) % order]
    for c_j, r_j, encoding in zip(c, r, encodings, strict=True):
        a = (r_j + x * c_j) % order
        exponents += (a, (y * a + (plain - encoding) * c_j) % order)
    element, *points = group_of(params.group).base_many(exponents)
    commitments = b"".join(points)
    total = transcript.challenge(table, keys.row, keys.public, keys.mask, element, commitments, order)
    c[choice] = (total - sum(c)) % order
    r[choice] = (v - c[choice] * x) % order
    assert 0 not in (c[choice], r[choice]), "a scalar of zero: one chance in 2^255"
    scalars = [c_j.to_bytes(32, "big") + r_j.to_bytes(32, "big") for c_j, r_j in zip(c, r, strict=True)]
    size = len(commitments) // len(scalars)
    pairs = [commitments[i : i + size] for i in range(0, len(commitments), size)]
    return Cryptogram(element, [pair + scalar for pair, scalar in zip(pairs, scalars, strict=True)])


def prove_rows(
    table: bytes, secret: Secret, params: Params, form: Form, start: Start, choices: Sequence[int]
) -> tuple[bytes, list[bytes]]:
    """Write a run of rows.

    Args:
        table: The table id.
        secret: The table's secret.
        params: The table's parameters.
        form: How rows are written.
        start: Where the run begins.
        choices: Permutation of each row of the run.

    Returns:
        The rows, and the leaf of each (the same in both forms).
    """
    group = group_of(params.group)
    rows: list[bytes] = []
    leaves, tally = [], group.base(start.tally)
    for keys, choice in zip(keys_of(secret, params, start, len(choices)), choices, strict=True):
        cryptogram = encrypt(table, secret, params, keys, choice)
        tally = group.add(tally, cryptogram.element)
        element, branches = cryptogram.element, cryptogram.branches
        if form == BATCH:
            rows += (keys.public, keys.mask, element, tally, *branches)
        else:
            rows += (group.to_wire(keys.public), group.to_wire(element), *(branch[-64:] for branch in branches))
        leaves.append(transcript.leaf(keys.public, keys.mask, element, tally, branches))
    return b"".join(rows), leaves
