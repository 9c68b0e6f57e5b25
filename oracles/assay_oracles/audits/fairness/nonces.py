"""Secret scalars that stay secret when the system's randomness fails: hedged nonces (design section 4)."""

import hashlib
import secrets
from typing import Final

_SPREAD: Final = 1 << 128
"""What is reduced modulo the order is so much larger than the order, or misses a power of two by so little, that the
remainder is 2^-127 from uniform."""


def hedged(label: bytes, number: int, order: int) -> list[int]:
    """Draw scalars in [1, order - 1] from a label and fresh randomness, so that neither alone need be good.

    Args:
        label: Everything that the scalars are for, and a secret; its framing must be unambiguous.
        number: How many.
        order: Order of the group, 256 bits.
    """
    size = 32 if (1 << 256) - order < 2 * _SPREAD else 48
    stream = hashlib.shake_256(b"assay/faas/v1/nonce" + secrets.token_bytes(32) + label).digest(size * number)
    return [int.from_bytes(stream[i : i + size], "big") % (order - 1) + 1 for i in range(0, len(stream), size)]
