"""Signatures over a table: r | s | v, 65 bytes, recoverable ECDSA over secp256k1 as Ethereum writes it.

Strict: r and s in [1, N - 1], s in the lower half, v 27 or 28; so a signature has no second encoding.
"""

from typing import Final

from btclib_secp256k1 import recovery

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.table import Footer, Header

_GROUP: Final = Secp256k1()


def address_of(key: int) -> bytes:
    """Return the Ethereum address, 20 bytes, of a private key in [1, N - 1]."""
    return _address(_GROUP.base(key))


def sign(key: int, digest: bytes) -> bytes:
    """Sign a digest of 32 bytes (RFC 6979, constant time), 65 bytes."""
    compact, parity = recovery.sign(digest, key)
    return bytes(compact) + bytes([27 + parity])


def signer(digest: bytes, signature: bytes) -> bytes | None:
    """Return the address that signed, 20 bytes, or None when the signature is none."""
    s, v = int.from_bytes(signature[32:64], "big"), signature[64]
    if v not in (27, 28) or s > ORDER // 2:
        return None
    try:
        return _address(bytes(recovery.recover(digest, signature[:64], v - 27, compressed=False))[1:])
    except ValueError:
        return None


def seal(header: Header, root: bytes, counts: tuple[int, ...], key: int) -> Footer:
    """Sign a finished table: what stands after its rows."""
    return Footer(root, counts, sign(key, transcript.signing_digest(header.table_id, root, counts)))


def _address(public: bytes) -> bytes:
    return transcript.keccak(public)[12:]
