"""Contracts by their ABI: `board.commit(1, digest, sender=oracle)`, views answer decoded values, structs are tuples
with names, custom errors are exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_utils import keccak

from tests.contracts.harness.accounts import ZERO
from tests.contracts.harness.codec import Item, Items, decoder, encoder, selector, signature
from tests.contracts.harness.evm import CallError, Evm, Log


class RevertedError(Exception):
    """A contract refused with a custom error (or `Error`, `Panic`, `Empty`)."""

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        super().__init__(f"{name}{args}")
        self.name = name
        self.values = args


@dataclass(frozen=True)
class Event:
    """A decoded event."""

    contract: str
    name: str
    args: Mapping[str, Any]


class Receipt:
    """What a transaction returned and logged."""

    def __init__(self, value: Any, logs: Sequence[Log], registry: Registry) -> None:
        self.value = value
        self._logs = logs
        self._registry = registry

    @property
    def events(self) -> list[Event]:
        """The decoded events, in order."""
        return [self._registry.event(log) for log in self._logs]

    def all(self, name: str) -> list[Mapping[str, Any]]:
        """The arguments of every event of this name, in order."""
        return [event.args for event in self.events if event.name == name]

    def only(self, name: str) -> Mapping[str, Any]:
        """The arguments of the one event of this name."""
        (args,) = self.all(name)
        return args


class Registry:
    """Every error and event that the contracts under test can raise or log."""

    def __init__(self) -> None:
        self._errors: dict[bytes, tuple[str, list[Mapping[str, Any]]]] = {}
        self._events: dict[bytes, Mapping[str, Any]] = {}
        self.names: dict[str, str] = {}
        for name, kind in (("Error", "string"), ("Panic", "uint256")):
            self.learn([{"type": "error", "name": name, "inputs": [{"name": "", "type": kind}]}])

    def learn(self, abi: Items) -> None:
        """Adds a contract's errors and events."""
        for item in abi:
            if item["type"] == "error":
                self._errors[selector(item)] = (item["name"], item["inputs"])
            elif item["type"] == "event":
                self._events[keccak(text=signature(item))] = item

    def error(self, data: bytes) -> RevertedError:
        """The exception that a revert's data stands for."""
        if not data:
            return RevertedError("Empty", ())
        name, inputs = self._errors[data[:4]]
        return RevertedError(name, decoder(inputs)(data[4:]))

    def event(self, log: Log) -> Event:
        """A decoded log."""
        item = self._events[log.topics[0]]
        plain = iter(decoder([each for each in item["inputs"] if not each["indexed"]])(log.data))
        topics = iter(log.topics[1:])
        args = {
            each["name"]: decoder([each])(next(topics))[0] if each["indexed"] else next(plain)
            for each in item["inputs"]
        }
        return Event(self.names.get(log.address, log.address), item["name"], args)


class Contract:
    """One deployed contract; every function of its ABI is a method with a `sender` keyword."""

    def __init__(self, evm: Evm, registry: Registry, name: str, address: str, abi: Items) -> None:
        self.address = address
        self.abi = abi
        registry.learn(abi)
        registry.names[address] = name
        for item in abi:
            if item["type"] == "function":
                setattr(self, item["name"], _method(evm, registry, address, item))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(f"no contract function {name}")


@contextmanager
def refuses(name: str, *values: Any) -> Iterator[None]:
    """Expects exactly this custom error, with exactly these values when any are given."""
    with pytest.raises(RevertedError) as info:
        yield
    wanted = (name, _plain(values)) if values else name
    got = (info.value.name, _plain(info.value.values)) if values else info.value.name
    assert got == wanted


def outcome(call: Callable[[], Any]) -> str:
    """The name of the error that a call reverts with, or "fine"."""
    try:
        call()
    except RevertedError as error:
        return error.name
    return "fine"


def function_data(abi: Items, name: str, *values: Any) -> bytes:
    """The calldata of one call."""
    (item,) = [each for each in abi if each["type"] == "function" and each["name"] == name]
    return selector(item) + encoder(item["inputs"])(values)


def _method(evm: Evm, registry: Registry, address: str, item: Item) -> Callable[..., Any]:
    start, encode, decode = selector(item), encoder(item["inputs"]), decoder(item["outputs"])
    static = item["stateMutability"] in ("view", "pure")

    def invoke(*values: Any, sender: Any = ZERO) -> Any:
        try:
            output = evm.call(str(sender), address, start + encode(values), static=static)
        except CallError as failure:
            raise registry.error(failure.data) from failure
        decoded = decode(output)
        value = decoded[0] if len(decoded) == 1 else decoded
        return value if static else Receipt(value, evm.logs(), registry)

    invoke.__name__ = item["name"]
    return invoke


def _plain(values: Sequence[Any]) -> list[Any]:
    """Addresses compare without regard to case."""
    return [str(value).lower() if isinstance(value, str) or hasattr(value, "key") else value for value in values]
