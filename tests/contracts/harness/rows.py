"""Rows with known secrets, true or false in one chosen place, and the evidence that shows them to a refutation."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER as N
from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.row import Row

from tests.contracts.harness.tables import leaves_of, opened, path, point, root_of

GROUP = Secp256k1()
NOTHING = bytes(64)
CUTS = {"a": slice(0, 64), "b": slice(64, 128), "c": slice(128, 160), "r": slice(160, 192)}


@dataclass
class Draft:
    """A row's secrets, and its branches while they can still be chosen; `choice` answers the challenge."""

    params: Params
    number: int
    x: int
    y: int
    plain: int
    choice: int
    v: int
    branches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def exponent(self) -> int:
        """Of C."""
        return (self.x * self.y + self.plain) % N

    def true_a(self, j: int) -> Element:
        """What a_j must be."""
        return GROUP.base(self.branches[j]["r"] + self.branches[j]["c"] * self.x)

    def true_b(self, j: int) -> Element:
        """What b_j must be."""
        c, r = self.branches[j]["c"], self.branches[j]["r"]
        return GROUP.base(r * self.y + c * (self.exponent - self.params.encodings[j]))


Change = Callable[[Draft], None]


class Maker:
    """Rows of one table."""

    def __init__(self, params: Params, dice: random.Random) -> None:
        self.params, self.dice, self.table = params, dice, dice.randbytes(32)
        self.true_pairs: list[tuple[Row, Row]] = []

    def scalar(self) -> int:
        """A random scalar."""
        return self.dice.randrange(1, N)

    def draft(self, number: int, **secrets: int) -> Draft:
        """A row to be proved. Give `c_j` and `r_j` of its branches other values, or x, y, plain, choice here."""
        choice = secrets.get("choice", self.dice.randrange(self.params.branches))
        given = {"x": self.scalar(), "y": self.scalar(), "plain": self.params.encodings[choice]} | secrets
        draft = Draft(self.params, number, given["x"], given["y"], given["plain"], choice, self.scalar())
        draft.branches = [{"c": self.scalar(), "r": self.scalar()} for _ in range(self.params.branches)]
        return draft

    def prove(self, draft: Draft, before: Change | None = None, tally: int = 0) -> Row:
        """The row, with a challenge that holds whatever `before` made of its commitments; B is `tally` G + C."""
        for j, branch in enumerate(draft.branches):
            if j != draft.choice:
                branch |= {"a": draft.true_a(j), "b": draft.true_b(j)}
        draft.branches[draft.choice] |= {"a": GROUP.base(draft.v), "b": GROUP.base(draft.v * draft.y)}
        if before:
            before(draft)
        x, y, c = GROUP.base(draft.x), GROUP.base(draft.y) or NOTHING, GROUP.base(draft.exponent) or NOTHING
        pairs = [(branch["a"] or NOTHING) + (branch["b"] or NOTHING) for branch in draft.branches]
        total = transcript.challenge(self.table, draft.number, x, y, c, b"".join(pairs), N)
        own = draft.branches[draft.choice]
        own["c"] = (total - sum(branch["c"] for branch in draft.branches) + own["c"]) % N
        own["r"] = (draft.v - own["c"] * draft.x) % N
        scalars = [b"".join(transcript.word(branch[name]) for name in "cr") for branch in draft.branches]
        branches = tuple(pair + scalar for pair, scalar in zip(pairs, scalars, strict=True))
        return Row(draft.number, x, y, c, GROUP.base(tally + draft.exponent) or NOTHING, branches)

    def previous(self, draft: Draft, tally: int = 0, x: int | None = None) -> Row:
        """A row that a true `draft` may follow: X, Y and B fit, the rest is arbitrary."""
        key = x or self.scalar()
        mask = GROUP.base(draft.y - draft.x - key) or NOTHING
        proof = tuple(self.dice.randbytes(192) for _ in range(self.params.branches))
        return Row(
            draft.number - 1, GROUP.base(key), mask, GROUP.base(self.scalar()), GROUP.base(tally) or NOTHING, proof
        )


@dataclass(frozen=True)
class Shown:
    """Some rows of a table in its tree: all that a refutation is told."""

    table: bytes
    params: Params
    rows: dict[int, Row]
    leaves: tuple[bytes, ...]

    @classmethod
    def of(cls, maker: Maker, rows: Sequence[Row], n: int) -> Shown:
        """A tree of n rows, all but the given ones of no interest."""
        leaves = [maker.dice.randbytes(32) for _ in range(n)]
        for row, leaf in zip(rows, leaves_of(rows), strict=True):
            leaves[row.number - 1] = leaf
        return cls(maker.table, maker.params, {row.number: row for row in rows}, tuple(leaves))

    @property
    def root(self) -> bytes:
        """The root over the leaves."""
        return root_of(self.leaves, transcript.depth_of(len(self.leaves)))

    @property
    def bound(self) -> tuple[Any, ...]:
        """The `Bound` struct."""
        return self.table, self.root, self.params.word, len(self.leaves)

    def opening(self, number: int) -> tuple[Any, ...]:
        """The `Opening` struct."""
        return number, opened(self.rows[number]), path(self.leaves, number)

    def branches(self, number: int) -> list[tuple[Any, ...]]:
        """The `Branch` structs."""
        return [branch_struct(branch) for branch in self.rows[number].branches]

    def digests(self, number: int) -> list[bytes]:
        """The hash of every branch."""
        return [transcript.keccak(transcript.tag("branch") + branch) for branch in self.rows[number].branches]

    def hints(self, number: int) -> list[tuple[Any, Any]]:
        """Of every branch r_j Y and the rest of b_j, as points; infinity where there is no such thing."""
        row = self.rows[number]
        return [hint(row.y, branch) for branch in row.branches]


def branch_struct(branch: bytes) -> tuple[Any, ...]:
    """192 bytes as the `Branch` struct."""
    c, r = (int.from_bytes(branch[CUTS[name]], "big") for name in "cr")
    return point(branch[CUTS["a"]]), point(branch[CUTS["b"]]), c, r


def hint(mask: bytes, branch: bytes) -> tuple[Any, Any]:
    """r Y and b - r Y."""
    r = int.from_bytes(branch[CUTS["r"]], "big")
    if not (GROUP.is_element(mask) and GROUP.is_element(branch[CUTS["b"]]) and 0 < r < N):
        return (0, 0), (0, 0)
    scaled = GROUP.scale(mask, r)
    return point(scaled), point(GROUP.add(branch[CUTS["b"]], GROUP.negate(scaled)))


def with_part(row: Row, j: int, name: str, new: bytes) -> Row:
    """The row with a, b, c or r of a branch overwritten."""
    branches = list(row.branches)
    cut = CUTS[name]
    branches[j] = branches[j][: cut.start] + new + branches[j][cut.stop :]
    return row._replace(branches=tuple(branches))
