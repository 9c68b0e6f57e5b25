"""The commitment to a vote (design section 2, rule 2)."""

from collections.abc import Sequence
from typing import Final

from eth_abi.abi import encode

from assay_oracles.protocol.hashing import keccak

TYPES: Final = ("uint256", "address", "uint256", "address", "uint8", "uint256[]", "bytes32", "bytes32")


def commitment(
    chain_id: int,
    board: str,
    audit_id: int,
    voter: str,
    verdict: int,
    words: Sequence[int],
    evidence: bytes,
    salt: bytes,
) -> bytes:
    """Hash that binds a vote to its chain, board, audit and voter, 32 bytes; equal to `AuditBoard.commitmentOf`.

    A copied commitment cannot be opened by its copier, because the voter is part of it.

    Args:
        chain_id: Number of the chain.
        board: Address of the AuditBoard, 0x-prefixed hex.
        audit_id: The audit.
        voter: Address of the oracle that votes, 0x-prefixed hex.
        verdict: Number of the verdict, as in `types/AuditTypes.sol`.
        words: The packed lanes; empty unless the verdict carries values.
        evidence: 32 bytes, digest of the voter's evidence document.
        salt: 32 bytes, see `salt.derive_salt`.

    Raises:
        ValueError: An argument does not fit its type.
    """
    if len(evidence) != 32 or len(salt) != 32:
        # eth_abi would pad shorter byte strings silently: the commitment could then never be opened.
        raise ValueError("evidence and salt are 32 bytes each")
    fields = (chain_id, board, audit_id, voter, verdict, list(words), evidence, salt)
    return keccak(encode(TYPES, fields))
