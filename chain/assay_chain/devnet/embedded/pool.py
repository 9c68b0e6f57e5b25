"""Transactions that wait for a block: checked on arrival with geth's errors, queued across nonce gaps, replaceable.

A block takes at most one transaction a sender. So no transaction of a block can spoil another's nonce or balance, and
whatever `take` yields is valid on the state that it was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from eth.abc import SignedTransactionAPI, StateAPI
from eth_keys.constants import SECPK1_N
from eth_typing import Address
from eth_utils.exceptions import ValidationError

from .faults import SERVER_ERROR, RpcError
from .records import checksum

MAX_TRANSACTIONS = 4096
MAX_A_SENDER = 64
MAX_BYTES = 128 * 1024
_PRICE_BUMP = 10  # percent that a replacement must offer on top


class Pool:
    """Waiting transactions of one chain, by sender and nonce."""

    def __init__(self, chain_id: int, gas_limit: int) -> None:
        """An empty pool for blocks of `gas_limit` gas."""
        self._chain_id = chain_id
        self._gas_limit = gas_limit
        self._queues: dict[bytes, dict[int, SignedTransactionAPI]] = {}
        self._known: dict[bytes, int] = {}  # hash -> order of arrival
        self._arrival = count()

    def __iter__(self) -> Iterator[SignedTransactionAPI]:
        """Every waiting transaction."""
        return (transaction for queue in self._queues.values() for transaction in queue.values())

    def add(self, transaction: SignedTransactionAPI, state: StateAPI) -> None:
        """Takes a transaction in, given the head state. Raises RpcError when geth would refuse it."""
        if transaction.hash in self._known:
            raise RpcError(SERVER_ERROR, "already known")
        self._check_form(transaction)
        sender = transaction.sender
        nonce, balance = state.get_nonce(sender), state.get_balance(sender)
        if transaction.nonce < nonce:
            raise RpcError(SERVER_ERROR, f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if balance < (cost := _cost(transaction)):
            raise RpcError(
                SERVER_ERROR,
                f"insufficient funds for gas * price + value: address {checksum(sender)} "
                f"balance {balance}, tx cost {cost}, overshot {cost - balance}",
            )
        queue = self._queues.get(sender, {})
        replaced = queue.get(transaction.nonce)
        if replaced is not None:
            if not _outbids(transaction, replaced):
                raise RpcError(SERVER_ERROR, "replacement transaction underpriced")
            del self._known[replaced.hash]
        elif len(self._known) >= MAX_TRANSACTIONS or len(queue) >= MAX_A_SENDER:
            raise RpcError(SERVER_ERROR, "txpool is full")
        queue[transaction.nonce] = transaction
        self._queues[sender] = queue
        self._known[transaction.hash] = next(self._arrival)

    def take(self, state: StateAPI, base_fee: int) -> list[SignedTransactionAPI]:
        """The next block's transactions on `state`: the best tips first, then the earliest. They leave the pool."""
        ready = []
        for sender, queue in self._queues.items():
            transaction = queue.get(state.get_nonce(Address(sender)))
            if (
                transaction is not None
                and transaction.max_fee_per_gas >= base_fee
                and state.get_balance(Address(sender)) >= _cost(transaction)
            ):
                ready.append(transaction)
        ready.sort(key=lambda item: (-_tip(item, base_fee), self._known[item.hash]))
        chosen, gas = [], 0
        for transaction in ready:
            if gas + transaction.gas <= self._gas_limit:
                gas += transaction.gas
                chosen.append(transaction)
        for transaction in chosen:
            self._remove(transaction)
        return chosen

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """The first nonce from `nonce` on that no waiting transaction uses."""
        queue = self._queues.get(sender, {})
        while nonce in queue:
            nonce += 1
        return nonce

    def get(self, digest: bytes) -> SignedTransactionAPI | None:
        """A waiting transaction by its hash."""
        if digest not in self._known:
            return None
        return next(transaction for transaction in self if transaction.hash == digest)

    def _remove(self, transaction: SignedTransactionAPI) -> None:
        queue = self._queues[transaction.sender]
        del queue[transaction.nonce], self._known[transaction.hash]
        if not queue:
            del self._queues[transaction.sender]

    def _check_form(self, transaction: SignedTransactionAPI) -> None:
        """What can be told without the state."""
        if transaction.chain_id is None:
            raise RpcError(SERVER_ERROR, "only replay-protected (EIP-155) transactions allowed over RPC")
        if transaction.chain_id != self._chain_id:
            raise RpcError(
                SERVER_ERROR,
                f"invalid sender: invalid chain id for signer: have {transaction.chain_id} want {self._chain_id}",
            )
        if transaction.s > SECPK1_N // 2:
            raise RpcError(SERVER_ERROR, "invalid transaction v, r, s values")
        try:
            transaction.validate()
        except (ValidationError, OverflowError) as error:
            raise RpcError(SERVER_ERROR, f"invalid transaction: {error}") from None
        if len(transaction.encode()) > MAX_BYTES:
            raise RpcError(
                SERVER_ERROR, f"oversized data: transaction size {len(transaction.encode())}, limit {MAX_BYTES}"
            )
        if transaction.gas > self._gas_limit:
            raise RpcError(SERVER_ERROR, "exceeds block gas limit")
        if transaction.max_fee_per_gas < transaction.max_priority_fee_per_gas:
            raise RpcError(SERVER_ERROR, "max priority fee per gas higher than max fee per gas")
        if transaction.gas < transaction.intrinsic_gas:
            raise RpcError(
                SERVER_ERROR,
                f"intrinsic gas too low: gas {transaction.gas}, minimum needed {transaction.intrinsic_gas}",
            )


def _cost(transaction: SignedTransactionAPI) -> int:
    return transaction.gas * transaction.max_fee_per_gas + transaction.value


def _tip(transaction: SignedTransactionAPI, base_fee: int) -> int:
    return min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee)


def _outbids(new: SignedTransactionAPI, old: SignedTransactionAPI) -> bool:
    return all(
        after * 100 >= before * (100 + _PRICE_BUMP) and after > before
        for after, before in (
            (new.max_fee_per_gas, old.max_fee_per_gas),
            (new.max_priority_fee_per_gas, old.max_priority_fee_per_gas),
        )
    )
