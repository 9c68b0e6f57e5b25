"""The supplier's side: cryptograms and their proofs (paper B, section 3.3; design section 4).

Everything that the supplier proves has an exponent that it knows, so that every element is a constant-time multiple of
the generator: with Y = yG, `a_j = alpha_j G` and `b_j = (y alpha_j + (p_k - p_j) c_j) G`; then `r_j = alpha_j - x c_j`.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import add
from typing import Final, NamedTuple

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.nonces import hedged
from assay_oracles.audits.fairness.params import BATCH, Form, Params

_COMMITMENTS: Final = 255


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


class Keys(NamedTuple):
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


class Nonces(NamedTuple):
    """The secret randomness of a row's proof: a_j = alpha_j G for every branch j.

    Attributes:
        exponents: alpha_j.
        commitments: a_j.
    """

    exponents: list[int]
    commitments: list[Element]


class Cryptogram(NamedTuple):
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
    order, encodings = secret.order, params.encodings
    # y_1 follows from all x, so until then the sums are over y_i - y_1.
    offset = keys = tally = previous = 0
    runs: list[tuple[int, int, int, int]] = []
    for row, choice in enumerate(choices, 1):
        x = secret.x(row)
        if row > 1:
            offset = (offset + previous + x) % order
        if (row - 1) % step == 0:
            runs.append((row, offset, keys, tally))
        keys, tally = (keys + x) % order, (tally + x * offset + encodings[choice]) % order
        previous = x
    y = secret.x(1) - keys
    return [Start(row, (y + offset) % order, (tally + y * keys) % order) for row, offset, keys, tally in runs]


def keys_of(secret: Secret, params: Params, start: Start, length: int) -> list[Keys]:
    """Return the keys of a run of `length` rows."""
    group, rows = group_of(params.group), range(start.row, start.row + length)
    xs = [secret.x(row) for row in rows]
    mask, *publics = group.base_many([start.y, *xs])
    masks = [mask, *group.running(mask, pairwise(publics))]
    ys = accumulate(pairwise(xs), lambda y, pair: (y + sum(pair)) % secret.order, initial=start.y)
    return list(map(Keys, rows, xs, ys, publics, masks))


def encrypt(
    table: bytes, secret: Secret, params: Params, keys: Sequence[Keys], choices: Sequence[int]
) -> list[Cryptogram]:
    """Return cryptograms of permutations, with their proofs. Arguments as in `prove_choices`."""
    encodings, order = params.encodings, secret.order
    exponents = [(own.x * own.y + encodings[choice]) % order for own, choice in zip(keys, choices, strict=True)]
    elements = group_of(params.group).base_many(exponents)
    nonces = draw(table, secret, params, keys)
    proofs = prove_choices(table, secret, params, keys, choices, elements, nonces)
    return list(map(Cryptogram, elements, proofs))


def draw(table: bytes, secret: Secret, params: Params, keys: Sequence[Keys]) -> list[Nonces]:
    """Draw the nonces of each row's proof. Arguments as in `prove_choices`."""
    order, branches = secret.order, params.branches
    exponents = [
        alpha for own in keys for alpha in hedged(_label(secret, table, own.row, _COMMITMENTS), branches, order)
    ]
    points = group_of(params.group).base_many(exponents)
    return [Nonces(exponents[i : i + branches], points[i : i + branches]) for i in range(0, len(points), branches)]


def prove_choices(
    table: bytes,
    secret: Secret,
    params: Params,
    keys: Sequence[Keys],
    choices: Sequence[int],
    elements: Sequence[Element],
    nonces: Sequence[Nonces],
) -> list[list[bytes]]:
    """Prove that each cryptogram is one of the permutations (Cramer, Damgard, Schoenmakers).

    The proofs go through every step together: the library's tables then stay in the processor's cache.

    Args:
        table: The table id.
        secret: The table's secret; with fresh randomness it hedges what is drawn.
        params: The table's parameters.
        keys: The keys of each cryptogram's row.
        choices: The permutation k, or 4g for a pad, of each.
        elements: The cryptograms.
        nonces: Those of each. Two proofs with the same nonces give x_i away, as two cryptograms of a row do their
            permutations: only one of them may ever be published.

    Returns:
        For each, a_j | b_j | c_j | r_j of every branch.
    """
    order, encodings, branches = secret.order, params.encodings, params.branches
    challenges: list[list[int]] = []
    exponents: list[int] = []
    for own, choice, (alphas, _) in zip(keys, choices, nonces, strict=True):
        c = hedged(_label(secret, table, own.row, choice), branches - 1, order)
        c.insert(choice, 0)  # the true branch: whatever its challenge will be, its b does not depend on it
        challenges.append(c)
        y, plain = own.y, encodings[choice]
        exponents += [
            (y * alpha + (plain - encoding) * c_j) % order
            for alpha, c_j, encoding in zip(alphas, c, encodings, strict=True)
        ]
    points = group_of(params.group).base_many(exponents)
    proofs: list[list[bytes]] = []
    for index, (own, choice, element, c, (alphas, a)) in enumerate(
        zip(keys, choices, elements, challenges, nonces, strict=True)
    ):
        pairs = list(map(add, a, points[branches * index : branches * (index + 1)]))
        total = transcript.challenge(table, own.row, own.public, own.mask, element, b"".join(pairs), order)
        c[choice] = (total - sum(c)) % order
        r = [(alpha - c_j * own.x) % order for alpha, c_j in zip(alphas, c, strict=True)]
        assert 0 not in (c[choice], *r), "a scalar of zero: one chance in 2^252"
        proofs.append(
            [
                pair + c_j.to_bytes(32, "big") + r_j.to_bytes(32, "big")
                for pair, c_j, r_j in zip(pairs, c, r, strict=True)
            ]
        )
    return proofs


def _label(secret: Secret, table: bytes, row: int, use: int) -> bytes:
    """What randomness is drawn for: the challenges of permutation `use`, or `_COMMITMENTS`."""
    return secret.key + table + row.to_bytes(4, "big") + bytes([use])


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
    keys = keys_of(secret, params, start, len(choices))
    chosen = encrypt(table, secret, params, keys, choices)
    group = group_of(params.group)
    tallies = group.running(group.base(start.tally), ((cryptogram.element,) for cryptogram in chosen))
    rows: list[bytes] = []
    leaves = []
    for (_, _, _, x, y), (c, branches), b in zip(keys, chosen, tallies, strict=True):
        if form == BATCH:
            rows += (x, y, c, b, *branches)
        else:
            rows += (group.to_wire(x), group.to_wire(c), *(branch[-64:] for branch in branches))
        leaves.append(transcript.leaf(x, y, c, b, branches))
    return b"".join(rows), leaves
