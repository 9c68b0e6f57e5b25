"""What calls and events of the network's contracts are, by their ABIs: names, and where an audit's id is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from eth_utils.abi import event_abi_to_log_topic, function_abi_to_4byte_selector

from assay_chain import artifacts
from assay_chain.addressbook import AddressBook

_AUDIT_ID: Final = "auditId"
_WORD: Final = 32
_ONE_WORD: Final = ("address", "bool", "bytes32", "uint8", "uint32", "uint96", "uint256")


@dataclass(frozen=True)
class Function:
    """A function of a contract: its name, whether it changes state, and at which parameter it takes an audit's id."""

    name: str
    writes: bool
    audit_at: int | None


class Abis:
    """The network's contracts by address and selector."""

    def __init__(self, book: AddressBook) -> None:
        """Take the addresses from the book."""
        self.names: Mapping[str, str] = {address.lower(): name for name, address in book.contracts.items()}
        self._functions: dict[tuple[str, bytes], Function] = {}
        self._events: dict[tuple[str, str], int] = {}
        for name in book.contracts:
            abi = cast("list[Any]", artifacts.load(name).abi)
            for entry in (item for item in abi if item["type"] == "function"):
                self._functions[name, function_abi_to_4byte_selector(entry)] = _function(entry)
            for entry in (item for item in abi if item["type"] == "event"):
                indexed = [item["name"] for item in entry["inputs"] if item["indexed"]]
                if _AUDIT_ID in indexed:
                    topic = f"0x{event_abi_to_log_topic(entry).hex()}"
                    self._events[name, topic] = 1 + indexed.index(_AUDIT_ID)

    def function(self, contract: str, data: bytes) -> Function | None:
        """The function that a call's data names; None for one that the contract does not have."""
        return self._functions.get((contract, data[:4]))

    def named(self, contract: str, name: str) -> Function:
        """The function of that name."""
        (found,) = {each for (of, _), each in self._functions.items() if (of, each.name) == (contract, name)}
        return found

    def audit_of_call(self, contract: str, data: bytes) -> int | None:
        """The audit that a call is about, if it is about one."""
        function = self.function(contract, data)
        if function is None or function.audit_at is None:
            return None
        start = 4 + _WORD * function.audit_at
        return int.from_bytes(data[start : start + _WORD], "big")

    def audit_of_log(self, log: Mapping[str, Any]) -> int | None:
        """The audit that a JSON-RPC log is about, if it is about one."""
        name, topics = self.names.get(str(log["address"]).lower()), log["topics"]
        place = self._events.get((name, topics[0])) if name is not None and topics else None
        return None if place is None else int(topics[place], 16)


def _function(entry: dict[str, Any]) -> Function:
    names = [item["name"] for item in entry["inputs"]]
    at = names.index(_AUDIT_ID) if _AUDIT_ID in names else None
    # Then its place in the data is its place among the parameters.
    assert all(item["type"] in _ONE_WORD for item in entry["inputs"][:at]) or at is None, "one word each before it"
    return Function(entry["name"], entry["stateMutability"] not in ("view", "pure"), at)
