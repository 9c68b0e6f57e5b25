"""Hashing: Keccak-256, and the one function that keeps hashes of different meanings apart."""

from typing import Final

from eth_utils.crypto import keccak as _keccak

TAG_PREFIX: Final = "assay/"


def keccak(data: bytes) -> bytes:
    """Keccak-256 of `data`, 32 bytes, as the contracts compute it."""
    return bytes(_keccak(data))


def tagged_hash(domain: str, *parts: bytes) -> bytes:
    """Hash `parts` under a domain: keccak(keccak("assay/" + domain) | len(part) | part | ...), 32 bytes.

    Two domains never share a pre-image, and neither do two different splits of the same bytes, because every part is
    preceded by its length in 8 big-endian bytes.
    """
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return keccak(keccak((TAG_PREFIX + domain).encode("ascii")) + framed)
