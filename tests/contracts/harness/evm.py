"""A fast in-process London EVM: one open journal, many blocks.

`pyrevm` keeps the journal of all calls open, which makes snapshots cheap and gas figures useless (everything stays
warm): gas is measured elsewhere, on receipts. Its BLOCKHASH keeps the window of 256 blocks and answers
`keccak256(str(number))` inside it, so tests know every hash in advance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from eth_utils import keccak
from pyrevm import EVM, BlockEnv, CfgEnv, Env, JournalCheckpoint

BLOCK_GAS_LIMIT = 30_000_000
_REVERT = re.compile(r"^Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}$")


class CallError(Exception):
    """A call was undone; `data` is what it reverted with, empty when it ran out of gas."""

    def __init__(self, data: bytes, text: str) -> None:
        super().__init__(text)
        self.data = data


@dataclass(frozen=True)
class Log:
    """An event as the EVM keeps it; the address is lower case."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


class Evm:
    """One chain. Blocks advance only through `mine`; calls happen in the current block."""

    def __init__(self, chain_id: int = 31337) -> None:
        self._evm = EVM(Env(cfg=CfgEnv(chain_id=chain_id)), gas_limit=BLOCK_GAS_LIMIT, spec_id="LONDON")
        self.chain_id = chain_id
        self._enter(number=1_000)

    def mine(self, blocks: int = 1) -> None:
        """Lets blocks of one second pass."""
        self._enter(self.number + blocks)

    @property
    def timestamp(self) -> int:
        """Seconds; the block number plus a constant."""
        return 1_700_000_000 + self.number

    @staticmethod
    def block_hash(number: int) -> bytes:
        """What BLOCKHASH answers inside its window."""
        return keccak(text=str(number))

    def deploy(self, sender: str, code: bytes) -> str:
        """Creates a contract and returns its address, lower case."""
        try:
            return str(self._evm.deploy(sender, code)).lower()
        except RuntimeError as error:
            raise _failure(error) from None

    def call(self, sender: str, to: str, data: bytes, *, static: bool = False) -> bytes:
        """Runs one transaction (or, when static, a view) and returns its output."""
        try:
            return bytes(self._evm.message_call(sender, to, data, is_static=static))
        except RuntimeError as error:
            raise _failure(error) from None

    def logs(self) -> list[Log]:
        """The events of the last transaction."""
        result = self._evm.result
        assert result is not None
        return [
            Log(log.address.lower(), tuple(bytes.fromhex(topic[2:]) for topic in log.topics), bytes(log.data[1]))
            for log in result.logs
        ]

    def snapshot(self) -> tuple[JournalCheckpoint, int]:
        """A state to come back to; last taken, first reverted."""
        return self._evm.snapshot(), self.number

    def revert(self, snapshot: tuple[JournalCheckpoint, int]) -> None:
        """Goes back to a snapshot, which is used up."""
        checkpoint, number = snapshot
        self._evm.revert(checkpoint)
        self._enter(number)

    def _enter(self, number: int) -> None:
        self.number = number
        self._evm.set_block_env(BlockEnv(number=number, timestamp=self.timestamp, gas_limit=BLOCK_GAS_LIMIT))


def _failure(error: RuntimeError) -> CallError:
    match = _REVERT.match(str(error))
    return CallError(bytes.fromhex(match[1]) if match else b"", str(error))
