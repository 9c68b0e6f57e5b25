"""Points and scalars at which arithmetic goes wrong, computed natively."""

from __future__ import annotations

from assay_oracles.audits.fairness.groups.secp256k1 import ORDER as N
from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1

from tests.contracts.harness.tables import Point, element, point

P = 2**256 - 2**32 - 977
GROUP = Secp256k1()
INFINITY: Point = (0, 0)
CUBE_ROOT_OF_ONE = pow(3, (P - 1) // 3, P)


def times(scalar: int) -> Point:
    """A multiple of G."""
    return point(GROUP.base(scalar))


def add(a: Point, b: Point) -> Point:
    """The sum, infinity included."""
    return point(GROUP.add(element(a), element(b)))


def negated(of: Point) -> Point:
    """The opposite point."""
    return of[0], -of[1] % P


def rotated(of: Point) -> Point:
    """Another point of the curve with the same y."""
    return of[0] * CUBE_ROOT_OF_ONE % P, of[1]


def above_order(start: int) -> Point:
    """A point of the curve whose x is from N to p, where an address exists but no canonical encoding."""
    x = N + start
    while pow(x**3 + 7, (P - 1) // 2, P) != 1:
        x += 1
    return x, pow(x**3 + 7, (P + 1) // 4, P)


HIGH = above_order(0)
SPECIAL = [
    INFINITY,
    *map(times, (1, 2, 3, N - 1, N - 2, N // 2, N // 2 + 1, 1 << 128)),
    HIGH,
    negated(HIGH),
    above_order(P - N - 50),
    add(HIGH, times(1)),
    add(HIGH, HIGH),
    rotated(times(1)),
]
SCALARS = [0, 1, 2, 3, N // 2, N // 2 + 1, N - 2, N - 1, N, N + 1, N + 7, P, 2**255, 2**256 - 1]
