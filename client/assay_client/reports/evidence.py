"""The evidence of a report, checked: transactions with their signers, and the events of the network's contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay_chain import artifacts
from eth_utils.abi import event_abi_to_log_topic
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3

from . import encoding
from .encoding import Log, Mismatch, Transaction

if TYPE_CHECKING:
    from web3.contract import Contract


@dataclass(frozen=True)
class Event:
    """An event of one of the network's contracts.

    Attributes:
        contract: the contract's name.
        name: the event's.
        args: its values by parameter.
        entry: the transaction that emitted it.
    """

    contract: str
    name: str
    args: Mapping[str, Any]
    entry: Entry


@dataclass(frozen=True)
class Call:
    """A call of one of the network's contracts, by whoever signed the transaction.

    Attributes:
        contract: the contract's name.
        name: the function's.
        args: its values by parameter; structs are tuples.
    """

    contract: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One transaction of the evidence.

    Attributes:
        block: number of its block.
        transaction: it.
        call: what it calls, if it goes to one of the contracts directly.
        events: what it caused, in its order.
    """

    block: int
    transaction: Transaction
    call: Call | None
    events: list[Event]


class Contracts:
    """The network's contracts, for reading calls and events without a chain."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Contracts by name; names that this release does not know are left out."""
        self.addresses = addresses

    def call(self, transaction: Transaction) -> Call | None:
        """What a transaction calls; None if it is not for one of the contracts."""
        name = self._names.get(transaction.to or "")
        if name is None:
            return None
        try:
            function, args = self._contracts[name].decode_function_input(transaction.data)
        except ValueError:
            return None
        return Call(name, function.fn_name, {parameter: _plain(value) for parameter, value in args.items()})

    def event(self, log: Log, entry: Entry) -> Event | None:
        """What a log says; None if it is not of one of the contracts."""
        name = self._names.get(log.address)
        event = self._events.get((name, log.topics[0])) if name and log.topics else None
        if name is None or event is None:
            return None
        record = {
            "address": log.address,
            "topics": [HexBytes(topic) for topic in log.topics],
            "data": HexBytes(log.data),
            "blockHash": HexBytes(bytes(32)),
            "blockNumber": entry.block,
            "logIndex": 0,
            "transactionHash": HexBytes(entry.transaction.hash),
            "transactionIndex": 0,
        }
        found = event.process_log(record)
        return Event(name, found["event"], found["args"], entry)

    @cached_property
    def _contracts(self) -> dict[str, Contract]:
        w3 = Web3()
        known = {name: address for name, address in self.addresses.items() if name in artifacts.names()}
        return {
            name: w3.eth.contract(address=w3.to_checksum_address(address), abi=artifacts.load(name).abi)
            for name, address in known.items()
        }

    @cached_property
    def _names(self) -> dict[str, str]:
        return {contract.address: name for name, contract in self._contracts.items()}

    @cached_property
    def _events(self) -> dict[tuple[str, bytes], Any]:
        return {
            (name, event_abi_to_log_topic(item)): contract.events[item["name"]]()
            for name, contract in self._contracts.items()
            for item in contract.abi
            if item["type"] == "event"
        }


@dataclass(frozen=True)
class Evidence:
    """Everything that a report proves.

    Attributes:
        entries: its transactions, oldest first.
        hashes: of their blocks, by number.
        headless: blocks without a header: their hashes prove nothing of what is in them.
    """

    entries: list[Entry]
    hashes: dict[int, bytes]
    headless: list[int]

    @property
    def events(self) -> list[Event]:
        """Every event, oldest first."""
        return [event for entry in self.entries for event in entry.events]


def read(report: Mapping[str, Any]) -> Evidence:
    """Check and read the evidence of a report.

    Raises:
        Mismatch: a header has another hash, a block has no such transaction or receipt, or one of them failed, is
            malformed, unsigned or for another chain.
    """
    contracts = Contracts(report["contracts"])
    entries: list[Entry] = []
    hashes: dict[int, bytes] = {}
    headless = []
    for part in sorted(report["evidence"], key=lambda part: int(part["block"])):
        number, raw = part["block"], part["header"]
        hashes[number] = _bytes(part["hash"])
        header = None
        if raw is None:
            headless.append(number)
        else:
            header = encoding.decode_header(_bytes(raw))
            if keccak(_bytes(raw)) != hashes[number] or header.number != number:
                raise Mismatch(f"the header of block {number} has another hash or number")
        for item in sorted(part["transactions"], key=lambda item: int(item["index"])):
            entries.append(_entry(contracts, report["chain_id"], number, header, item))
    return Evidence(entries, hashes, headless)


def _entry(
    contracts: Contracts, chain_id: int, number: int, header: encoding.Header | None, item: Mapping[str, Any]
) -> Entry:
    index, raw, receipt = item["index"], _bytes(item["raw"]), _bytes(item["receipt"])
    if header is not None:
        for root, bytes_, proof in (
            (header.transactions_root, raw, item["proof"]),
            (header.receipts_root, receipt, item["receipt_proof"]),
        ):
            if encoding.proven(root, index, [_bytes(node) for node in proof]) != bytes_:
                raise Mismatch(f"block {number} has something else at index {index}")
    transaction = encoding.decode_transaction(raw)
    if transaction.chain_id not in (None, chain_id):
        raise Mismatch(f"a transaction in block {number} is for chain {transaction.chain_id}")
    succeeded, logs = encoding.decode_receipt(receipt)
    if not succeeded:
        raise Mismatch(f"a transaction in block {number} failed")
    entry = Entry(number, transaction, contracts.call(transaction), [])
    entry.events.extend(event for log in logs if (event := contracts.event(log, entry)) is not None)
    return entry


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(map(_plain, value.values()))
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
