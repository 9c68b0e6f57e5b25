"""The libraries alone, against one-line Python, on random words and on every edge."""

from collections.abc import Mapping

import pytest
from assay_chain.artifacts import Artifact
from assay_chain.lanes import pack, unpack
from assay_oracles.protocol.consensus import Band, classify, lower_median
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.harness.contract import Contract, outcome, refuses
from tests.contracts.harness.draw import shuffled
from tests.contracts.harness.world import World

pytestmark = pytest.mark.xdist_group("solidity")
fuzz = settings(max_examples=300, deadline=None)

UINT32 = 2**32 - 1
EDGES = [0, 1, 2, 2**16, 2**31 - 1, 2**31, 2**31 + 1, UINT32 - 1, UINT32]
lane = st.sampled_from(EDGES) | st.integers(0, UINT32)
word = st.lists(lane, min_size=8, max_size=8).map(tuple)
mask = st.sampled_from([0, 1, 1 << 255, 2**256 - 1, 2**255 - 1]) | st.integers(0, 2**256 - 1)


@pytest.fixture(scope="module")
def probe(compiled: Mapping[str, Artifact]) -> Contract:
    return World(oracles=0).create_from(compiled["LibraryProbe"])


def unpacked(number: int) -> tuple[int, ...]:
    return unpack([number], 8)


@fuzz
@given(a=word, b=word)
def test_packed_lanes__random_words__equal_lane_by_lane_python(
    probe: Contract, a: tuple[int, ...], b: tuple[int, ...]
) -> None:
    (x,), (y,) = pack(a), pack(b)
    pairs = list(zip(a, b, strict=True))
    assert unpacked(probe.atMost(x, y)) == tuple(UINT32 if p <= q else 0 for p, q in pairs)
    assert unpacked(probe.max(x, y)) == tuple(max(pair) for pair in pairs)
    assert unpacked(probe.min(x, y)) == tuple(min(pair) for pair in pairs)
    assert unpacked(probe.distance(x, y)) == tuple(abs(p - q) for p, q in pairs)
    assert tuple(probe.lane(x, i) for i in range(8)) == a


@pytest.mark.parametrize("index", range(8))
def test_packed_lanes__every_pair_of_edges_in_every_lane__exact_and_neighbours_untouched(
    probe: Contract, index: int
) -> None:
    for p in EDGES:
        for q in EDGES:
            a = tuple(p if i == index else UINT32 for i in range(8))
            b = tuple(q if i == index else UINT32 for i in range(8))
            (x,), (y,) = pack(a), pack(b)
            assert unpacked(probe.atMost(x, y))[index] == (UINT32 if p <= q else 0)
            assert unpacked(probe.distance(x, y)) == tuple(abs(p - q) if i == index else 0 for i in range(8))


@pytest.mark.parametrize(("count", "words"), [(0, 0), (1, 1), (8, 1), (9, 2), (16, 2), (95, 12), (96, 12)])
def test_words_for__counts__rounds_up(probe: Contract, count: int, words: int) -> None:
    assert probe.wordsFor(count) == words


@fuzz
@given(mask)
def test_seats_count__random_masks__equals_the_number_of_ones(probe: Contract, seats: int) -> None:
    assert probe.count(seats) == seats.bit_count()


def test_seats_count__every_single_bit_and_run_of_ones__exact(probe: Contract) -> None:
    for i in range(256):
        assert probe.count(1 << i) == 1
        assert probe.count((1 << i) - 1) == i


@fuzz
@given(seats=mask, index=st.integers(0, 255))
def test_seats_position__random_masks__equals_the_rank(probe: Contract, seats: int, index: int) -> None:
    assert probe.position(seats, 1 << index) == (seats & ((1 << index) - 1)).bit_count()


@pytest.mark.parametrize("number", [0, 1, 2, 255, 256])
def test_seats_only__number_of_a_seat_or_of_none__its_bit_or_nothing(probe: Contract, number: int) -> None:
    assert probe.only(number) == 2**number >> 1


