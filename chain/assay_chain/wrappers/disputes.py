"""`FairnessBoard`: what anyone can say against a published table, and for it. Points are 64 bytes, x | y."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assay_chain.wrappers.fairness import Row
from assay_chain.wrappers.fairness_contract import FairnessContract, point

if TYPE_CHECKING:
    from web3.types import TxReceipt

    from assay_chain.wrappers.token import Permit

WITHHELD = 0
"""The kind of fault of a row that nobody showed."""


@dataclass(frozen=True)
class Fault:
    """One check of one row, by the numbers of docs/fairness.md section 6; kind 0 is a row that was withheld."""

    kind: int
    row: int
    branch: int = 0

    def abi(self) -> tuple[int, int, int]:
        """The Solidity struct."""
        return self.kind, self.row, self.branch


@dataclass(frozen=True)
class Opening:
    """A row shown from its table's tree; `path` holds the siblings of its leaf, from the leaf up."""

    number: int
    row: Row
    path: tuple[bytes, ...]

    def abi(self) -> tuple[Any, ...]:
        """The Solidity struct."""
        return self.number, self.row.abi(), self.path


@dataclass(frozen=True)
class Evidence:
    """What a check is judged by; what its kind does not need is empty.

    Attributes:
        rows: the row that is judged, and before it the row that it is held against.
        digests: the hash of every branch of the row's proof.
        branches: the branch that is judged, or all of them: a | b | c | r, 192 bytes each.
        hints: r_j Y and b_j - r_j Y; infinity is 64 zeros.
        other: the table of the earlier row of a duplicate.
    """

    rows: tuple[Opening, ...] = ()
    digests: tuple[bytes, ...] = ()
    branches: tuple[bytes, ...] = ()
    hints: tuple[bytes, ...] = ()
    other: bytes = bytes(32)

    def abi(self) -> tuple[Any, ...]:
        """The Solidity struct."""
        rows, hints = [row.abi() for row in self.rows], [point(hint) for hint in self.hints]
        return rows, self.digests, [_branch(branch) for branch in self.branches], hints, self.other


@dataclass(frozen=True)
class Demand:
    """Somebody asked for a row.

    Attributes:
        demander: who deposited the bond; None when no demand is open.
        deadline: last block in which the row can be shown; 0 when it was never asked for.
        answered: whether the row was shown, which ends it for good.
    """

    demander: str | None
    deadline: int
    answered: bool


@dataclass(frozen=True)
class DisputeEvent:
    """Common to all events: in which block and transaction."""

    table_id: bytes
    block: int
    tx_hash: bytes


@dataclass(frozen=True)
class Refuted(DisputeEvent):
    """A table was shown to be false, or withheld; `other` is the table of the earlier row of a duplicate, else zero."""

    refuter: str
    fault: Fault
    other: bytes


@dataclass(frozen=True)
class Demanded(DisputeEvent):
    """Somebody asks for a row, to be shown up to `deadline`."""

    row: int
    demander: str
    deadline: int


@dataclass(frozen=True)
class Rebutted(DisputeEvent):
    """The check that an audit's outcome names was shown to hold, or not to exist."""

    audit_id: int
    rebutter: str


