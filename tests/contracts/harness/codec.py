"""ABI encoding and decoding by ABI items; structs come out as tuples with names.

Calls whose arguments and results are plain words, which are most calls of a long fuzz, skip the general codec: it would
take fifteen times as long as the EVM.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils import keccak

Item = Mapping[str, Any]
Items = Sequence[Item]

_READ: dict[str, Callable[[bytes], Any]] = {
    "address": lambda word: "0x" + word[12:].hex(),
    "bool": lambda word: word[31] == 1,
    "bytes32": bytes,
}
_WRITE: dict[str, Callable[[Any], bytes]] = {
    "address": lambda value: bytes(12) + bytes.fromhex(value[2:]),
    "bool": lambda value: bytes(31) + bytes([value]),
    "bytes32": bytes,
}
for _bits in range(8, 257, 8):
    _READ[f"uint{_bits}"] = lambda word: int.from_bytes(word, "big")
    _WRITE[f"uint{_bits}"] = lambda value: int(value).to_bytes(32, "big")
_STRUCTS: dict[tuple[str, ...], Any] = {}


def selector(item: Item) -> bytes:
    """The first four bytes of a call or an error."""
    return keccak(text=signature(item))[:4]


def signature(item: Item) -> str:
    """Name and types, as they are hashed."""
    return f"{item['name']}({','.join(_type(each) for each in item['inputs'])})"


def encoder(inputs: Items) -> Callable[[Sequence[Any]], bytes]:
    """What encodes arguments of these types."""
    types = [_type(each) for each in inputs]
    if not all(kind in _WRITE for kind in types):
        return lambda values: encode(types, values)
    writers = [_WRITE[kind] for kind in types]
    return lambda values: b"".join(write(value) for write, value in zip(writers, values, strict=True))


def decoder(outputs: Items) -> Callable[[bytes], tuple[Any, ...]]:
    """What decodes results of these types."""
    flat = [each for item in outputs for each in (item["components"] if item["type"] == "tuple" else [item])]
    if not all(each["type"] in _READ for each in flat):
        types = [_type(each) for each in outputs]
        return lambda data: tuple(map(_named, outputs, decode(types, data)))
    readers = [_READ[each["type"]] for each in flat]

    def read(data: bytes) -> tuple[Any, ...]:
        assert len(data) == 32 * len(readers)
        words = iter([reader(data[32 * i : 32 * i + 32]) for i, reader in enumerate(readers)])
        return tuple(
            _struct(item)(*(next(words) for _ in item["components"])) if item["type"] == "tuple" else next(words)
            for item in outputs
        )

    return read


def _named(item: Item, value: Any) -> Any:
    """Gives structs their field names, at every depth."""
    if not item["type"].startswith("tuple"):
        return value
    if item["type"].endswith("]"):
        inner = {**item, "type": item["type"].rpartition("[")[0]}
        return tuple(_named(inner, each) for each in value)
    return _struct(item)(*map(_named, item["components"], value))


def _struct(item: Item) -> Any:
    names = tuple(each["name"] for each in item["components"])
    if names not in _STRUCTS:
        _STRUCTS[names] = namedtuple("Struct", names)
    return _STRUCTS[names]


def _type(item: Item) -> str:
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type(each) for each in item["components"]) + ")" + kind.removeprefix("tuple")
