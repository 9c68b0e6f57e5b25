"""A slow, complete London chain on py-evm: signed transactions, receipts, real block hashes.

Same surface as `Evm`, so that a `World` runs on either. Every transaction has
a block of its own, hence starts cold: gas is measured here.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth import constants
from eth.chains.base import MiningChain
from eth.consensus import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.vm.forks.london import LondonVM
from eth.vm.spoof import SpoofTransaction
from eth_keys import keys

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.evm import BLOCK_GAS_LIMIT, CallError, Log

_GAS_PRICE = 10**10
_TIMESTAMP = 1_700_000_000


class Ledger:
    """One chain; only the accounts given at birth can send."""

    def __init__(self, accounts: Sequence[Account], chain_id: int = 31337) -> None:
        self.chain_id = chain_id
        self._keys = {str(account): keys.PrivateKey(account.key) for account in accounts}
        vm = LondonVM.configure(consensus_class=NoProofConsensus)
        chain = MiningChain.configure(vm_configuration=((constants.GENESIS_BLOCK_NUMBER, vm),), chain_id=chain_id)
        rich = {"balance": 10**24, "nonce": 0, "code": b"", "storage": {}}
        self._chain = chain.from_genesis(
            AtomicDB(),
            # The limit sinks towards what blocks use; each transaction is held to the usual one all the same.
            {"difficulty": 1, "gas_limit": 1_000 * BLOCK_GAS_LIMIT, "timestamp": _TIMESTAMP},
            {bytes.fromhex(account[2:]): rich for account in accounts},
        )
        self._logs: list[Log] = []
        self.gas_used = 0

    @property
    def number(self) -> int:
        """The block being built."""
        return int(self._chain.get_block().number)

    def mine(self, blocks: int = 1) -> None:
        """Seals the block being built, and empty ones after it."""
        for _ in range(blocks):
            self._chain.mine_block(timestamp=_TIMESTAMP + self.number)

    def block_hash(self, number: int) -> bytes:
        """The hash of a sealed block."""
        return bytes(self._chain.get_canonical_block_header_by_number(number).hash)

    def deploy(self, sender: str, code: bytes) -> str:
        """Creates a contract and returns its address, lower case."""
        return "0x" + self._send(sender, b"", code).hex()

    def call(self, sender: str, to: str, data: bytes, *, static: bool = False) -> bytes:
        """Runs one transaction (or, when static, a view) and returns its output."""
        target = bytes.fromhex(to[2:])
        if not static:
            return self._send(sender, target, data)
        header = self._chain.get_block().header
        plain = self._chain.create_unsigned_transaction(
            nonce=0, gas_price=0, gas=BLOCK_GAS_LIMIT, to=target, value=0, data=data
        )
        with self._chain.get_vm(header).in_costless_state() as state:
            computation = state.costless_execute_transaction(SpoofTransaction(plain, from_=bytes.fromhex(sender[2:])))
        if computation.is_error:
            raise CallError(bytes(computation.output), repr(computation.error))
        return bytes(computation.output)

    def logs(self) -> list[Log]:
        """The events of the last transaction."""
        return self._logs

    def _send(self, sender: str, target: bytes, data: bytes) -> bytes:
        key = self._keys[str(sender)]
        unsigned = self._chain.create_unsigned_transaction(
            nonce=self._chain.get_vm().state.get_nonce(key.public_key.to_canonical_address()),
            gas_price=_GAS_PRICE,
            gas=BLOCK_GAS_LIMIT,
            to=target,
            value=0,
            data=data,
        )
        _, receipt, computation = self._chain.apply_transaction(unsigned.as_signed_transaction(key, self.chain_id))
        self.mine()
        if computation.is_error:
            raise CallError(bytes(computation.output), repr(computation.error))
        self.gas_used = int(receipt.gas_used)
        self._logs = [
            Log("0x" + log.address.hex(), tuple(t.to_bytes(32, "big") for t in log.topics), bytes(log.data))
            for log in receipt.logs
        ]
        return bytes(computation.msg.storage_address if not target else computation.output)
