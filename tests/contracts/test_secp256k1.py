"""The curve on-chain against libsecp256k1: every pair of special points and scalars, and thousands at random."""

import random
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from assay_chain.artifacts import Artifact
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER as N
from assay_oracles.audits.fairness.transcript import keccak

from tests.contracts.harness.accounts import ZERO, Account
from tests.contracts.harness.contract import Contract
from tests.contracts.harness.ledger import Ledger
from tests.contracts.harness.points import GROUP, HIGH, INFINITY, SCALARS, SPECIAL, P, add, negated, rotated, times
from tests.contracts.harness.tables import Point, element, point
from tests.contracts.harness.world import World

pytestmark = pytest.mark.xdist_group("solidity")

NAMES = ("deployer", "treasury", "gatekeeper", "client", "supplier")


@pytest.fixture(scope="module")
def probe(compiled: Mapping[str, Artifact]) -> Contract:
    return World(oracles=0).create_from(compiled["FairnessProbe"])


@pytest.fixture
def dice() -> random.Random:
    return random.Random(20260)


def addressed(of: Point) -> str:
    """The Ethereum address of a public key; zero for infinity."""
    return ZERO if of == INFINITY else "0x" + keccak(element(of))[12:].hex()


def combination(g: int, p: Point, s: int) -> str:
    """The address of g G + s p, computed natively."""
    return addressed(point(GROUP.add(GROUP.base(g), GROUP.scale(element(p), s))))


def random_point(dice: random.Random) -> Point:
    return times(dice.randrange(1, N))


def combinations(dice: random.Random, number: int) -> Iterator[tuple[int, Point, int]]:
    """Every special scalar with every canonical special point, sums at infinity, doublings, and random ones."""
    canonical = [each for each in SPECIAL if 0 < each[0] < N]
    scalars = [s for s in SCALARS if 0 < s < N]
    yield from product(SCALARS, canonical, scalars)
    for _ in range(number // 4):
        k, s = dice.randrange(1, N), dice.randrange(1, N)
        yield -s * k % N, times(k), s  # infinity
        yield s * k % N, times(k), s  # doubling
        yield (s * k + 1) % N, times(k), s
        yield dice.randrange(2**256), times(k), s


def test_lin__thousands_of_combinations__addresses_equal_the_library(probe: Contract, dice: random.Random) -> None:
    done, infinite = 0, 0
    for g, p, s in combinations(dice, 6_000):
        expected = combination(g, p, s)
        assert probe.lin(g, *p, s) == expected, (g, p, s)
        done, infinite = done + 1, infinite + (expected == ZERO)
    assert done > 6_000
    assert infinite >= 1_500


def test_lin__scalar_zero_modulo_n__answers_zero_for_any_point(probe: Contract, dice: random.Random) -> None:
    for s, p in product((0, N), (times(1), random_point(dice))):
        assert probe.lin(5, *p, s) == ZERO


def test_lin__on_py_evm__agrees_too(compiled: Mapping[str, Artifact], dice: random.Random) -> None:
    world = World(oracles=0, evm=Ledger([Account.named(name) for name in NAMES]))
    slow = world.create_from(compiled["FairnessProbe"])
    cases = list(combinations(dice, 40))
    for g, p, s in cases[-40:] + dice.sample(cases[:-40], 40):
        assert slow.lin(g, *p, s) == combination(g, p, s), (g, p, s)


def test_sums__every_pair_of_special_points__equal_only_where_the_library_says(
    probe: Contract, dice: random.Random
) -> None:
    for a, b in product([*SPECIAL, random_point(dice)], repeat=2):
        total = add(a, b)
        for d in (INFINITY, a, negated(b), times(7), HIGH):
            c = add(total, negated(d))
            assert probe.areEqualSums(*a, *b, *c, *d), (a, b, c, d)
            for wrong in (add(c, times(1)), negated(c), rotated(c), INFINITY, a):
                assert probe.areEqualSums(*a, *b, *wrong, *d) == (wrong == c), (a, b, wrong, d)


def test_sums__random_points__equal_only_where_the_library_says(probe: Contract, dice: random.Random) -> None:
    for _ in range(1_000):
        a, b, d = (random_point(dice) for _ in range(3))
        c = add(add(a, b), negated(d))
        assert probe.areEqualSums(*a, *b, *c, *d)
        assert not probe.areEqualSums(*a, *b, *negated(c), *d)
        assert not probe.areEqualSums(*a, *b, *d, *c[::-1])


def test_canonical__every_special_pair_of_coordinates__exactly_the_points_that_the_library_takes(
    probe: Contract, dice: random.Random
) -> None:
    one = (1, pow(8, (P + 1) // 4, P))
    points = [*SPECIAL, one, *(random_point(dice) for _ in range(200))]
    strange = [(P, 0), (0, P), (P, P), (N, 1), (2**256 - 1, 2**256 - 1), (0, pow(7, (P + 1) // 4, P)), (5, 0)]
    strange += [(one[0] + P, one[1]), (one[0], 2**256 - 1)]  # the x of `one` once more, written above p
    strange += [(x, y + 1) for x, y in points] + [(x, y ^ 1 << dice.randrange(256)) for x, y in points]
    strange += [(y, x) for x, y in points] + [(dice.randrange(2**256), dice.randrange(2**256)) for _ in range(500)]
    for each in points + strange:
        data = each[0].to_bytes(32, "big") + each[1].to_bytes(32, "big")
        assert probe.isCanonical(*each) == GROUP.is_element(data), each
        below = each[0] < P and each[1] < P
        assert probe.isOnCurve(*each) == (below and (each[1] ** 2 - each[0] ** 3 - 7) % P == 0), each
    assert probe.isOnCurve(*HIGH)
    assert not probe.isCanonical(*HIGH)


def test_canonical__y_written_above_p__refused(probe: Contract) -> None:
    """A y below 2^32 + 977 has a second way to be written in 32 bytes; such a point is rare, hence searched."""
    y = next(y for y in range(1, 100) if pow(y * y - 7, (P - 1) // 3, P) == 1)
    x = cube_root((y * y - 7) % P)
    assert probe.isCanonical(x, y)
    assert not probe.isCanonical(x, y + P)
    assert not probe.isOnCurve(x, y + P)


def cube_root(value: int) -> int:
    """A root of a cube modulo p, which is 7 modulo 9."""
    root = pow(value, (P + 2) // 9, P)
    assert pow(root, 3, P) == value
    return root


@pytest.mark.parametrize("scalar", SCALARS)
def test_scalar__every_edge__in_range_exactly_from_one_to_n_less_one(probe: Contract, scalar: int) -> None:
    assert probe.isScalar(scalar) == (0 < scalar < N)


@pytest.mark.parametrize("special", SPECIAL)
def test_negate_and_address__special_points__equal_the_library(probe: Contract, special: Point) -> None:
    assert probe.negate(*special) == (negated(special) if special != INFINITY else INFINITY)
    assert probe.addressOf(*special) == addressed(special)
