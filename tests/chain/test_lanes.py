"""Packing votes into words."""

import pytest
from assay_chain import lanes
from assay_chain.errors import MalformedInput
from hypothesis import given
from hypothesis import strategies as st

LANE = st.integers(0, 2**32 - 1)


@given(st.lists(LANE, max_size=96))
def test_unpack__of_packed_lanes__gives_them_back(values: list[int]) -> None:
    words = lanes.pack(values)
    assert len(words) == -(-len(values) // 8)
    assert lanes.unpack(words, len(values)) == tuple(values)


def test_pack__lane_zero__is_in_the_most_significant_bytes() -> None:
    assert lanes.pack([1]) == (1 << 224,)
    assert lanes.pack([0] * 7 + [1]) == (1,)
    assert lanes.pack([0] * 8 + [5, 6]) == (0, 5 << 224 | 6 << 192)
    assert lanes.pack([]) == ()


@pytest.mark.parametrize("bad", [-1, 2**32])
def test_pack__number_that_is_no_lane__is_refused(bad: int) -> None:
    with pytest.raises(MalformedInput, match="lane 1 is") as caught:
        lanes.pack([0, bad])
    assert caught.value.culprit == "local"


@given(st.lists(LANE.filter(bool), min_size=1, max_size=40), st.integers(0, 96))
def test_unpack__with_too_few_or_many_lanes__is_refused_or_adds_zeros_only(values: list[int], count: int) -> None:
    words = lanes.pack(values)
    if count >= len(values) and -(-count // 8) == len(words):  # lanes of zero cannot be told from unused ones
        assert lanes.unpack(words, count) == (*values, *(0,) * (count - len(values)))
        return
    with pytest.raises(MalformedInput) as caught:
        lanes.unpack(words, count)
    assert caught.value.culprit == "chain"
