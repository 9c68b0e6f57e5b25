"""The hex forms of Ethereum JSON-RPC: quantities, data, addresses, block references, calls and log filters.

Parsers take a JSON value and raise ValueError with geth's wording; the dispatcher adds which argument it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]*)\Z")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*\Z")
_TAGS = frozenset({"earliest", "latest", "pending", "safe", "finalized"})
_UINT64 = 1 << 64
_UINT256 = 1 << 256


def quantity(number: int) -> str:
    """A quantity: hex without leading zeros."""
    return hex(number)


def data(value: bytes) -> str:
    """Unformatted data: two hex digits a byte."""
    return "0x" + value.hex()


def word(number: int) -> str:
    """A 32-byte word."""
    return f"0x{number:064x}"


def parse_quantity(value: object, limit: int = _UINT256) -> int:
    """A quantity below `limit`."""
    text = _text(value)
    if not _QUANTITY.match(text):
        if re.match(r"0x0[0-9a-fA-F]", text):
            raise ValueError("hex number with leading zero digits")
        raise ValueError("hex string without 0x prefix" if not text.startswith("0x") else "invalid hex number")
    if len(text) > 66 or (number := int(text, 16)) >= limit:
        raise ValueError(f"hex number > {limit.bit_length() - 1} bits")
    return number


def parse_uint64(value: object) -> int:
    """A quantity of at most 64 bits."""
    return parse_quantity(value, _UINT64)


def parse_data(value: object) -> bytes:
    """Data of any length."""
    text = _text(value)
    if not _DATA.match(text):
        raise ValueError("hex string without 0x prefix" if not text.startswith("0x") else "invalid hex string")
    return bytes.fromhex(text[2:])


def parse_address(value: object) -> bytes:
    """A 20-byte address, any case."""
    return _sized(value, 20, "address")


def parse_hash(value: object) -> bytes:
    """A 32-byte hash."""
    return _sized(value, 32, "hash")


def parse_slot(value: object) -> int:
    """A storage position: up to 32 bytes, leading zeros allowed."""
    text = _text(value)
    if not re.match(r"0x[0-9a-fA-F]{1,64}\Z", text):
        raise ValueError("invalid storage position: wants 0x and at most 64 hex digits")
    return int(text, 16)


def parse_flag(value: object) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise ValueError("wants a boolean")
    return value


BlockRef = int | bytes | str
"""A block number, a block hash, or one of the tags earliest, latest, pending, safe, finalized."""


def parse_block(value: object) -> BlockRef:
    """A block number or tag, or an object with `blockNumber` or `blockHash` (EIP-1898)."""
    if isinstance(value, Mapping):
        if "blockHash" in value and "blockNumber" not in value:
            return parse_hash(value["blockHash"])
        if "blockNumber" in value and "blockHash" not in value:
            return parse_block_number(value["blockNumber"])
        raise ValueError("wants exactly one of blockNumber and blockHash")
    if isinstance(value, str) and len(value) == 66:
        return parse_hash(value)
    return parse_block_number(value)


def parse_block_number(value: object) -> int | str:
    """A block number or tag."""
    if isinstance(value, str) and value in _TAGS:
        return value
    return parse_uint64(value)


@dataclass(frozen=True)
class Call:
    """An unsigned message: `to` is empty for a deployment; `gas` None asks for as much as a block holds.

    `sender`, `access_list`, `max_fee_per_gas` and `max_priority_fee_per_gas` carry py-evm's names: its executor
    reads them.
    """

    sender: bytes
    to: bytes
    value: int
    data: bytes
    gas: int | None
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...]


_CALL_FIELDS = frozenset(
    {
        *(
            "from",
            "to",
            "value",
            "data",
            "input",
            "gas",
            "gasPrice",
            "maxFeePerGas",
            "maxPriorityFeePerGas",
            "accessList",
        ),
        *("nonce", "chainId", "type"),
    }
)


def parse_call(value: object) -> Call:
    """The transaction object of `eth_call` and `eth_estimateGas`. `nonce`, `chainId` and `type` change nothing."""
    if not isinstance(value, Mapping):
        raise ValueError("wants an object")
    if unknown := set(value) - _CALL_FIELDS:
        raise ValueError(f"unknown field {sorted(map(str, unknown))[0]!r}")
    fields = {name: item for name, item in value.items() if item is not None}
    payload = parse_data(fields.get("input", fields.get("data", "0x")))
    if "input" in fields and "data" in fields and parse_data(fields["data"]) != payload:
        raise ValueError('both "data" and "input" are set and not equal. Please use "input" to pass transaction data')
    if "gasPrice" in fields and ("maxFeePerGas" in fields or "maxPriorityFeePerGas" in fields):
        raise ValueError("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
    fee = parse_quantity(fields.get("gasPrice", fields.get("maxFeePerGas", "0x0")))
    return Call(
        sender=parse_address(fields.get("from", "0x" + "00" * 20)),
        to=parse_address(fields["to"]) if "to" in fields else b"",
        value=parse_quantity(fields.get("value", "0x0")),
        data=payload,
        gas=parse_uint64(fields["gas"]) if "gas" in fields else None,
        max_fee_per_gas=fee,
        max_priority_fee_per_gas=parse_quantity(fields.get("maxPriorityFeePerGas", hex(fee))),
        access_list=tuple(_parse_access(item) for item in _sequence(fields.get("accessList", []))),
    )


@dataclass(frozen=True)
class LogQuery:
    """Which logs are wanted. Empty `addresses`, and an empty set at a topic's position, match anything."""

    from_block: int | str
    to_block: int | str
    block_hash: bytes | None
    addresses: frozenset[str]
    topics: tuple[frozenset[str], ...]

    def matches(self, log: Mapping[str, object]) -> bool:
        """Whether a log (in its JSON form) is wanted."""
        topics = log["topics"]
        assert isinstance(topics, list)
        return (
            (not self.addresses or log["address"] in self.addresses)
            and len(self.topics) <= len(topics)
            and all(not wanted or topic in wanted for wanted, topic in zip(self.topics, topics, strict=False))
        )


