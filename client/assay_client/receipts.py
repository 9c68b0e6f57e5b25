"""Read receipts: a gateway's signature over what it answered, to whom it can be shown later.

An EIP-712 signature over the request, the block that the answer is as of, the SHA-256 of the answer's body, and the
time. Whoever keeps an answer with its receipt can prove that this gateway gave it; a gateway that shows two members
different states of one block has signed the evidence.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema
from assay_chain.errors import AssayError, MalformedInput
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

BLOCK_HEADER: Final = "Assay-Block"
HEADER: Final = "Assay-Receipt"
_FIELDS: Final = [
    {"name": "request", "type": "string"},
    {"name": "block", "type": "uint256"},
    {"name": "blockHash", "type": "bytes32"},
    {"name": "body", "type": "bytes32"},
    {"name": "time", "type": "uint64"},
]
_FORM: Final = {
    "type": "object",
    "required": ["chain_id", "request", "block", "block_hash", "body", "time", "signer", "signature"],
    "properties": {
        "chain_id": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
        "request": {"type": "string", "maxLength": 8192},
        "block": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
        "block_hash": {"type": "string", "pattern": "^0x[0-9a-f]{64}$"},
        "body": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "time": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
        "signer": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"},
        "signature": {"type": "string", "pattern": "^0x[0-9a-f]{130}$"},
    },
    "additionalProperties": False,
}


class Forged(AssayError):
    """A receipt that does not say what it is said to say."""

    exit_code = 1


@dataclass(frozen=True)
class Receipt:
    """What a gateway signed.

    Attributes:
        chain_id: of the chain.
        request: method, path and query, such as ``GET /api/v1/audits?limit=2``.
        block: number of the block that the answer is as of; `block_hash` its hash, 0x-prefixed.
        body: SHA-256 of the answer's body, hexadecimal.
        time: of the answer, seconds since 1970.
        signer: whose key signed, checksummed; who that is, the gatekeeper says.
        signature: 65 bytes (r | s | v), 0x-prefixed.
    """

    chain_id: int
    request: str
    block: int
    block_hash: str
    body: str
    time: int
    signer: str
    signature: str

    def to_json(self) -> str:
        """The value of the header."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


def sign(
    signer: LocalAccount, *, chain_id: int, request: str, block: int, block_hash: bytes, body: bytes, time: int
) -> Receipt:
    """Sign what is about to be answered; `body` are its bytes."""
    digest = hashlib.sha256(body).hexdigest()
    draft = Receipt(chain_id, request, block, f"0x{block_hash.hex()}", digest, time, signer.address, "0x")
    signature = signer.sign_message(encode_typed_data(full_message=_message(draft))).signature
    return Receipt(**{**asdict(draft), "signature": f"0x{bytes(signature).hex()}"})


def parse(value: str | bytes) -> Receipt:
    """Read the header's value.

    Raises:
        MalformedInput: it is no receipt.
    """
    try:
        fields = json.loads(value)
        jsonschema.validate(fields, _FORM)
    except (ValueError, RecursionError, jsonschema.ValidationError) as error:
        raise _malformed("it is no receipt of a gateway") from error
    return Receipt(**{**fields, "signer": to_checksum_address(fields["signer"])})


def check(receipt: Receipt, body: bytes, signer: str | None) -> None:
    """Check that a receipt is for a body and was signed by the gateway.

    Args:
        receipt: what came with the answer.
        body: the answer's bytes.
        signer: the gateway's address, checksummed; None to learn only that the receipt's own signer signed.

    Raises:
        Forged: the body was changed, the signature is not the signer's, or the signer is another.
    """
    if hashlib.sha256(body).hexdigest() != receipt.body:
        raise _forged("body-changed", "the answer is not the one that the receipt is for")
    try:
        found = Account.recover_message(
            encode_typed_data(full_message=_message(receipt)), signature=bytes.fromhex(receipt.signature[2:])
        )
    except Exception as error:  # eth-keys has several for signatures that are none
        raise _forged("bad-signature", "the receipt's signature is none") from error
    if found != receipt.signer:
        raise _forged("bad-signature", f"the receipt was not signed by {receipt.signer}")
    if signer is not None and signer != found:
        raise _forged("wrong-signer", f"the receipt was signed by {found}, not by {signer}")


def beside(path: Path) -> Path:
    """Where the receipt of an answer is kept whose body is a file of its own."""
    return path.with_name(f"{path.name}.receipt")


def load(path: Path) -> tuple[Receipt | None, bytes]:
    """An answer that was kept, and its receipt if that was kept too: in the same file, or `beside` it.

    Raises:
        MalformedInput: what is there is no receipt.
    """
    saved = path.read_bytes()
    if saved.startswith(b"HTTP/"):
        return split(saved)
    kept = beside(path)
    return (parse(kept.read_bytes()) if kept.exists() else None), saved


def split(saved: bytes) -> tuple[Receipt, bytes]:
    """Receipt and body of an answer saved with its headers, as `curl --include` does.

    Raises:
        MalformedInput: it is no such file.
    """
    head, _, body = saved.partition(b"\r\n\r\n")
    while body.startswith(b"HTTP/"):  # interim answers and redirects come before the last one
        head, _, body = body.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == HEADER.lower().encode():
            return parse(value.strip()), body
    raise _malformed(f"it has no header {HEADER}: save the answer with its headers (curl --include)")


def _message(receipt: Receipt) -> dict[str, Any]:
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
            ],
            "Receipt": _FIELDS,
        },
        "primaryType": "Receipt",
        "domain": {"name": "Assay gateway", "version": "1", "chainId": receipt.chain_id},
        "message": {
            "request": receipt.request,
            "block": receipt.block,
            "blockHash": bytes.fromhex(receipt.block_hash[2:]),
            "body": bytes.fromhex(receipt.body),
            "time": receipt.time,
        },
    }


def _malformed(what: str) -> MalformedInput:
    return MalformedInput(
        what,
        code="no-receipt",
        culprit="local",
        hint="Keep the answer exactly as the gateway sent it, with its headers.",
    )


def _forged(code: str, what: str) -> Forged:
    return Forged(
        what, code=code, culprit="gatekeeper", hint="Do not rely on the answer; ask the gateway, or another one, again."
    )
