"""Where a chain begins, in the JSON form of genesis files that geth and Besu read.

London rules from the first block, 30 M gas a block, and the native coin, which only pays for gas, for some accounts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import MalformedInput

GAS_LIMIT = 30_000_000

_FORKS = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
)


@dataclass(frozen=True)
class Genesis:
    """The first block. `timestamp` in Unix seconds, `balances` in wei by 20-byte address."""

    chain_id: int
    timestamp: int
    balances: Mapping[bytes, int]
    gas_limit: int = GAS_LIMIT

    def save(self, path: Path) -> None:
        """Writes the genesis file."""
        document = {
            "config": {"chainId": self.chain_id, **dict.fromkeys(_FORKS, 0)},
            "timestamp": hex(self.timestamp),
            "gasLimit": hex(self.gas_limit),
            "difficulty": "0x1",
            "alloc": {f"0x{address.hex()}": {"balance": hex(wei)} for address, wei in self.balances.items()},
        }
        path.write_text(json.dumps(document, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> Genesis:
        """Reads a genesis file. Forks are not looked at: this chain knows London only. Raises MalformedInput."""
        try:
            document = json.loads(path.read_text())
            return cls(
                chain_id=int(document["config"]["chainId"]),
                timestamp=int(document["timestamp"], 16),
                balances={
                    bytes.fromhex(address.removeprefix("0x")): int(entry["balance"], 16)
                    for address, entry in document["alloc"].items()
                },
                gas_limit=int(document["gasLimit"], 16),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedInput(
                f"{path} is no genesis file: {type(error).__name__}: {error}",
                code="bad-genesis",
                culprit="local",
                hint="Use one that `assay devnet up` wrote.",
            ) from error
