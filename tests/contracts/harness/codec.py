"""ABI encoding and decoding by ABI items; structs come out as tuples with names.

Arguments are encoded here, and results that are plain words decoded: the general codec would take fifteen times as long
as the EVM, in a long fuzz most of the time.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from eth_abi.abi import decode
from eth_utils import keccak

Item = Mapping[str, Any]
Items = Sequence[Item]
Writer = Callable[[Any], bytes]


def _word(value: int) -> bytes:
    return int(value).to_bytes(32, "big")


_READ: dict[str, Callable[[bytes], Any]] = {
    "address": lambda word: "0x" + word[12:].hex(),
    "bool": lambda word: word[31] == 1,
    "bytes32": bytes,
}
_WRITE: dict[str, Writer] = {
    "address": lambda value: bytes(12) + bytes.fromhex(value[2:]),
    "bool": lambda value: bytes(31) + bytes([value]),
    "bytes": lambda value: _word(len(value)) + value + bytes(-len(value) % 32),
    "string": lambda value: _WRITE["bytes"](value.encode()),
}
for _bits in range(8, 257, 8):
    _READ[f"uint{_bits}"] = lambda word: int.from_bytes(word, "big")
    _WRITE[f"uint{_bits}"] = _word
    _WRITE[f"int{_bits}"] = lambda value: int(value).to_bytes(32, "big", signed=True)
    _WRITE[f"bytes{_bits // 8}"] = lambda value: bytes(value).ljust(32, b"\0")
_STRUCTS: dict[tuple[str, ...], Any] = {}


def selector(item: Item) -> bytes:
    """The first four bytes of a call or an error."""
    return keccak(text=signature(item))[:4]


def signature(item: Item) -> str:
    """Name and types, as they are hashed."""
    return f"{item['name']}({','.join(_type(each) for each in item['inputs'])})"


def encoder(inputs: Items) -> Writer:
    """What encodes arguments of these types."""
    return _fields(inputs)


def decoder(outputs: Items) -> Callable[[bytes], tuple[Any, ...]]:
    """What decodes results of these types."""
    flat = [each for item in outputs for each in (item["components"] if item["type"] == "tuple" else [item])]
    if not all(each["type"] in _READ for each in flat):
        types = [_type(each) for each in outputs]
        return lambda data: tuple(map(_named, outputs, decode(types, data)))
    readers = [(_READ[each["type"]], slice(32 * i, 32 * i + 32)) for i, each in enumerate(flat)]
    shapes = [(_struct(item), len(item["components"])) if item["type"] == "tuple" else None for item in outputs]

    def read(data: bytes) -> tuple[Any, ...]:
        assert len(data) == 32 * len(readers)
        words = iter([reader(data[place]) for reader, place in readers])
        return tuple([shape[0](*islice(words, shape[1])) if shape else next(words) for shape in shapes])

    return read


def _fields(items: Items) -> Writer:
    """What encodes a tuple of these types."""
    writers, moved = [_writer(each) for each in items], [_is_dynamic(each) for each in items]

    def write(values: Sequence[Any]) -> bytes:
        return _joined([writer(value) for writer, value in zip(writers, values, strict=True)], moved)

    return write


def _writer(item: Item) -> Writer:
    """What encodes one value, without the place where a dynamic one begins."""
    kind = str(item["type"])
    if kind.endswith("[]"):
        inner = {**item, "type": kind.removesuffix("[]")}
        write, moved = _writer(inner), _is_dynamic(inner)
        return lambda values: _word(len(values)) + _joined([write(value) for value in values], [moved] * len(values))
    return _fields(item["components"]) if kind == "tuple" else _WRITE[kind]


def _is_dynamic(item: Item) -> bool:
    kind = str(item["type"])
    return kind in ("bytes", "string") or kind.endswith("[]") or any(map(_is_dynamic, item.get("components", ())))


def _joined(parts: Sequence[bytes], moved: Sequence[bool]) -> bytes:
    """The parts in order, the dynamic ones moved behind the others, where a word in their place says."""
    if not any(moved):
        return b"".join(parts)
    heads, tails = [], []
    end = sum(32 if away else len(part) for part, away in zip(parts, moved, strict=True))
    for part, away in zip(parts, moved, strict=True):
        heads.append(_word(end) if away else part)
        if away:
            tails.append(part)
            end += len(part)
    return b"".join(heads + tails)


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
