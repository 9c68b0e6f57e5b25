"""Contracts by their ABI: `board.commit(1, digest, sender=oracle)`, views answer decoded values, structs are tuples
with names, custom errors are exceptions."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_utils import keccak

from tests.contracts.harness.evm import CallError, Evm, Log

Abi = Sequence[Mapping[str, Any]]


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


@dataclass(frozen=True)
class Receipt:
    """What a transaction returned and logged."""

    value: Any
    events: tuple[Event, ...]

    def only(self, name: str) -> Mapping[str, Any]:
        """The arguments of the one event of this name."""
        (event,) = [event for event in self.events if event.name == name]
        return event.args

    def all(self, name: str) -> list[Mapping[str, Any]]:
        """The arguments of every event of this name, in order."""
        return [event.args for event in self.events if event.name == name]


class Registry:
    """Every error and event that the contracts under test can raise or log."""

    def __init__(self) -> None:
        self._errors: dict[bytes, tuple[str, list[Mapping[str, Any]]]] = {}
        self._events: dict[bytes, Mapping[str, Any]] = {}
        self.names: dict[str, str] = {}
        for name, kind in (("Error", "string"), ("Panic", "uint256")):
            self.learn([{"type": "error", "name": name, "inputs": [{"name": "", "type": kind}]}])

    def learn(self, abi: Abi) -> None:
        """Adds a contract's errors and events."""
        for item in abi:
            if item["type"] == "error":
                self._errors[_selector(item)] = (item["name"], item["inputs"])
            elif item["type"] == "event":
                self._events[keccak(text=_signature(item))] = item

    def error(self, data: bytes) -> RevertedError:
        """The exception that a revert's data stands for."""
        if not data:
            return RevertedError("Empty", ())
        name, inputs = self._errors[data[:4]]
        return RevertedError(name, _decode(inputs, data[4:]))

    def event(self, log: Log) -> Event:
        """A decoded log."""
        item = self._events[log.topics[0]]
        plain = iter(_decode([each for each in item["inputs"] if not each["indexed"]], log.data))
        topics = iter(log.topics[1:])
        args = {
            each["name"]: _decode([each], next(topics))[0] if each["indexed"] else next(plain)
            for each in item["inputs"]
        }
        return Event(self.names.get(log.address, log.address), item["name"], args)


class Contract:
    """One deployed contract; every function of its ABI is a method with a `sender` keyword."""

    def __init__(self, evm: Evm, registry: Registry, name: str, address: str, abi: Abi) -> None:
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


def encode_arguments(inputs: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> bytes:
    """ABI-encodes arguments."""
    return encode([_type(each) for each in inputs], values)


def function_data(abi: Abi, name: str, *values: Any) -> bytes:
    """The calldata of one call."""
    (item,) = [each for each in abi if each["type"] == "function" and each["name"] == name]
    return _selector(item) + encode_arguments(item["inputs"], values)


def _method(evm: Evm, registry: Registry, address: str, item: Mapping[str, Any]) -> Callable[..., Any]:
    selector, types = _selector(item), [_type(each) for each in item["inputs"]]
    static = item["stateMutability"] in ("view", "pure")
    outputs = item["outputs"]

    def invoke(*values: Any, sender: Any = "0x" + "00" * 20) -> Any:
        data = selector + encode(types, values)
        try:
            output = evm.call(str(sender), address, data, static=static)
        except CallError as failure:
            raise registry.error(failure.data) from failure
        decoded = _decode(outputs, output)
        value = decoded[0] if len(decoded) == 1 else decoded
        return value if static else Receipt(value, tuple(registry.event(log) for log in evm.logs()))

    return invoke


def _decode(outputs: Sequence[Mapping[str, Any]], data: bytes) -> tuple[Any, ...]:
    values = decode([_type(each) for each in outputs], data)
    return tuple(_named(each, value) for each, value in zip(outputs, values, strict=True))


def _named(item: Mapping[str, Any], value: Any) -> Any:
    """Gives structs their field names, at every depth."""
    if not item["type"].startswith("tuple"):
        return value
    if item["type"].endswith("]"):
        inner = {**item, "type": item["type"].rpartition("[")[0]}
        return tuple(_named(inner, each) for each in value)
    fields = item["components"]
    struct = _struct(tuple(each["name"] for each in fields))
    return struct(*(_named(each, part) for each, part in zip(fields, value, strict=True)))


_STRUCTS: dict[tuple[str, ...], Any] = {}


def _struct(names: tuple[str, ...]) -> Any:
    if names not in _STRUCTS:
        _STRUCTS[names] = namedtuple("Struct", names)
    return _STRUCTS[names]


def _type(item: Mapping[str, Any]) -> str:
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type(each) for each in item["components"]) + ")" + kind.removeprefix("tuple")


def _signature(item: Mapping[str, Any]) -> str:
    return f"{item['name']}({','.join(_type(each) for each in item['inputs'])})"


def _selector(item: Mapping[str, Any]) -> bytes:
    return keccak(text=_signature(item))[:4]


def _plain(values: Sequence[Any]) -> list[Any]:
    """Addresses compare without regard to case."""
    return [str(value).lower() if isinstance(value, str) or hasattr(value, "key") else value for value in values]
