"""The arithmetic below the protocol, against slow and plain definitions."""

import hashlib
import json
import secrets
from importlib import resources

import gmpy2
import numpy as np
import pytest
from assay_oracles.audits.fairness.groups import GroupId, NotCanonicalError, group_of
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.msm import Points, below_order
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.audits.fairness.forge import on_curve_between_order_and_modulus

SECP = Secp256k1()
P = 2**256 - 2**32 - 977
ways = pytest.mark.parametrize("multiply", [Points.in_buckets, Points.one_by_one])


@st.composite
def terms(draw):
    """Points (as logarithms) with repetitions and inverses, and scalars of which many digits are zero."""
    logs = draw(st.lists(st.integers(1, ORDER - 1), min_size=1, max_size=4))
    digit = st.sampled_from([0, 0, 1, 255]) | st.integers(0, 255)
    chosen = []
    for _ in range(draw(st.integers(1, 40))):
        log = draw(st.sampled_from(logs))
        full = draw(st.booleans())
        size = 32 if full else 16
        scalar = bytes(32 - size) + bytes(draw(st.lists(digit, min_size=size, max_size=size)))
        chosen.append((draw(st.sampled_from([log, ORDER - log])), scalar, full))
    return chosen


def points_of(*logs):
    elements = b"".join(map(SECP.base, logs))
    return Points(np.frombuffer(elements, dtype=np.uint8).reshape(-1, 64))


@ways
@settings(max_examples=40, deadline=None)
@given(chosen=terms())
def test_msm__any_terms__is_the_sum_of_the_multiples(multiply, chosen):
    points = points_of(*(log for log, _, _ in chosen))
    scalars = np.array([list(scalar) for _, scalar, _ in chosen], dtype=np.uint8)
    total = multiply(points, scalars, np.array([full for _, _, full in chosen]))
    multiples = [SECP.scale(SECP.base(log), int.from_bytes(scalar, "big")) for log, scalar, _ in chosen]
    assert total == SECP.add(*multiples)


@ways
@pytest.mark.parametrize("scalar", [1, 2, 255, 256, 2**128 - 1], ids=str)
def test_msm__one_point__its_multiple(multiply, scalar):
    points = points_of(7)
    digits = np.frombuffer(scalar.to_bytes(32, "big"), dtype=np.uint8).reshape(1, 32)
    assert multiply(points, digits, np.array([False])) == SECP.base(7 * scalar)


@ways
def test_msm__inverse_points_with_equal_scalars__infinity(multiply):
    points = points_of(7, -7)
    assert multiply(points, np.full((2, 32), 3, dtype=np.uint8), np.array([True, True])) == b""


@ways
def test_msm__zero_scalars__infinity(multiply):
    points = points_of(7)
    assert multiply(points, np.zeros((1, 32), dtype=np.uint8), np.array([True])) == b""


@pytest.mark.parametrize("scalar", [ORDER - 1, ORDER, ORDER + 2, 2**256 - 1], ids=hex)
@ways
def test_msm__scalars_from_the_order_on__counted_modulo_it(multiply, scalar):
    points, words = points_of(7), np.frombuffer(scalar.to_bytes(32, "big"), dtype=np.uint8).reshape(1, 32)
    assert multiply(points, words, np.array([True])) == SECP.base(7 * scalar)


@ways
def test_msm__scalar_that_is_not_full__only_its_low_half_read(multiply):
    points, words = points_of(7), np.full((1, 32), 3, dtype=np.uint8)
    assert multiply(points, words, np.array([False])) == SECP.base(7 * int.from_bytes(b"\3" * 16, "big"))


@pytest.mark.parametrize("group_id", GroupId)
def test_group__its_laws__hold(group_id):
    group = group_of(group_id)
    a, b = (secrets.randbelow(group.order - 1) + 1 for _ in range(2))
    left, right = group.base_many([a, b])
    assert group.add(left, right) == group.base(a + b)
    assert group.add(left, left) == group.base(2 * a)
    assert group.add(left, group.negate(left)) == b""
    assert group.add(left, b"") == left
    steps = [(left,), (left, right), (), (group.base(-3 * a - b),), (right,)]
    sums = [group.base(e) for e in (2 * a, 3 * a + b, 3 * a + b, 0, b)]
    assert group.running(left, steps) == sums
    assert group.scale(left, b) == group.scale_secret(left, b) == group.base(a * b)
    assert group.scale(left, 0) == group.base(0) == group.base(group.order) == group.scale(b"", a) == b""
    assert group.scale(left, group.order) == b""
    assert group.negate(b"") == b""
    assert group.from_wire(group.to_wire(left)) == left
    assert group.is_element(left)
    assert group.encodable(left)
    assert not group.is_element(b"")
    assert not group.encodable(b"")