class Disputes(FairnessContract):
    """Refutations, demands for rows, rebuttals, and suppliers' bonds."""

    def announce(self, commitment: bytes) -> TxReceipt:
        """Commit to a refutation, at least a block before it is sent."""
        return self._send("announce", commitment)

    def refute(self, table_id: bytes, fault: Fault, salt: bytes, evidence: Evidence) -> TxReceipt:
        """Show that a check fails, as announced.

        Raises:
            Reverted: among others ``TableRefuted``, ``NotAnnounced``, ``CheckHolds``, ``BadEvidence``.
        """
        return self._send("refute", table_id, fault.abi(), salt, evidence.abi())

    def demand(self, table_id: bytes, row: int, permit: Permit) -> TxReceipt:
        """Ask for a row, and deposit the bond.

        Raises:
            Reverted: among others ``NotDemandable``, ``NoSuchRow``, ``AlreadyDemanded``.
        """
        return self._send("demand", table_id, row, permit.abi())

    def answer(self, table_id: bytes, opening: Opening, branches: tuple[bytes, ...]) -> TxReceipt:
        """Show a row that was asked for, with all branches of its proof: the demander's bond is the caller's.

        Raises:
            Reverted: among others ``NoDemand``, ``AnswerTooLate``, ``BadEvidence``.
        """
        return self._send("answer", table_id, opening.abi(), [_branch(branch) for branch in branches])

    def expire_demand(self, table_id: bytes, row: int) -> TxReceipt:
        """End a demand that nobody answered in time: the table is refuted, by the demander.

        Raises:
            Reverted: ``NoDemand``, ``StillAnswerable``.
        """
        return self._send("expireDemand", table_id, row)

    def rebut(self, audit_id: int, evidence: Evidence) -> TxReceipt:
        """Show that the check holds, or does not exist, by which an audit found its table false.

        Raises:
            Reverted: ``NotRebuttable``, ``CheckFails``, ``BadEvidence``.
        """
        return self._send("rebut", audit_id, evidence.abi())

    def retire(self, table_id: bytes) -> TxReceipt:
        """Announce that the supplier wants a table's bond back: it cannot be audited any more. Its supplier only."""
        return self._send("retire", table_id)

    def settle_bond(self, table_id: bytes) -> TxReceipt:
        """Take a table's bond out of the vault for whom it is due: refuter, supplier or treasury.

        Raises:
            Reverted: ``NotBonded``, ``BondNotDue``, ``DemandsOpen``.
        """
        return self._send("settleBond", table_id)

    # Reads

    def commitment_of(self, announcer: str, table_id: bytes, fault: Fault, salt: bytes, block: int) -> bytes:
        """What `announce` takes."""
        return bytes(self._read("commitmentOf", announcer, table_id, fault.abi(), salt, block=block))

    def announced_at(self, announcer: str, commitment: bytes, block: int) -> int:
        """The block of an account's commitment, or 0."""
        return int(self._read("announcedAt", announcer, commitment, block=block))

    def demand_of(self, table_id: bytes, row: int, block: int) -> Demand:
        """The state of a demand."""
        demander, deadline, answered = self._read("demandOf", table_id, row, block=block)
        return Demand(None if int(demander, 16) == 0 else demander, deadline, answered)

    def is_rebutted(self, audit_id: int, block: int) -> bool:
        """Whether the fault that an audit found was rebutted."""
        return bool(self._read("rebutted", audit_id, block=block))

    def table_bond(self, block: int) -> int:
        """What a supplier deposits for every table."""
        return int(self._read("tableBond", block=block))

    def demand_bond(self, block: int) -> int:
        """What who asks for a row deposits; it pays for the answer."""
        return int(self._read("demandBond", block=block))

    def answer_blocks(self, block: int) -> int:
        """How long a row that was asked for can be shown."""
        return int(self._read("answerBlocks", block=block))

    # Events in a range of blocks, both ends included, oldest first

    def refuted(self, from_block: int, to_block: int, *, table_id: bytes | None = None) -> tuple[Refuted, ...]:
        """Tables that were shown to be false."""
        events = self._events(Refuted, from_block, to_block, {"tableId": table_id})
        return tuple(replace(event, fault=_fault(event.fault)) for event in events)

    def demanded(self, from_block: int, to_block: int, *, table_id: bytes | None = None) -> tuple[Demanded, ...]:
        """Rows that were asked for."""
        return self._events(Demanded, from_block, to_block, {"tableId": table_id})

    def rebuttals(self, from_block: int, to_block: int, *, table_id: bytes | None = None) -> tuple[Rebutted, ...]:
        """Audits whose named fault was rebutted."""
        return self._events(Rebutted, from_block, to_block, {"tableId": table_id})

    def _send(self, function: str, *args: Any) -> TxReceipt:
        return self._session.send(self._contract.functions[function](*args))


def _branch(data: bytes) -> tuple[tuple[int, int], tuple[int, int], int, int]:
    c, r = (int.from_bytes(data[at : at + 32], "big") for at in (128, 160))
    return point(data[:64]), point(data[64:128]), c, r


def _fault(named: Any) -> Fault:
    return Fault(named["kind"], named["row"], named["branch"])
