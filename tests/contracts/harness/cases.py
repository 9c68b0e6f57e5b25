"""One row and the one before it, in a table that a `RefutationProbe` keeps as the board would."""

from __future__ import annotations

import random
from typing import Any

from assay_oracles.audits.fairness.params import Params

from tests.contracts.harness.accounts import ZERO
from tests.contracts.harness.contract import Contract
from tests.contracts.harness.mutations import Pair, true_pair
from tests.contracts.harness.rows import GROUP, Maker, Shown, with_part

KINDS = ("point", "branch", "challenge", "commitmentA", "commitmentB", "tally", "mask", "duplicate")
BRANCH = 2
PENDING, REJECTED = 1, 3


class Case:
    """True at first; the branch that is looked at is `BRANCH`."""

    def __init__(
        self, probe: Contract, *, seed: int = 1, params: Params | None = None, n: int = 6, sender: str = ZERO
    ) -> None:
        self.probe, self.n, self.sender = probe, n, sender
        self.maker = Maker(params or Params(), random.Random(seed))
        self.previous, self.row = true_pair(self.maker)
        self.show(self.previous, self.row)

    def show(self, *pair: Any) -> None:
        """Keeps a table of these two rows, pending."""
        self.shown, self.number = Shown.of(self.maker, pair, self.n), pair[1].number
        supplier, root = "0x" + "11" * 20, self.shown.root
        table = (supplier, 1, self.shown.params.word, self.n, PENDING, 1, 0, root, 1, True, 0, ZERO, False)
        self.probe.put(self.id, table, sender=self.sender)

    @property
    def id(self) -> bytes:
        """The table's id."""
        return self.shown.table

    @property
    def before(self) -> tuple[Any, ...]:
        """The row before."""
        return self.shown.opening(self.number - 1)

    @property
    def opening(self) -> tuple[Any, ...]:
        """The row."""
        return self.shown.opening(self.number)

    @property
    def state(self) -> int:
        """What the probe made of the table."""
        return int(self.probe.tables(self.id)[4])

    def branch(self, j: int = BRANCH) -> tuple[Any, ...]:
        """The row with one branch of its proof."""
        return self.opening, self.shown.digests(self.number), j, self.shown.branches(self.number)[j]

    def evidence(self, kind: str) -> tuple[Any, ...]:
        """The arguments of a refutation."""
        return {
            "point": lambda: (self.id, self.opening, 3),
            "branch": lambda: (self.id, *self.branch()),
            "challenge": lambda: (self.id, self.opening, self.shown.branches(self.number)),
            "commitmentA": lambda: (self.id, *self.branch()),
            "commitmentB": lambda: (self.id, *self.branch(), *self.shown.hints(self.number)[BRANCH]),
            "tally": lambda: (self.id, self.before, self.opening),
            "mask": lambda: (self.id, self.before, self.opening),
            "duplicate": lambda: (self.id, self.opening, self.id, self.before),
        }[kind]()

    def refute(self, kind: str, *evidence: Any) -> bool:
        """Whether the check fails, by this evidence or by that of the row."""
        return bool(getattr(self.probe, kind)(*(evidence or self.evidence(kind)), sender=self.sender).value)

    def falsified(self, kind: str) -> Pair:
        """The two rows with one of them made false in this way, and perhaps in ways that are checked later."""
        previous, row = self.previous, self.row
        key = GROUP.base(7)
        return {
            "point": (previous, row._replace(b=row.b[::-1])),
            "branch": (previous, with_part(row, BRANCH, "a", bytes(64))),
            "challenge": (previous, with_part(row, BRANCH, "c", row.branches[0][128:160])),
            "commitmentA": (previous, with_part(row, BRANCH, "r", row.branches[0][160:])),
            "commitmentB": (previous, with_part(row, BRANCH, "r", row.branches[0][160:])),
            "tally": (previous._replace(b=key), row),
            "mask": (previous._replace(y=key), row),
            "duplicate": (previous._replace(x=key), row._replace(x=GROUP.negate(key))),
        }[kind]
