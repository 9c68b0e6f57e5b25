"""The owner's last step: find the counts in what both shares opened (docs/fairness.md, section 10).

With u_m predictions of 1 among the N_m rows of label m, the opened point is sum (N_m + u_m (2^w - 1)) q_m G. The owner
knows N_m, and the supplier declared the sum of the u_m, which the counts will show anyway; so the u_m of the most
frequent label follows from the others. These are searched by baby steps and giant steps: all combinations are numbers
in a mixed radix, the low part of which is kept in memory.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any, Final

import numpy as np
from btclib_secp256k1 import ffi, lib
from btclib_secp256k1.context import ctx
from numpy.typing import NDArray

from assay_oracles.audits.fairness.groups import Element
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1, parse_into
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.pipeline import in_order

MAX_BABY_STEPS: Final = 1 << 24
"""Kept in memory, sixteen bytes each."""
MAX_GIANT_STEPS: Final = 1 << 30
"""Half an hour on two cores."""

_GROUP: Final = Secp256k1()
_RUN: Final = 1 << 16
_STRUCT_BYTES: Final = 64


@dataclass(frozen=True)
class Digit:
    """One place of the mixed radix: `size` values, each a further step of `step` G."""

    step: int
    size: int


def feasible(labels: Sequence[int]) -> bool:
    """Tell whether `find` can be sure to find the counts, whatever the predictions are.

    Args:
        labels: N_m, the number of rows of every label m.
    """
    return _combinations(labels) <= MAX_BABY_STEPS * MAX_GIANT_STEPS


def runs(labels: Sequence[int]) -> int:
    """Return about how many runs of steps the search takes, each a unit of parallel work."""
    return isqrt(_combinations(labels)) // _RUN + 1


def find(
    params: Params,
    tally: Element,
    labels: Sequence[int],
    positives: int,
    executor: Executor,
    workers: int,
    progress: Callable[[int, int], None],
) -> tuple[int, ...] | None:
    """Return the counts n_k, or None when none fit (then `positives` is false, if all proofs hold).

    Args:
        params: The session's parameters.
        tally: What both shares opened, (sum n_k p_k) G.
        labels: N_m for m = 0 ... 2g - 1; `feasible`.
        positives: The sum of the u_m.
        executor: Where steps are made.
        workers: How many runs of steps it makes at once.
        progress: Told giant steps done and giant steps in all.
    """
    negatives = sum(labels) - positives
    lows = [max(0, total - negatives) for total in labels]
    highs = [min(total, positives) for total in labels]
    if any(low > high for low, high in zip(lows, highs, strict=True)):
        return None
    unit = [((1 << params.width) - 1) << 2 * params.width * m for m in range(len(labels))]
    *others, last = sorted(range(len(labels)), key=lambda m: highs[m] - lows[m])
    digits = [Digit((unit[m] - unit[last]) % ORDER, highs[m] - lows[m] + 1) for m in others]
    known = sum(total << 2 * params.width * m for m, total in enumerate(labels)) + positives * unit[last]
    known += sum(lows[m] * (unit[m] - unit[last]) for m in others)
    for parts in _solutions(digits, _GROUP.add(tally, _GROUP.base(-known)), executor, workers, progress):
        ones = {m: lows[m] + part for m, part in zip(others, parts, strict=True)}
        ones[last] = positives - sum(ones.values())
        counts = tuple(count for m, total in enumerate(labels) for count in (total - ones[m], ones[m]))
        if min(counts) >= 0 and _GROUP.base(params.tally(counts)) == tally:
            return counts
    return None


def _combinations(labels: Sequence[int]) -> int:
    """Return how many combinations of u_m there are at most, that of the most frequent label being given."""
    return prod(sorted(total + 1 for total in labels)[:-1])


def _solutions(
    digits: list[Digit], target: Element, executor: Executor, workers: int, progress: Callable[[int, int], None]
) -> Iterator[tuple[int, ...]]:
    """Yield the values of the digits whose steps add up to the target, as far as eight bytes of a point tell."""
    low, high = _cut(digits)
    # Both sides start from a point that nobody could foresee, so that no sum on the way is infinity.
    blind = secrets.randbelow(ORDER - 1) + 1
    baby = np.concatenate(list(in_order(executor, _tasks(_GROUP.base(blind), low), workers)))
    order = np.argsort(baby, kind="stable")
    baby, done, steps = baby[order], 0, prod(digit.size for digit in high)
    start = _GROUP.add(target, _GROUP.base(blind))
    back = [Digit(-digit.step % ORDER, digit.size) for digit in high]
    for giant in in_order(executor, _tasks(start, back), workers):
        first, last = np.searchsorted(baby, giant, "left"), np.searchsorted(baby, giant, "right")
        for hit in np.flatnonzero(first < last).tolist():
            for position in order[first[hit] : last[hit]].tolist():
                *whole, part = _values(low, position)
                above, *rest = _values(high, done + hit)
                yield (*whole, part + low[-1].size * above, *rest)
        done += len(giant)
        progress(done, steps)


def _cut(digits: list[Digit]) -> tuple[list[Digit], list[Digit]]:
    """Cut a mixed radix in two of about equal volume, if need be inside a digit; the lower takes `MAX_BABY_STEPS`."""
    room = min(MAX_BABY_STEPS, isqrt(prod(digit.size for digit in digits)) + 1)
    index = 0
    while index < len(digits) - 1 and digits[index].size <= room:
        room //= digits[index].size
        index += 1
    size, digit = min(room, digits[index].size), digits[index]
    above = Digit(digit.step * size % ORDER, -(-digit.size // size))
    return [*digits[:index], Digit(digit.step, size)], [above, *digits[index + 1 :]]


def _values(digits: list[Digit], number: int) -> list[int]:
    """Write a number in the mixed radix, lowest digit first."""
    values = []
    for digit in digits:
        number, value = divmod(number, digit.size)
        values.append(value)
    return values


def _tasks(start: Element, digits: list[Digit]) -> Iterator[tuple[Any, ...]]:
    volume = prod(digit.size for digit in digits)
    for first in range(0, volume, _RUN):
        yield _walk, start, digits, first, min(_RUN, volume - first)


def _walk(start: Element, digits: list[Digit], first: int, length: int) -> NDArray[np.uint64]:
    """Return eight bytes of start + (sum of steps) G for a run of numbers; one addition a number."""
    values, lowest = _values(digits, first), digits[0].size
    reached = sum(value * digit.step for value, digit in zip(values, digits, strict=True))
    points = ffi.new("secp256k1_pubkey[]", length)
    steps = [_decoded(_GROUP.base(scalar)) for scalar in _carries(digits)]
    _must(parse_into(points, _GROUP.add(start, _GROUP.base(reached))))
    pair, combine = ffi.new("secp256k1_pubkey *[]", 2), lib.secp256k1_ec_pubkey_combine
    for index in range(1, length):
        number, level = first + index, 0
        if number % lowest == 0:
            while number % digits[level].size == 0:
                number //= digits[level].size
                level += 1
        pair[0], pair[1] = points + (index - 1), steps[level]
        _must(combine(ctx, points + index, pair, 2))
    words = np.frombuffer(ffi.buffer(points), dtype=np.uint64).reshape(length, _STRUCT_BYTES // 8)
    return words[:, 0].copy()


def _carries(digits: list[Digit]) -> list[int]:
    """Return what a step adds when it carries to each digit: its own step, less all lower ones at their highest."""
    lower, carries = 0, []
    for digit in digits:
        carries.append((digit.step - lower) % ORDER)
        lower += digit.step * (digit.size - 1)
    return carries


def _decoded(element: Element) -> Any:
    point = ffi.new("secp256k1_pubkey *")
    _must(parse_into(point, element))
    return point


def _must(done: int) -> None:
    """Fail when a sum on the way is infinity: one chance in 2^256."""
    if not done:
        raise AssertionError("a sum on the way is infinity")