def parse_log_query(value: object) -> LogQuery:
    """The filter object of `eth_getLogs` and `eth_newFilter`."""
    if not isinstance(value, Mapping):
        raise ValueError("wants an object")
    fields = {name: item for name, item in value.items() if item is not None}
    if "blockHash" in fields and ("fromBlock" in fields or "toBlock" in fields):
        raise ValueError("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
    addresses = fields.get("address", [])
    topics = _sequence(fields.get("topics", []))
    if len(topics) > 4:
        raise ValueError("exceed max topics")
    return LogQuery(
        from_block=parse_block_number(fields.get("fromBlock", "latest")),
        to_block=parse_block_number(fields.get("toBlock", "latest")),
        block_hash=parse_hash(fields["blockHash"]) if "blockHash" in fields else None,
        addresses=frozenset(
            data(parse_address(item)) for item in ([addresses] if isinstance(addresses, str) else _sequence(addresses))
        ),
        topics=tuple(_parse_topic(item) for item in topics),
    )


def _parse_topic(value: object) -> frozenset[str]:
    if value is None:
        return frozenset()
    options = [value] if isinstance(value, str) else _sequence(value)
    if None in options:
        return frozenset()
    return frozenset(data(parse_hash(item)) for item in options)


def _parse_access(value: object) -> tuple[bytes, tuple[int, ...]]:
    if not isinstance(value, Mapping) or set(value) != {"address", "storageKeys"}:
        raise ValueError("an access list holds objects with address and storageKeys")
    slots = tuple(int.from_bytes(parse_hash(key)) for key in _sequence(value["storageKeys"]))
    return parse_address(value["address"]), slots


def _sized(value: object, size: int, name: str) -> bytes:
    payload = parse_data(value)
    if len(payload) != size:
        raise ValueError(f"hex string has length {2 * len(payload)}, want {2 * size} for {name}")
    return payload


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("wants a hex string")
    return value


def _sequence(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("wants an array")
    return value
