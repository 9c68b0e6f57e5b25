"""The salt that hides a vote until its reveal (design section 2, rule 2)."""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_utils.address import to_canonical_address

INFO: Final = b"assay/salt/1"


def derive_salt(key: bytes, chain_id: int, board: str, audit_id: int, seed: bytes) -> bytes:
    """HKDF-SHA256(key, info = "assay/salt/1" | chain id | board | audit id | seed), 32 bytes.

    Derived, so that a node which lost its disk can still open its commitment; and never a signature, because other
    software may be asked to produce signatures with the same key.

    Args:
        key: The oracle's private key, 32 bytes.
        chain_id: Number of the chain, hashed as 32 bytes.
        board: Address of the AuditBoard, hashed as 20 bytes.
        audit_id: The audit, hashed as 32 bytes.
        seed: The audit's seed, 32 bytes. Two rounds of one audit number (a chain that was reorganised or started anew)
            have different seeds, hence different salts.

    Raises:
        ValueError: The key or the seed is not 32 bytes.
    """
    if len(key) != 32 or len(seed) != 32:
        raise ValueError("key and seed are 32 bytes each")
    context = chain_id.to_bytes(32, "big") + to_canonical_address(board) + audit_id.to_bytes(32, "big") + seed
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO + context).derive(key)
