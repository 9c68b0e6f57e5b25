"""The JSON-RPC methods: what the chain, the pool and the filters answer to `eth_*`, `net_*`, `web3_*`, `anvil_mine`.

Single-threaded like the ledger. There are no accounts to unlock here: clients sign for themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from itertools import islice
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth.abc import BlockHeaderAPI
from eth.exceptions import PyEVMError
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from . import execution
from .faults import INVALID_PARAMS, LIMIT_EXCEEDED, METHOD_NOT_FOUND, SERVER_ERROR, RpcError
from .fees import SUGGESTED_TIP, fee_history, parse_percentiles
from .filters import Filters
from .forms import (
    BlockRef,
    Call,
    LogQuery,
    data,
    parse_address,
    parse_block,
    parse_block_number,
    parse_call,
    parse_data,
    parse_flag,
    parse_hash,
    parse_log_query,
    parse_slot,
    parse_uint64,
    quantity,
    word,
)
from .ledger import Ledger
from .pool import MAX_BYTES, Pool
from .records import Record, base_fee, transaction_record

MAX_LOGS = 10_000
MAX_MINED = 1_000
MAX_ANSWERS = 1_000
_REQUIRED = object()

Parser = Callable[[object], Any]


@dataclass(frozen=True)
class _Method:
    function: Callable[..., object]
    parsers: tuple[Parser, ...]
    defaults: tuple[object, ...]  # _REQUIRED where there is none


METHODS: dict[str, _Method] = {}


def _method(name: str, *parameters: Parser | tuple[Parser, object]) -> Callable[[Callable[..., object]], Any]:
    """Registers a method. A parameter is its parser, or (parser, default) when it may be left out."""

    def register(function: Callable[..., object]) -> Callable[..., object]:
        pairs = [item if isinstance(item, tuple) else (item, _REQUIRED) for item in parameters]
        METHODS[name] = _Method(function, tuple(p for p, _ in pairs), tuple(d for _, d in pairs))
        return function

    return register


_latest = (parse_block, "latest")


def _parse_filter_id(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("wants a string")
    return value


class Node:
    """One chain with its pool and filters."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives Unix seconds; block timestamps follow it, and always grow."""
        self._ledger = ledger
        self._clock = clock
        self._pool = Pool(ledger.chain_id, ledger.head.gas_limit)
        self._filters = Filters(ledger)
        self._answer = lru_cache(MAX_ANSWERS)(self._execute)

    def mine(self) -> None:
        """Appends the next block, empty when nothing waits.

        Timestamps are whole seconds and grow with every block, so blocks closer than a second apart outrun the clock.
        """
        head = self._ledger.head
        timestamp = max(head.timestamp + 1, int(self._clock()))
        pending = self._ledger.vm("pending")
        transactions = self._pool.take(pending.state, base_fee(pending.get_header()))
        self._ledger.mine(transactions, timestamp)

    def call(self, name: str, params: list[object]) -> object:
        """The result of a method. Raises RpcError."""
        method = METHODS.get(name)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, f"the method {name[:64]} does not exist/is not available")
        if len(params) > len(method.parsers):
            raise RpcError(INVALID_PARAMS, f"too many arguments, want at most {len(method.parsers)}")
        arguments = []
        for index, (parse, default) in enumerate(zip(method.parsers, method.defaults, strict=True)):
            value = params[index] if index < len(params) else None
            if value is None and default is _REQUIRED:
                raise RpcError(INVALID_PARAMS, f"missing value for required argument {index}")
            try:
                arguments.append(default if value is None else parse(value))
            except ValueError as error:
                raise RpcError(INVALID_PARAMS, f"invalid argument {index}: {error}") from None
        return method.function(self, *arguments)

    # Identity

    @_method("web3_clientVersion")
    def _client_version(self) -> str:
        return f"assay-devnet/{version('assay-network')}/py-evm-{version('py-evm')}"

    @_method("web3_sha3", parse_data)
    def _sha3(self, payload: bytes) -> str:
        return data(keccak(payload))

    @_method("net_version")
    def _net_version(self) -> str:
        return str(self._ledger.chain_id)

    @_method("net_listening")
    def _listening(self) -> bool:
        return True

    @_method("net_peerCount")
    def _peer_count(self) -> str:
        return quantity(0)

    @_method("eth_chainId")
    def _chain_id(self) -> str:
        return quantity(self._ledger.chain_id)

    @_method("eth_syncing")
    def _syncing(self) -> bool:
        return False

    @_method("eth_accounts")
    def _accounts(self) -> list[str]:
        return []

    # State

    @_method("eth_blockNumber")
    def _block_number(self) -> str:
        return quantity(self._ledger.head.block_number)

    @_method("eth_getBalance", parse_address, _latest)
    def _balance(self, address: Any, block: BlockRef) -> str:
        return quantity(self._ledger.state(block).get_balance(address))

    @_method("eth_getCode", parse_address, _latest)
    def _code(self, address: Any, block: BlockRef) -> str:
        return data(self._ledger.state(block).get_code(address))

    @_method("eth_getStorageAt", parse_address, parse_slot, _latest)
    def _storage(self, address: Any, slot: int, block: BlockRef) -> str:
        return word(self._ledger.state(block).get_storage(address, slot))

    @_method("eth_getTransactionCount", parse_address, _latest)
    def _transaction_count(self, address: Any, block: BlockRef) -> str:
        nonce = self._ledger.state(block).get_nonce(address)
        return quantity(self._pool.next_nonce(address, nonce) if block == "pending" else nonce)

    @_method("eth_call", parse_call, _latest)
    def _call(self, message: Call, block: BlockRef) -> str:
        # Every oracle asks the same of every block. Mined blocks never change; what is pending does.
        header = None if block == "pending" else self._ledger.header(block)
        return self._execute(block, message) if header is None else self._answer(header.hash, message)

    def _execute(self, block: BlockRef, message: Call) -> str:
        return data(execution.call(self._ledger.vm(block), message))

    @_method("eth_estimateGas", parse_call, _latest)
    def _estimate_gas(self, message: Call, block: BlockRef) -> str:
        return quantity(execution.estimate(partial(self._ledger.vm, block), message))

    # Fees

    @_method("eth_gasPrice")
    def _gas_price(self) -> str:
        header = self._ledger.header("pending")
        assert header is not None
        return quantity(base_fee(header) + SUGGESTED_TIP)

    @_method("eth_maxPriorityFeePerGas")
    def _max_priority_fee(self) -> str:
        return quantity(SUGGESTED_TIP)

    @_method("eth_feeHistory", lambda value: _count(value), parse_block_number, (parse_percentiles, ()))
    def _fee_history(self, count: int, newest: int | str, percentiles: tuple[float, ...]) -> Record:
        return fee_history(self._ledger, count, newest, percentiles)

    # Blocks

    @_method("eth_getBlockByNumber", parse_block_number, (parse_flag, False))
    @_method("eth_getBlockByHash", parse_hash, (parse_flag, False))
    def _block(self, ref: BlockRef, full: bool) -> Record | None:
        return self._ledger.block(ref, full)

    @_method("eth_getBlockTransactionCountByNumber", parse_block_number)
    @_method("eth_getBlockTransactionCountByHash", parse_hash)
    def _block_transaction_count(self, ref: BlockRef) -> str | None:
        header = self._ledger.header(ref)
        return None if header is None else quantity(len(self._hashes(ref, header)))

    @_method("eth_getUncleCountByBlockNumber", parse_block_number)
    @_method("eth_getUncleCountByBlockHash", parse_hash)
    def _uncle_count(self, ref: BlockRef) -> str | None:
        return None if self._ledger.header(ref) is None else quantity(0)

    @_method("eth_getUncleByBlockNumberAndIndex", parse_block_number, parse_uint64)
    @_method("eth_getUncleByBlockHashAndIndex", parse_hash, parse_uint64)
    def _uncle(self, ref: BlockRef, index: int) -> None:
        return None

    @_method("eth_getBlockReceipts", parse_block)
    def _block_receipts(self, ref: BlockRef) -> list[Record | None] | None:
        header = self._ledger.header(ref)
        return None if header is None else [self._ledger.receipt(item) for item in self._hashes(ref, header)]

    # Transactions

    @_method("eth_sendRawTransaction", parse_data)
    def _send_raw(self, raw: bytes) -> str:
        if len(raw) > MAX_BYTES:
            raise RpcError(SERVER_ERROR, f"oversized data: transaction size {len(raw)}, limit {MAX_BYTES}")
        try:
            transaction = self._ledger.decode(raw)
            _ = transaction.sender, transaction.chain_id
        except (rlp.exceptions.RLPException, PyEVMError, ValidationError, BadSignature) as error:
            raise RpcError(SERVER_ERROR, f"malformed transaction: {error or type(error).__name__}"[:200]) from None
        if self._ledger.transaction(transaction.hash) is not None:
            raise RpcError(SERVER_ERROR, "already known")
        self._pool.add(transaction, self._ledger.state("latest"))
        return data(transaction.hash)

    @_method("eth_sendTransaction", lambda value: value)
    def _send(self, transaction: object) -> None:
        raise RpcError(SERVER_ERROR, "unknown account: sign locally and use eth_sendRawTransaction")

    @_method("eth_getTransactionByHash", parse_hash)
    def _transaction(self, digest: bytes) -> Record | None:
        waiting = self._pool.get(digest)
        return transaction_record(waiting) if waiting is not None else self._ledger.transaction(digest)

    @_method("eth_getRawTransactionByHash", parse_hash)
    def _raw_transaction(self, digest: bytes) -> str | None:
        waiting = self._pool.get(digest)
        raw = waiting.encode() if waiting is not None else self._ledger.raw(digest)
        return None if raw is None else data(raw)

    @_method("eth_getTransactionByBlockNumberAndIndex", parse_block_number, parse_uint64)
    @_method("eth_getTransactionByBlockHashAndIndex", parse_hash, parse_uint64)
    def _transaction_at(self, ref: BlockRef, index: int) -> Record | None:
        header = self._ledger.header(ref)
        hashes = [] if header is None else self._hashes(ref, header)
        return self._ledger.transaction(hashes[index]) if index < len(hashes) else None

    @_method("eth_getTransactionReceipt", parse_hash)
    def _receipt(self, digest: bytes) -> Record | None:
        return self._ledger.receipt(digest)

    # Logs

    @_method("eth_getLogs", parse_log_query)
    def _get_logs(self, query: LogQuery) -> list[Record]:
        return self._logs(query)

    @_method("eth_newFilter", parse_log_query)
    def _new_filter(self, query: LogQuery) -> str:
        return self._filters.add(query)

    @_method("eth_newBlockFilter")
    def _new_block_filter(self) -> str:
        return self._filters.add(None)

    @_method("eth_getFilterChanges", _parse_filter_id)
    def _filter_changes(self, name: str) -> list[Record] | list[str]:
        return self._filters.changes(name)

    @_method("eth_getFilterLogs", _parse_filter_id)
    def _filter_logs(self, name: str) -> list[Record]:
        return self._logs(self._filters.query(name))

    @_method("eth_uninstallFilter", _parse_filter_id)
    def _uninstall_filter(self, name: str) -> bool:
        return self._filters.remove(name)

    # Development

    @_method("anvil_mine", (lambda value: _count(value), 1))
    def _mine_now(self, count: int) -> None:
        """Appends blocks at once instead of waiting for them; named as on the other engine."""
        if count > MAX_MINED:
            raise RpcError(LIMIT_EXCEEDED, f"{count} blocks, at most {MAX_MINED} at once")
        for _ in range(count):
            self.mine()

    def _logs(self, query: LogQuery) -> list[Record]:
        found = list(islice(self._ledger.logs(query), MAX_LOGS + 1))
        if len(found) > MAX_LOGS:
            raise RpcError(LIMIT_EXCEEDED, f"query returned more than {MAX_LOGS} results: ask for a shorter range")
        return found

    def _hashes(self, ref: BlockRef, header: BlockHeaderAPI) -> list[bytes]:
        return [] if ref == "pending" else self._ledger.hashes(header)


def _count(value: object) -> int:
    """A number of blocks: a quantity, or (as some clients send it) a plain integer."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    return parse_uint64(value)