@pytest.mark.parametrize("number", [0, 1, 256, ORDER - 256, ORDER - 1, ORDER, ORDER + 1, P - 1, 2**256 - 1], ids=hex)
def test_below_order__words_around_the_edges__as_numbers_compare(number):
    words = np.frombuffer(number.to_bytes(32, "big"), dtype=np.uint8).reshape(1, 32)
    assert below_order(words).tolist() == [number < ORDER]


@pytest.mark.parametrize(
    "element",
    [bytes(64), SECP.base(7)[:-1] + b"\0", on_curve_between_order_and_modulus()],
    ids=["zeros", "off the curve", "x from N to p"],
)
def test_points__one_is_not_canonical__refused(element):
    encoded = np.frombuffer(SECP.base(3) + element + SECP.base(5), dtype=np.uint8).reshape(-1, 64)
    with pytest.raises(NotCanonicalError):
        Points(encoded)


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 128])
def test_secp256k1__wrong_length__refused_before_the_library_reads(size):
    assert not SECP.is_element(b"\x01" * size)
    if size:
        with pytest.raises(NotCanonicalError):
            SECP.scale(b"\x01" * size, 2)


def test_secp256k1__known_multiples__match_plain_arithmetic():
    x, y = int.from_bytes(SECP.base(1)[:32], "big"), int.from_bytes(SECP.base(1)[32:], "big")
    slope = 3 * x * x * pow(2 * y, -1, P) % P
    double = (slope * slope - 2 * x) % P
    assert SECP.base(2) == double.to_bytes(32, "big") + ((slope * (x - double) - y) % P).to_bytes(32, "big")
    assert SECP.base(ORDER - 1) == SECP.base(1)[:32] + (P - y).to_bytes(32, "big")


PARAMETERS = json.loads((resources.files("assay_oracles.audits.fairness.groups") / "dsa_parameters.json").read_text())


def candidate(seed: int, q: int, length: int, counter: int) -> int:
    """FIPS 186-4, A.1.1.2, steps 11.1 to 11.5: the candidate for p at a counter (SHA-256)."""
    blocks = -(-length // 256)
    offset = 1 + blocks * counter
    digest = [hashlib.sha256(((seed + offset + j) % 2**256).to_bytes(32, "big")).digest() for j in range(blocks)]
    w = sum(int.from_bytes(block, "big") << 256 * j for j, block in enumerate(digest))
    x = w % 2 ** (length - 1) + 2 ** (length - 1)
    return x - (x % (2 * q) - 1)


@pytest.mark.parametrize("name", PARAMETERS)
def test_dsa_parameters__from_their_seeds__regenerate(name):
    given = PARAMETERS[name]
    length = int(name.split("/")[0])
    p, q, g, seed = (int(given[key], 16) for key in ("p", "q", "g", "domain_parameter_seed"))
    assert hashlib.sha256(given["seed_label"].encode()).hexdigest() == given["domain_parameter_seed"]
    u = int.from_bytes(hashlib.sha256(seed.to_bytes(32, "big")).digest(), "big") % 2**255
    assert q == 2**255 + u + 1 - u % 2
    assert gmpy2.is_prime(q, 30)
    assert p == candidate(seed, q, length, given["counter"])
    assert p.bit_length() == length
    assert gmpy2.is_prime(p, 30)
    # The first prime wins; all of the earlier candidates are looked at where there are few.
    for counter in range(given["counter"] if given["counter"] < 100 else 0):
        assert not gmpy2.is_prime(candidate(seed, q, length, counter))
    # A.2.3: the generator from the same seed.
    cofactor, count = (p - 1) // q, 1
    material = seed.to_bytes(32, "big") + b"ggen" + bytes([given["generator_index"]]) + count.to_bytes(2, "big")
    assert g == pow(int.from_bytes(hashlib.sha256(material).digest(), "big"), cofactor, p)
    assert g > 1
    assert pow(g, q, p) == 1
