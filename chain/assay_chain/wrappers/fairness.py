"""`FairnessBoard`: fairness tables, from publication to verified or rejected. Points are 64 bytes, x | y."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from assay_chain.events import in_receipt
from assay_chain.wrappers.audit_types import Verdict
from assay_chain.wrappers.fairness_contract import FairnessContract, point

if TYPE_CHECKING:
    from web3.types import TxReceipt

    from assay_chain.wrappers.token import Permit


class TableState(IntEnum):
    """What has become of a table."""

    NONE = 0
    PENDING = 1
    VERIFIED = 2
    REJECTED = 3
    REFUTED = 4


@dataclass(frozen=True)
class Row:
    """What a leaf of a table's tree hashes: X, Y, C and B of one row, 64 bytes each, and its proof as a digest."""

    key: bytes
    mask: bytes
    cryptogram: bytes
    sum: bytes
    proof: bytes

    def abi(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int], bytes]:
        """The Solidity struct."""
        return point(self.key), point(self.mask), point(self.cryptogram), point(self.sum), self.proof


@dataclass(frozen=True)
class Submission:
    """A table as its supplier publishes it; the fields are those of `types/FairnessTypes.sol`.

    Attributes:
        model_id: the model version whose predictions the rows hold; the caller owns it.
        params: group << 24 | g << 16 | pads << 8 | w.
        n: number of rows, pads included.
        nonce: 32 bytes, never used for another table of this supplier.
        data_commit: salted commitment to the supplier's rows.
        root: Merkle root over the rows.
        tally: the declared counts, packed: sum n_k 2^(wk).
        signature: r | s | v by the caller, 65 bytes.
        file: SHA-256 of the table's file, in batch form.
        uri: where the file is found, at most 512 bytes.
        first: row 1.
        last: row n.
        first_path: siblings of leaf 1, from the leaf up.
        last_path: siblings of leaf n, from the leaf up.
    """

    model_id: int
    params: int
    n: int
    nonce: bytes
    data_commit: bytes
    root: bytes
    tally: int
    signature: bytes
    file: bytes
    uri: str
    first: Row
    last: Row
    first_path: tuple[bytes, ...]
    last_path: tuple[bytes, ...]


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        id: 32 bytes; every challenge of its proofs is bound to it.
        supplier: who signed and published it.
        model_id: the model version whose predictions the rows hold.
        params: group << 24 | g << 16 | pads << 8 | w.
        n: number of rows, pads included.
        state: what has become of it; ``NONE`` when there is no such table.
        published_at: block of its `Published` event.
        audit_id: the audit that verified or rejected it, or 0.
        root: Merkle root over the rows.
        tally: the declared counts, packed.
        bonded: whether the vault holds the supplier's bond for it.
        release_block: the block after which a retired table's bond goes back; 0 until it is retired.
        refuter: who refuted it, or None.
        visible: whether whoever had its file could see that it is false; never before it is refuted.
    """

    id: bytes
    supplier: str
    model_id: int
    params: int
    n: int
    state: TableState
    published_at: int
    audit_id: int
    root: bytes
    tally: int
    bonded: bool
    release_block: int
    refuter: str | None
    visible: bool


@dataclass(frozen=True)
class TableEvent:
    """Common to all events: which table of which model, in which block and transaction."""

    table_id: bytes
    model_id: int
    block: int
    tx_hash: bytes


@dataclass(frozen=True)
class Published(TableEvent):
    """A supplier published a table: all that is needed to fetch its file and to check it; see `Submission`."""

    chain_id: int
    board: str
    supplier: str
    params: int
    n: int
    nonce: bytes
    data_commit: bytes
    root: bytes
    tally: int
    signature: bytes
    file: bytes
    uri: str


@dataclass(frozen=True)
class Appended(TableEvent):
    """Oracles verified a table: it stands on the board, at `index`."""

    audit_id: int
    index: int


@dataclass(frozen=True)
class Rejected(TableEvent):
    """A majority of oracles found a table false, or its file not what was published."""

    audit_id: int
    outcome: Verdict


class Tables(FairnessContract):
    """The network's fairness tables."""

    def publish(self, submission: Submission, permit: Permit) -> tuple[bytes, TxReceipt]:
        """Publish a table, and deposit its bond. Suppliers only, for a model of their own.

        Returns:
            Its id, and the receipt.

        Raises:
            Reverted: among others ``BadTable``, ``AlreadyPublished``, ``NonceUsed``, ``NotOwner``, ``NotSupplier``,
                ``InsufficientAllowance``.
        """
        struct = {**vars(submission), "first": submission.first.abi(), "last": submission.last.abi()}
        receipt = self._session.send(self._contract.functions.publish(tuple(struct.values()), permit.abi()))
        (event,) = in_receipt(self._contract.events.Published(), receipt)
        return bytes(event["args"]["tableId"]), receipt

    # Reads

    def table(self, table_id: bytes, block: int) -> Table:
        """The state of a table; of state ``NONE`` when there is no such table."""
        supplier, model_id, params, n, state, *rest = self._read("table", table_id, block=block)
        published_at, audit_id, root, tally, bonded, release_block, refuter, visible = rest
        return Table(
            id=table_id,
            supplier=supplier,
            model_id=model_id,
            params=params,
            n=n,
            state=TableState(state),
            published_at=published_at,
            audit_id=audit_id,
            root=bytes(root),
            tally=tally,
            bonded=bonded,
            release_block=release_block,
            refuter=refuter if int(refuter, 16) else None,
            visible=visible,
        )

    def counts(self, table_id: bytes, block: int) -> tuple[int, ...]:
        """The declared number of rows of every permutation k = 4 * group + 2 * actual + predicted.

        Raises:
            Reverted: ``UnknownTable``.
        """
        return tuple(self._read("counts", table_id, block=block))

    def count(self, block: int) -> int:
        """Number of tables on the board, which are those that oracles verified; they are numbered from 0."""
        return int(self._read("count", block=block))

    def table_at(self, index: int, block: int) -> bytes:
        """The id of the index-th table on the board, oldest first."""
        return bytes(self._read("tableAt", index, block=block))

    def table_id_of(self, supplier: str, params: int, n: int, nonce: bytes, data_commit: bytes, block: int) -> bytes:
        """The id that a supplier's table has on this board."""
        return bytes(self._read("tableIdOf", supplier, params, n, nonce, data_commit, block=block))

    def published_event(self, table: Table) -> Published:
        """How a table was published: what is needed to fetch and check its file."""
        (event,) = self.published(table.published_at, table.published_at, table_id=table.id)
        return event

    # Events: of one table, model or supplier, or of all, in a range of blocks, both ends included, oldest first

    def published(
        self,
        from_block: int,
        to_block: int,
        *,
        table_id: bytes | None = None,
        model_id: int | None = None,
        supplier: str | None = None,
    ) -> tuple[Published, ...]:
        """Publications."""
        wanted = {"tableId": table_id, "modelId": model_id, "supplier": supplier}
        return self._events(
            Published, from_block, to_block, wanted, chain_id=self._session.book.chain_id, board=self.address
        )

    def appended(
        self, from_block: int, to_block: int, *, table_id: bytes | None = None, model_id: int | None = None
    ) -> tuple[Appended, ...]:
        """Tables that were verified."""
        return self._events(Appended, from_block, to_block, {"tableId": table_id, "modelId": model_id})

    def rejected(
        self, from_block: int, to_block: int, *, table_id: bytes | None = None, model_id: int | None = None
    ) -> tuple[Rejected, ...]:
        """Tables that were found false."""
        events = self._events(Rejected, from_block, to_block, {"tableId": table_id, "modelId": model_id})
        return tuple(replace(event, outcome=Verdict(event.outcome)) for event in events)
