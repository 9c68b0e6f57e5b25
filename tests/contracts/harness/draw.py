"""The draw in plain Python: an order that only the seed decides (Fisher and Yates), the first eligible of it."""

from __future__ import annotations

from collections.abc import Collection

from eth_abi.abi import encode
from eth_utils import keccak


def audit_seed(block_hash: bytes, secret: bytes, audit: int) -> bytes:
    """keccak256(abi.encode(blockhash, secret, auditId))."""
    return keccak(encode(["bytes32", "bytes32", "uint256"], [block_hash, secret, audit]))


def shuffled(pool: Collection[int], seed: bytes) -> list[int]:
    """The seats of a pool in the seed's order."""
    order = sorted(pool)
    for n in range(len(order), 1, -1):
        pick = int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, n])), "big") % n
        order[n - 1], order[pick] = order[pick], order[n - 1]
    return order


def drawn(pool: Collection[int], eligible: Collection[int], seed: bytes, at_most: int) -> list[int]:
    """The roster, by seat."""
    return sorted([seat for seat in shuffled(pool, seed) if seat in eligible][:at_most])


def added(pool: Collection[int], roster: Collection[int], eligible: Collection[int], seed: bytes) -> list[int]:
    """Whom an appeal adds, by seat: the next of the same order, up to 31 in all."""
    return drawn(pool, set(eligible) - set(roster), seed, 31 - len(roster))
