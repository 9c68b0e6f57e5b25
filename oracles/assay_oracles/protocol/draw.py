"""The seed and the draw (design section 2, rule 1): an order that only the seed decides, the first eligible of it."""

from collections.abc import Collection
from typing import Final

from eth_abi.abi import encode

from assay_oracles.protocol.hashing import keccak

MAX_ROSTER: Final = 31
"""Seats of an audit, those that an appeal added included."""


def audit_seed(block_hash: bytes, secret: bytes, audit: int) -> bytes:
    """keccak256(abi.encode(blockhash, secret, auditId)), 32 bytes.

    Args:
        block_hash: Hash of the request's block, 32 bytes.
        secret: What opening the audit disclosed, 32 bytes.
        audit: The audit.
    """
    return keccak(encode(["bytes32", "bytes32", "uint256"], [block_hash, secret, audit]))


def shuffled(pool: Collection[int], seed: bytes) -> list[int]:
    """The seats of a pool in the seed's order (Fisher and Yates)."""
    order = sorted(pool)
    for n in range(len(order), 1, -1):
        pick = int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, n])), "big") % n
        order[n - 1], order[pick] = order[pick], order[n - 1]
    return order


def drawn(pool: Collection[int], eligible: Collection[int], seed: bytes, at_most: int) -> list[int]:
    """The roster, by seat: the first of the seed's order that are eligible."""
    return sorted([seat for seat in shuffled(pool, seed) if seat in eligible][:at_most])


def added(pool: Collection[int], roster: Collection[int], eligible: Collection[int], seed: bytes) -> list[int]:
    """Whom an appeal adds, by seat: the next of the same order, up to 31 in all."""
    return drawn(pool, set(eligible) - set(roster), seed, MAX_ROSTER - len(roster))
