"""Multi-scalar multiplication over libsecp256k1, which offers none: Pippenger's buckets by its point addition.

`secp256k1_ec_pubkey_combine` adds m points for 0.23 us each and one inversion. So a bucket is one call, the weighted
sum of a window's buckets is eight (one for each bit of the digit), and the windows are joined by doubling. Scalars are
cut into bytes; numpy sorts the points of a window into its buckets.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from btclib_secp256k1 import ffi, lib
from btclib_secp256k1.context import ctx
from numpy.typing import NDArray

from assay_oracles.audits.fairness.groups.base import IDENTITY, Element, NotCanonicalError
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, encode, must

_STRUCT_BYTES: Final = 64  # sizeof(secp256k1_pubkey)
_DIGIT_BITS: Final = 8
_FEW: Final = 500  # up to about twice as many, point by point is faster: most of the 8,192 buckets are empty
_ORDER_WORD: Final = np.bytes_(ORDER.to_bytes(32, "big"))


def below_order(words: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which big-endian words, shape (..., 32), are smaller than N, shape (...)."""
    # Strings of bytes compare as numbers do; numpy drops zeros at their end, which compare as zeros all the same.
    below: NDArray[np.bool_] = np.ascontiguousarray(words).view("S32")[..., 0] < _ORDER_WORD
    return below


class Points:
    """An array of decoded points."""

    def __init__(self, elements: NDArray[np.uint8]) -> None:
        """Decode points.

        Args:
            elements: x | y of each, big-endian, shape (size, 64).

        Raises:
            NotCanonicalError: one of them is not canonical.
        """
        self._size = len(elements)
        self._array = ffi.new("secp256k1_pubkey[]", self._size)
        self._base = int(ffi.cast("uintptr_t", self._array))
        encoded = np.full((self._size, 65), 4, dtype=np.uint8)
        encoded[:, 1:] = elements
        source, parse = ffi.from_buffer("unsigned char[]", encoded), lib.secp256k1_ec_pubkey_parse
        if not below_order(elements[:, :32]).all() or not all(
            parse(ctx, self._array + index, source + 65 * index, 65) for index in range(self._size)
        ):
            raise NotCanonicalError("not a canonical point of secp256k1")

    def add(self, *indices: int) -> Element:
        """Return the sum of the points with these indices."""
        total = ffi.new("secp256k1_pubkey *")
        terms = [self._array + index for index in indices]
        return encode(total) if lib.secp256k1_ec_pubkey_combine(ctx, total, terms, len(terms)) else IDENTITY

    def multiply(self, scalars: NDArray[np.uint8], full: NDArray[np.bool_]) -> Element:
        """Return the sum of scalar * point.

        Args:
            scalars: Big-endian scalars, one a point, shape (size, 32).
            full: Which scalars may exceed 128 bits, shape (size,); of the others only the low half is read.
        """
        return self.one_by_one(scalars, full) if self._size <= _FEW else self.in_buckets(scalars, full)

    def in_buckets(self, scalars: NDArray[np.uint8], full: NDArray[np.bool_]) -> Element:
        """As `multiply`, for many points."""
        addresses = self._base + _STRUCT_BYTES * np.arange(self._size, dtype=np.uint64)
        wide = np.flatnonzero(full)
        windows: list[Sequence[object | None]] = []
        for column in range(32):
            chosen = wide if column < 16 else slice(None)
            windows.append(_window(addresses[chosen], scalars[chosen, column]))
        return _join(windows)

    def one_by_one(self, scalars: NDArray[np.uint8], full: NDArray[np.bool_]) -> Element:
        """As `multiply`, for few points."""
        terms = []
        for index, (word, wide) in enumerate(zip(scalars, full, strict=True)):
            scalar = int.from_bytes((word if wide else word[16:]).tobytes(), "big") % ORDER
            if scalar:
                term = ffi.new("secp256k1_pubkey *", self._array[index])
                must(lib.secp256k1_ec_pubkey_tweak_mul(ctx, term, scalar.to_bytes(32, "big")))
                terms.append(term)
        total = ffi.new("secp256k1_pubkey *")
        summed = terms and lib.secp256k1_ec_pubkey_combine(ctx, total, terms, len(terms))
        return encode(total) if summed else IDENTITY


def _window(addresses: NDArray[np.uint64], digits: NDArray[np.uint8]) -> list[object | None]:
    """Return for each bit of the digit the sum of the points whose digit has it (None for infinity), lowest first."""
    order = np.argsort(digits, kind="stable")
    addresses, edges = addresses[order], np.searchsorted(digits[order], np.arange(257))
    pointers = ffi.cast("secp256k1_pubkey **", ffi.from_buffer(addresses))
    buckets = ffi.new("secp256k1_pubkey[]", 256)
    filled: list[int] = []
    for digit in range(1, 256):
        first, last = int(edges[digit]), int(edges[digit + 1])
        # The answer 0 is infinity: the bucket then counts for nothing.
        if first < last and lib.secp256k1_ec_pubkey_combine(ctx, buckets + digit, pointers + first, last - first):
            filled.append(digit)
    sums: list[object | None] = []
    for bit in range(_DIGIT_BITS):
        members = [buckets + digit for digit in filled if digit >> bit & 1]
        total = ffi.new("secp256k1_pubkey *")
        summed = members and lib.secp256k1_ec_pubkey_combine(ctx, total, members, len(members))
        sums.append(total if summed else None)
    return sums


def _join(windows: Sequence[Sequence[object | None]]) -> Element:
    """Return the sum over windows (highest first) and bits by Horner's rule."""
    accumulator: object | None = None
    for sums in windows:
        for bit in reversed(range(_DIGIT_BITS)):
            terms = [accumulator, accumulator, sums[bit]]
            present = [term for term in terms if term is not None]
            if not present:
                continue
            result = ffi.new("secp256k1_pubkey *")
            accumulator = result if lib.secp256k1_ec_pubkey_combine(ctx, result, present, len(present)) else None
    return IDENTITY if accumulator is None else encode(accumulator)
