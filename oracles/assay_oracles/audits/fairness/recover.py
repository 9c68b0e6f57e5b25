"""Counts without a declaration: find every n_k from the tally alone, for small n (paper B, phase III).

Meet in the middle. With n_7 = n - n_0 - ... - n_6, the tally T - n p_7 G is the sum of n_k (p_k - p_7) G over seven
counts. One side runs through n_0, n_1, n_2 and the remainder of n_3 by m = ceil(sqrt n), the other through n_4, n_5,
n_6 and the multiple of m in n_3: about n^3.5 / 6 additions a side. Points are compared by eight bytes of the library's
own form, which is one for each point; a match is checked in full.
"""

import secrets
from collections.abc import Iterator
from concurrent.futures import Executor
from math import isqrt
from typing import Any, Final

import numpy as np
from btclib_secp256k1 import ffi, lib
from btclib_secp256k1.context import ctx
from numpy.typing import NDArray

from assay_oracles.audits.fairness.groups import Element
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1, parse_into
from assay_oracles.audits.fairness.params import Params

MAX_N: Final = 200
"""Above it the search takes minutes and gigabytes: have the counts declared."""

_GROUP: Final = Secp256k1()
_STRUCT_BYTES: Final = 64


def recover(tally: Element, n: int, executor: Executor) -> tuple[int, ...] | None:
    """Return the eight counts of a table of two groups without pads, or None when no counts fit.

    Args:
        tally: B_n, the sum of all cryptograms.
        n: Number of rows, 2 to `MAX_N`.
        executor: Runs both sides, at once if it has two workers.
    """
    assert 2 <= n <= MAX_N, "the caller bounds n"
    encodings = Params().encodings
    steps = [(encodings[k] - encodings[7]) % ORDER for k in range(7)]
    stride = isqrt(n - 1) + 1
    # Both sides start from a point that nobody could foresee, so that no partial sum is infinity.
    blind = secrets.randbelow(ORDER - 1) + 1
    target = _GROUP.add(tally, _GROUP.base(blind - n * encodings[7]))
    giant = [-step % ORDER for step in (*steps[4:], stride * steps[3])]
    left = executor.submit(_side, _GROUP.base(blind), steps[:4], n, stride)
    right = executor.submit(_side, target, giant, n, n // stride + 1)
    for i, j in _matches(left.result(), right.result()):
        triples = _triples(n)
        low, high = triples[i // stride], triples[j // (n // stride + 1)]
        third = i % stride + stride * (j % (n // stride + 1))
        counts = [*map(int, low), third, *map(int, high)]
        counts.append(n - sum(counts))
        if counts[-1] >= 0 and _GROUP.base(Params().tally(counts)) == tally:
            return tuple(counts)
    return None


def _triples(n: int) -> NDArray[np.int16]:
    """Return all triples of counts with a sum of at most n in lexicographic order, shape (C(n + 3, 3), 3)."""
    grid: NDArray[np.int16] = np.indices((n + 1,) * 3, dtype=np.int16).reshape(3, -1).T
    fitting: NDArray[np.int16] = grid[grid.sum(axis=1) <= n]
    return fitting


def _side(start: Element, steps: list[int], n: int, inner: int) -> NDArray[np.uint64]:
    """Return the fingerprint of start + sum n_k steps_k G for every triple, and `inner` values of the fourth count."""
    ladders = [_multiples(step, n) for step in steps[:3]]
    last = _multiples(steps[3], 1)
    row = ffi.new("secp256k1_pubkey[]", inner)
    words = np.frombuffer(ffi.buffer(row), dtype=np.uint64).reshape(inner, _STRUCT_BYTES // 8)
    origin = ffi.new("secp256k1_pubkey *")
    _must(parse_into(origin, start))
    triples = _triples(n)
    prints = np.empty((len(triples), inner), dtype=np.uint64)
    pair = ffi.new("secp256k1_pubkey *[]", 2)
    combine = lib.secp256k1_ec_pubkey_combine
    for index, triple in enumerate(triples.tolist()):
        terms = [origin, *(ladders[k] + count for k, count in enumerate(triple) if count)]
        _must(combine(ctx, row, terms, len(terms)))
        pair[1] = last + 1  # a pointer does not keep its array alive
        for offset in range(1, inner):
            pair[0] = row + offset - 1
            _must(combine(ctx, row + offset, pair, 2))
        prints[index] = words[:, 0]
    return prints.reshape(-1)


def _multiples(step: int, n: int) -> Any:
    """Return an array of n + 1 points with k * step * G at index k (index 0 is not set)."""
    points = ffi.new("secp256k1_pubkey[]", n + 1)
    for k in range(1, n + 1):
        _must(parse_into(points + k, _GROUP.base(k * step)))
    return points


def _must(done: int) -> None:
    """Fail when a partial sum is infinity: one chance in 2^256."""
    if not done:
        raise AssertionError("a partial sum is infinity")


def _matches(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    order = np.argsort(left, kind="stable")
    positions = np.searchsorted(left, right, sorter=order)
    inside = positions < len(left)
    hits = np.flatnonzero(inside & (left[order[np.where(inside, positions, 0)]] == right))
    for hit in hits:
        for position in range(int(positions[hit]), len(left)):
            if left[order[position]] != right[hit]:
                break
            yield int(order[position]), int(hit)
