"""The chain itself: eth-tester's chain on py-evm under London rules, in memory, with an index by hash for JSON-RPC.

eth-tester sets the chain up. Its own transaction and log layers are not used: they mine a block for each transaction,
scan every block for logs, and report reverts as strings.

Not thread-safe: one thread owns it (see `server`). Headers and every historical state stay in py-evm's database
(about 4 KB an empty block); transactions, receipts and logs are kept in their JSON forms, so that a log query touches
only blocks that have logs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from eth.abc import BlockHeaderAPI, SignedTransactionAPI, StateAPI, VirtualMachineAPI
from eth.chains.base import MiningChain
from eth.exceptions import HeaderNotFound
from eth.vm.forks.london import LondonVM
from eth_tester.backends.pyevm.main import setup_tester_chain  # type: ignore[import-untyped]
from eth_typing import BlockNumber

from ..genesis import Genesis
from .faults import SERVER_ERROR, RpcError
from .forms import BlockRef, LogQuery
from .records import Record, block_record, mined_records, pending_record

_DIFFICULTY = 1 << 17  # the least that London's difficulty rule yields; nobody seals these blocks


class Ledger:
    """Blocks and states, by number, hash or tag. `safe` and `finalized` mean the latest block: there are no forks."""

    def __init__(self, genesis: Genesis) -> None:
        """Starts a new chain."""
        accounts = {
            address: {"balance": balance, "nonce": 0, "code": b"", "storage": {}}
            for address, balance in genesis.balances.items()
        }
        parameters = {
            "gas_limit": genesis.gas_limit,
            "timestamp": genesis.timestamp,
            "difficulty": _DIFFICULTY,
            "coinbase": b"\0" * 20,
            "extra_data": b"",
            "mix_hash": b"\0" * 32,
            "nonce": b"\0" * 8,
        }
        self._chain: MiningChain
        _, self._chain = setup_tester_chain(parameters, accounts, vm_configuration=((0, LondonVM),))
        self._chain.chain_id = genesis.chain_id
        self.chain_id = genesis.chain_id
        self.head: BlockHeaderAPI = self._chain.get_canonical_head()
        self._transactions: dict[bytes, Record] = {}
        self._receipts: dict[bytes, Record] = {}
        self._raw: dict[bytes, bytes] = {}
        self._hashes: dict[int, list[bytes]] = {}
        self._log_blocks: list[int] = []
        self._logs: dict[int, list[Record]] = {}

    def mine(self, transactions: Sequence[SignedTransactionAPI], timestamp: int) -> None:
        """Appends a block. Every transaction must be valid on the head state, one a sender, within the gas limit."""
        self._chain.header = self._next_header(timestamp)
        imported, receipts, _ = self._chain.mine_all(transactions)
        self.head = imported.imported_block.header
        if not transactions:
            return
        pairs = mined_records(self.head, transactions, receipts)
        for transaction, (record, receipt) in zip(transactions, pairs, strict=True):
            self._transactions[transaction.hash] = record
            self._receipts[transaction.hash] = receipt
            self._raw[transaction.hash] = transaction.encode()
        number = self.head.block_number
        self._hashes[number] = [transaction.hash for transaction in transactions]
        if logs := [log for _, receipt in pairs for log in _logs_of(receipt)]:
            self._log_blocks.append(number)
            self._logs[number] = logs

    def header(self, ref: BlockRef) -> BlockHeaderAPI | None:
        """The header of a mined block, or None. `pending` is the header that the next block would have."""
        if ref == "pending":
            return self._next_header(self.head.timestamp + 1)
        try:
            if isinstance(ref, bytes):
                return self._chain.get_block_header_by_hash(ref)  # type: ignore[arg-type]
            number = self.number(ref)
            if number == self.head.block_number:
                return self.head
            return self._chain.get_canonical_block_header_by_number(BlockNumber(number))
        except HeaderNotFound:
            return None

    def vm(self, ref: BlockRef) -> VirtualMachineAPI:
        """A fresh machine on the state after a block; whatever runs on it is forgotten."""
        header = self.header(ref)
        if header is None:
            raise RpcError(SERVER_ERROR, "header not found")
        return self._chain.get_vm(header)

    def state(self, ref: BlockRef) -> StateAPI:
        """The state after a block."""
        return self.vm(ref).state

    def decode(self, raw: bytes) -> SignedTransactionAPI:
        """A signed transaction from its EIP-2718 encoding. Raises whatever py-evm raises on nonsense."""
        return self._chain.get_vm(self.head).get_transaction_builder().decode(raw)

    def block(self, ref: BlockRef, full: bool) -> Record | None:
        """A block with the hashes of its transactions, or with the transactions themselves."""
        header = self.header(ref)
        if header is None:
            return None
        if ref == "pending":
            return pending_record(header)
        hashes = self.hashes(header)
        record = block_record(self._chain.get_block_by_header(header), hashes)
        if full:
            record["transactions"] = [self._transactions[item] for item in hashes]
        return record

    def hashes(self, header: BlockHeaderAPI) -> list[bytes]:
        """The hashes of a mined block's transactions."""
        return self._hashes.get(header.block_number, [])

    def transaction(self, digest: bytes) -> Record | None:
        """A mined transaction."""
        return self._transactions.get(digest)

    def receipt(self, digest: bytes) -> Record | None:
        """The receipt of a mined transaction."""
        return self._receipts.get(digest)

    def raw(self, digest: bytes) -> bytes | None:
        """The encoding of a mined transaction."""
        return self._raw.get(digest)

    def logs(self, query: LogQuery) -> Iterator[Record]:
        """The logs that a query wants, oldest first."""
        if query.block_hash is not None:
            header = self.header(query.block_hash)
            if header is None:
                raise RpcError(SERVER_ERROR, "unknown block")
            first = last = int(header.block_number)
        else:
            first, last = self.number(query.from_block), self.number(query.to_block)
            if first > last:
                raise RpcError(SERVER_ERROR, "invalid block range params")
        start, stop = bisect_left(self._log_blocks, first), bisect_right(self._log_blocks, last)
        for number in self._log_blocks[start:stop]:
            yield from (log for log in self._logs[number] if query.matches(log))

    def number(self, ref: int | str) -> int:
        """The number that a tag stands for now."""
        if isinstance(ref, int):
            return ref
        return 0 if ref == "earliest" else self.head.block_number

    def _next_header(self, timestamp: int) -> BlockHeaderAPI:
        return self._chain.create_header_from_parent(self.head, timestamp=timestamp)


def _logs_of(receipt: Record) -> list[Record]:
    logs = receipt["logs"]
    assert isinstance(logs, list)
    return logs
