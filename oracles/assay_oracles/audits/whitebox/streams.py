"""Everything random in a whitebox audit, as functions of seeds that anyone can evaluate again.

Two kinds: SHAKE-256 bytes for what an oracle must not know before the audit opens, and a Philox counter stream for
training, whose raw output numpy promises never to change (NEP 19). No global generator is read or advanced.
"""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def shake(domain: str, seed: bytes, indices: Iterable[int], length: int) -> bytes:
    """``length`` bytes for each index: SHAKE-256 of ``len(tag) | tag | len(seed) | seed | index``, one after the other.

    The tag is ``assay/whitebox/v1/{domain}``. Lengths are one byte, ``index`` is eight, big-endian; so no two inputs of
    any two uses coincide.
    """
    tag = f"assay/whitebox/v1/{domain}".encode("ascii")
    head = bytes([len(tag)]) + tag + bytes([len(seed)]) + seed
    return b"".join(hashlib.shake_256(head + index.to_bytes(8, "big")).digest(length) for index in indices)


class Stream:
    """A Philox-4x64 stream keyed by `shake`: one for each domain of a recipe's seed, independent of the others."""

    def __init__(self, domain: str, seed: int) -> None:
        """Starts the stream of ``domain`` for a recipe's ``seed`` (eight bytes, big-endian)."""
        key = shake(domain, seed.to_bytes(8, "big"), [0], 16)
        self._generator = np.random.Philox(key=int.from_bytes(key, "big"))

    def uniform(self, count: int) -> FloatArray:
        """``count`` numbers in [0, 1): the upper 53 bits of each raw word."""
        raw: NDArray[np.uint64] = self._generator.random_raw(count)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def permutation(self, count: int) -> NDArray[np.intp]:
        """An order of ``count`` things: the stable sorting order of as many raw words."""
        return np.argsort(self._generator.random_raw(count), kind="stable")
