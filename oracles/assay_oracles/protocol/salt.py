"""Salts that hide what is committed until it is opened (design section 2, rule 2; section 5).

Derived, so that whoever lost its disk can still open its commitment; and never a signature, because other software may
be asked to produce signatures with the same key.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_utils.address import to_canonical_address

INFO: Final = b"assay/salt/1"
REFUTATION: Final = b"assay/refutation/1"


def derive_salt(key: bytes, chain_id: int, board: str, audit_id: int, seed: bytes) -> bytes:
    """HKDF-SHA256(key, info = "assay/salt/1" | chain id | board | audit id | seed), 32 bytes: of a vote.

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
    return _derive(key, INFO, chain_id, board, audit_id.to_bytes(32, "big"), seed)


def refutation_salt(key: bytes, chain_id: int, board: str, table_id: bytes) -> bytes:
    """HKDF-SHA256(key, info = "assay/refutation/1" | chain id | board | table id), 32 bytes: of a refutation.

    Args:
        key: The refuter's private key, 32 bytes.
        chain_id: Number of the chain, hashed as 32 bytes.
        board: Address of the FairnessBoard, hashed as 20 bytes.
        table_id: The table, 32 bytes.

    Raises:
        ValueError: The key or the id is not 32 bytes.
    """
    return _derive(key, REFUTATION, chain_id, board, b"", table_id)


def _derive(key: bytes, purpose: bytes, chain_id: int, board: str, context: bytes, last: bytes) -> bytes:
    if len(key) != 32 or len(last) != 32:
        raise ValueError("the key and what ends the context are 32 bytes each")
    info = purpose + chain_id.to_bytes(32, "big") + to_canonical_address(board) + context + last
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)
