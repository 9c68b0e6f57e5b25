"""Which rows a table holds, and in which order (design section 4, hidden n).

The auditor's nonce decides which rows are drawn, so that the ML system cannot choose them and the size of its data
stays hidden. That holds only if the data was fixed before the nonce was known. The order of rows in the table is the
supplier's secret.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

_DRAW = b"assay/faas/v1/draw"
_ORDER = b"assay/faas/v1/order"
_BYTES = 16
"""Bytes of a row's sort key: two of 2^31 rows agree with a chance of 2^-67."""


def draw(size: int, n: int, nonce: bytes) -> NDArray[np.int64]:
    """Return the n first rows (from 0, in the order of the shuffle) of `size` rows shuffled with the auditor's nonce.

    Args:
        size: Rows of the data.
        n: Rows wanted, at most `size`.
        nonce: 32 bytes.
    """
    return _shuffled(_DRAW + nonce, size)[:n]


def secret_order(n: int, seed: bytes) -> NDArray[np.int64]:
    """Return the order in which the table holds its n rows, from a secret seed of 32 bytes."""
    return _shuffled(_ORDER + seed, n)


def _shuffled(label: bytes, size: int) -> NDArray[np.int64]:
    """Sort the rows by keys from SHAKE-256: a uniform permutation, the same on every machine."""
    stream = hashlib.shake_256(label).digest(_BYTES * size)
    keys = np.frombuffer(stream, dtype=">u8").reshape(size, 2)
    return np.lexsort((keys[:, 1], keys[:, 0])).astype(np.int64)