@pytest.mark.parametrize("size", range(33))
def test_seats_full__every_roster_size__has_that_many_ones(probe: Contract, size: int) -> None:
    assert probe.full(size) == 2**size - 1


@settings(max_examples=40, deadline=None)
@given(seats=mask, seed=st.binary(min_size=32, max_size=32))
def test_seats_shuffle__random_pools__equals_the_reference_and_keeps_every_seat(
    probe: Contract, seats: int, seed: bytes
) -> None:
    pool = [i for i in range(256) if seats >> i & 1]
    order = [bit.bit_length() - 1 for bit in probe.shuffle(seats, seed)]
    assert order == shuffled(pool, seed)
    assert sorted(order) == pool


def test_seats_shuffle__another_seed__another_order(probe: Contract) -> None:
    orders = {probe.shuffle(2**31 - 1, keccak(text=str(i))) for i in range(50)}
    assert len(orders) == 50


@fuzz
@given(
    votes=st.lists(st.none() | word, min_size=1, max_size=31).filter(any),
    tolerances=word,
    binding=st.integers(0, 9),
    wrong=st.none() | st.tuples(st.integers(0, 7), st.sampled_from([-1, 1])),
)
def test_judge__random_votes__equals_the_reference_and_takes_no_other_hint(
    probe: Contract,
    votes: list[tuple[int, ...] | None],
    tolerances: tuple[int, ...],
    binding: int,
    wrong: tuple[int, int] | None,
) -> None:
    cast = {i: vote for i, vote in enumerate(votes) if vote is not None}
    median = tuple(lower_median(column) for column in zip(*cast.values(), strict=True))
    bands = {i: classify(vote, median, tolerances, binding) for i, vote in cast.items()}
    columns = [[pack(vote)[0] if vote else 0 for vote in votes]]
    voters = sum(1 << i for i in cast)
    if wrong is not None:
        index, by = wrong
        hint = [number + by if i == index else number for i, number in enumerate(median)]
        if 0 <= hint[index] <= UINT32:
            below, not_above = (
                sum(vote[index] < hint[index] for vote in cast.values()),
                sum(vote[index] <= hint[index] for vote in cast.values()),
            )
            with refuses("WrongMedian", index, below, not_above):
                probe.judge(columns, voters, pack(hint), (pack(tolerances), binding))
    agreed = probe.judge(columns, voters, pack(median), (pack(tolerances), binding))
    within = [i for i, band in bands.items() if band is Band.WITHIN]
    assert agreed.within == sum(1 << i for i in within)
    assert agreed.beyond == sum(1 << i for i, band in bands.items() if band is Band.BEYOND)
    if within:
        paid = list(zip(*(cast[i] for i in within), strict=True))
        assert unpacked(agreed.lowest[0]) == tuple(map(min, paid))
        assert unpacked(agreed.highest[0]) == tuple(map(max, paid))
    else:
        assert (agreed.lowest[0], agreed.highest[0]) == (0, 0)


def test_judge__several_words__bands_combine_over_all_of_them(probe: Contract) -> None:
    """Within in one word and near in the other is near; beyond in any word is beyond."""
    votes = [(5, 5), (5, 5), (5, 5), (5, 7), (5, 9), (9, 5)]
    columns = [[pack((vote[w],))[0] for vote in votes] for w in (0, 1)]
    hint, tolerances = [pack((5,))[0]] * 2, [pack((1,))[0]] * 2
    for binding, beyond in ((16, 0b110000), (9, 0b110000), (8, 0b100000), (0, 0)):
        agreed = probe.judge(columns, 0b111111, hint, (tolerances, binding))
        assert (agreed.within, agreed.beyond) == (0b000111, beyond)
    assert outcome(lambda: probe.judge(columns, 0b111111, [hint[0], 0], (tolerances, 16))) == "WrongMedian"


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 96])
def test_leading__lanes_from_the_first__all_ones_and_the_rest_zero(probe: Contract, count: int) -> None:
    assert unpacked(probe.leading(count)) == tuple(UINT32 if i < count else 0 for i in range(8))
