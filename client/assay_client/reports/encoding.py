"""Headers, transactions and receipts as Ethereum hashes them, from a node's JSON and back. Legacy to EIP-1559."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rlp  # type: ignore[import-untyped]
from assay_chain.errors import MalformedInput
from assay_chain.gateway import rawtx
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from trie.exceptions import BadTrieProof
from trie.hexary import HexaryTrie

_HEADER: Final = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty#", "number#", "gasLimit#", "gasUsed#", "timestamp#", "extraData", "mixHash", "nonce"),
)
_LATER: Final = (
    *("baseFeePerGas#", "withdrawalsRoot", "blobGasUsed#", "excessBlobGas#", "parentBeaconBlockRoot", "requestsHash"),
)
"""Fields that forks after Berlin appended; `#` marks numbers."""
_FEES: Final = {
    0: ("nonce#", "gasPrice#", "gas#", "to", "value#", "input"),
    1: ("chainId#", "nonce#", "gasPrice#", "gas#", "to", "value#", "input"),
    2: ("chainId#", "nonce#", "maxPriorityFeePerGas#", "maxFeePerGas#", "gas#", "to", "value#", "input"),
}
_TRANSACTIONS_ROOT: Final = 4
_RECEIPTS_ROOT: Final = 5
_NUMBER: Final = 8


class Mismatch(ValueError):
    """Bytes that are not what they should be; the text says which."""


@dataclass(frozen=True)
class Transaction:
    """A signed transaction.

    Attributes:
        hash: its hash.
        sender: who signed it, checksummed.
        to: the contract called, checksummed; None for a deployment.
        data: the call.
        chain_id: of the chain that it is for; None for one that is for any.
    """

    hash: bytes
    sender: str
    to: str | None
    data: bytes
    chain_id: int | None


@dataclass(frozen=True)
class Log:
    """An event as a receipt has it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Header:
    """The part of a block's header that proofs need."""

    number: int
    transactions_root: bytes
    receipts_root: bytes


def encode_header(block: Mapping[str, Any]) -> bytes:
    """The header of a node's block.

    Raises:
        Mismatch: its hash is not the block's: a BFT client hashes its headers without their seals.
    """
    names = [*_HEADER, *(name for name in _LATER if name.rstrip("#") in block)]
    header = rlp.encode([_field(block, name) for name in names])
    if keccak(header) != _bytes(block["hash"]):
        raise Mismatch("the block's hash is not that of its plain header")
    return bytes(header)


def encode_transaction(transaction: Mapping[str, Any]) -> bytes:
    """The signed transaction of a node's JSON.

    Raises:
        Mismatch: its hash is another, or its type is unknown.
    """
    kind = _number(transaction.get("type", "0x0"))
    if kind not in _FEES:
        raise Mismatch(f"a transaction has the unknown type {kind}")
    fields: list[Any] = [_field(transaction, name) for name in _FEES[kind]]
    if kind:
        access = transaction.get("accessList") or []
        fields.append([[_bytes(entry["address"]), [_bytes(key) for key in entry["storageKeys"]]] for entry in access])
    fields += [_field(transaction, name) for name in ("v#", "r#", "s#")]
    raw = _typed(kind, rlp.encode(fields))
    if keccak(raw) != _bytes(transaction["hash"]):
        raise Mismatch("a transaction's hash is not that of its fields")
    return raw


def encode_receipt(receipt: Mapping[str, Any]) -> bytes:
    """The receipt of a node's JSON."""
    logs = [
        [_bytes(log["address"]), [_bytes(topic) for topic in log["topics"]], _bytes(log["data"])]
        for log in receipt["logs"]
    ]
    fields = [_field(receipt, "status#"), _field(receipt, "cumulativeGasUsed#"), _bytes(receipt["logsBloom"]), logs]
    return _typed(_number(receipt.get("type", "0x0")), rlp.encode(fields))


def decode_header(raw: bytes) -> Header:
    """Read a header; raises Mismatch for what is none."""
    fields = _list(raw, "header", len(_HEADER))
    return Header(int.from_bytes(fields[_NUMBER], "big"), fields[_TRANSACTIONS_ROOT], fields[_RECEIPTS_ROOT])


def decode_transaction(raw: bytes) -> Transaction:
    """Read a signed transaction and recover who signed it; raises Mismatch for what is none."""
    try:
        found = rawtx.decode(raw.hex())
        sender = found.sender()
    except MalformedInput as error:
        raise Mismatch(error.message) from error
    return Transaction(bytes.fromhex(found.hash[2:]), sender, found.to, found.data, found.chain_id)


def decode_receipt(raw: bytes) -> tuple[bool, list[Log]]:
    """Whether the transaction succeeded, and its events; raises Mismatch for what is no receipt."""
    status, _, _, logs = _list(raw[1:] if raw and raw[0] < 0xC0 else raw, "receipt", 4)[:4]
    return status == b"\x01", [
        Log(to_checksum_address(address), tuple(map(bytes, topics)), bytes(data)) for address, topics, data in logs
    ]


def prove(items: Sequence[bytes], index: int, root: bytes) -> list[bytes]:
    """The nodes of a block's trie that lead to one of its transactions or receipts.

    Raises:
        Mismatch: the items are not those of the root.
    """
    trie = HexaryTrie(db={})
    for number, item in enumerate(items):
        trie[rlp.encode(number)] = item
    if trie.root_hash != root:
        raise Mismatch("a block's transactions or receipts are not those of its header")
    nodes = trie.get_proof(rlp.encode(index))  # type: ignore[no-untyped-call]
    return [bytes(rlp.encode(node)) for node in nodes]


def proven(root: bytes, index: int, nodes: Sequence[bytes]) -> bytes:
    """What a trie has at an index; raises Mismatch when the nodes do not prove it."""
    try:
        decoded = [rlp.decode(node) for node in nodes]
        found = HexaryTrie.get_from_proof(root, rlp.encode(index), decoded)  # type: ignore[no-untyped-call]
    except (BadTrieProof, rlp.DecodingError, ValueError, KeyError) as error:
        raise Mismatch("a proof of inclusion does not hold") from error
    return bytes(found)


def _typed(kind: int, payload: bytes) -> bytes:
    return bytes([kind]) + payload if kind else bytes(payload)


def _list(raw: bytes, what: str, least: int) -> list[Any]:
    try:
        fields = rlp.decode(raw)
    except (rlp.DecodingError, TypeError) as error:
        raise Mismatch(f"a {what} is malformed") from error
    if not isinstance(fields, list) or len(fields) < least:
        raise Mismatch(f"a {what} is malformed")
    return fields


def _field(record: Mapping[str, Any], name: str) -> bytes:
    if not name.endswith("#"):
        return _bytes(record.get(name) or "0x")
    number = _number(record[name[:-1]])
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _number(text: str) -> int:
    return int(text, 16)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
