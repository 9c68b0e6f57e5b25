"""Published tables that are disputed: what can be shown of their rows, and the calls that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.signature import sign
from assay_oracles.audits.fairness.table import HEADER_BYTES, Header
from eth_utils import keccak

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.contract import Receipt
from tests.contracts.harness.rows import branch_struct, hint
from tests.contracts.harness.tables import Tables, key_of, leaves_of, opened, parsed, path
from tests.oracles.audits.fairness import forge

SALT = keccak(text="salt of a refutation")
(POINT, BRANCH, CHALLENGE, COMMITMENT_A, COMMITMENT_B, TALLY, MASK, DUPLICATE) = range(1, 9)
NO_TABLE = bytes(32)


class Fault(NamedTuple):
    """The `Fault` struct."""

    kind: int
    row: int
    branch: int = 0


LIE = Fault(COMMITMENT_A, 3, 2)
"""What is false about `false_file`."""


class Disputed:
    """A table on the board, and its file."""

    def __init__(self, tables: Tables, data: bytes, supplier: Account | None = None, **changes: Any) -> None:
        self.tables, self.board = tables, tables.board
        _, self.rows = parsed(data)
        self.leaves = leaves_of(self.rows)
        owner, fields = supplier or tables.world.supplier, tables.submission(data, **changes)
        signed = fields | {"signature": sign(key_of(owner), tables.digest(fields, owner))}
        self.id = bytes(tables.publish(signed, owner).value)

    @property
    def state(self) -> Any:
        """The board's `Table`."""
        return self.board.table(self.id)

    def opening(self, number: int) -> tuple[Any, ...]:
        """The `Opening` struct of a row."""
        return number, opened(self.rows[number - 1]), path(self.leaves, number)

    def branches(self, number: int) -> list[tuple[Any, ...]]:
        """The `Branch` structs of a row."""
        return [branch_struct(branch) for branch in self.rows[number - 1].branches]

    def evidence(self, fault: Fault, earlier: Disputed | None = None) -> tuple[Any, ...]:
        """The `Evidence` struct for a check."""
        kind, number, j = fault
        row, rows = self.rows[number - 1], [self.opening(number)]
        if kind in (TALLY, MASK):
            rows.insert(0, self.opening(number - 1))
        if kind == DUPLICATE:
            rows.insert(0, (earlier or self).opening(j))
        of_branch = kind in (BRANCH, COMMITMENT_A, COMMITMENT_B)
        digests = transcript.digests(row.branches) if of_branch else []
        shown = self.branches(number) if kind == CHALLENGE else self.branches(number)[j : j + 1] if of_branch else []
        hints = list(hint(row.y, row.branches[j])) if kind == COMMITMENT_B else []
        return rows, digests, shown, hints, (earlier or self).id if kind == DUPLICATE else NO_TABLE

    def announce(self, fault: Fault, sender: Account, salt: bytes = SALT) -> None:
        """Commits to a refutation, and lets a block pass."""
        commitment = self.board.commitmentOf(sender, self.id, fault, salt)
        self.board.announce(commitment, sender=sender)
        self.tables.world.evm.mine()

    def refute(self, fault: Fault, sender: Account, evidence: Any = None, salt: bytes = SALT) -> Receipt:
        """Shows that a check fails."""
        receipt: Receipt = self.board.refute(
            self.id, fault, salt, self.evidence(fault) if evidence is None else evidence, sender=sender
        )
        return receipt

    def demand(self, row: int, sender: Account) -> Receipt:
        """Asks for a row."""
        receipt: Receipt = self.board.demand(self.id, row, Permit(), sender=sender)
        return receipt

    def answer(self, row: int, sender: Account) -> Receipt:
        """Shows a row that was asked for."""
        receipt: Receipt = self.board.answer(self.id, self.opening(row), self.branches(row), sender=sender)
        return receipt

    def expire(self, row: int, sender: Account) -> Receipt:
        """Ends a demand."""
        receipt: Receipt = self.board.expireDemand(self.id, row, sender=sender)
        return receipt


def honest_file(tables: Tables, choices: Sequence[int] = (3, 0, 6), **fields: Any) -> bytes:
    """A true table's file."""
    return forge.honest(choices, head=tables.header(len(choices), **fields))


def false_file(tables: Tables, choices: Sequence[int] = (3, 0, 6), **fields: Any) -> bytes:
    """The file of a table that passes publication, and in which `LIE` is false, and the same of kind 5."""
    response = 256 + 192 * LIE.branch + 160
    return overwritten(honest_file(tables, choices, **fields), LIE.row, response, transcript.word(5))


def overwritten(data: bytes, row: int, at: int, new: bytes) -> bytes:
    """The file with bytes of a row replaced."""
    begin = HEADER_BYTES + (row - 1) * Header.decode(data).row_bytes + at
    return data[:begin] + new + data[begin + len(new) :]


def twice_a_key(tables: Tables, xs: Sequence[int], choices: Sequence[int] = (3, 0, 6)) -> bytes:
    """A table's file with these keys."""
    return forge.table(choices, xs=list(xs), head=tables.header(len(choices)))
