"""Reading events in short ranges of blocks, so that no node has to answer more than it likes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from web3.logs import DISCARD

from assay_chain.node_errors import translated

if TYPE_CHECKING:
    from web3.contract import Contract
    from web3.contract.contract import ContractEvent
    from web3.types import EventData, TxReceipt

RANGE_BLOCKS: Final = 1000
"""Blocks a request; permissioned clients commonly allow 5,000."""


def fetch(
    event: ContractEvent, from_block: int, to_block: int, filters: Mapping[str, Any] | None = None
) -> list[EventData]:
    """Every such event of its contract, oldest first.

    Args:
        event: of a contract, such as ``contract.events.Opened``.
        from_block: first block.
        to_block: last block, included.
        filters: wanted values of event parameters.

    Raises:
        PeerUnreachable: the node does not answer.
        Refused: the node does not allow it.
    """
    found: list[EventData] = []
    for start in range(from_block, to_block + 1, RANGE_BLOCKS):
        end = min(start + RANGE_BLOCKS - 1, to_block)
        with translated():
            found += event.get_logs(argument_filters=dict(filters or {}), from_block=start, to_block=end)
    return found


def of(contract: Contract) -> list[ContractEvent]:
    """Every event that a contract can emit."""
    return [contract.events[item["name"]] for item in contract.abi if item["type"] == "event"]


def in_receipt(event: ContractEvent, receipt: TxReceipt) -> list[EventData]:
    """Every such event that its contract emitted in one transaction."""
    return [entry for entry in event.process_receipt(receipt, errors=DISCARD) if entry["address"] == event.address]


def fields(entry: EventData) -> dict[str, Any]:
    """An event's values by name in Python's spelling, with its ``block`` and ``tx_hash``."""
    named = {re.sub("([A-Z])", r"_\1", name).lower(): value for name, value in entry["args"].items()}
    plain = {name: bytes(value) if isinstance(value, bytes) else value for name, value in named.items()}
    return {**plain, "block": entry["blockNumber"], "tx_hash": bytes(entry["transactionHash"])}
