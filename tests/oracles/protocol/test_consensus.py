"""Rule 5 on the Python reference: medians, bands, every outcome, and the proof as properties."""

import pytest
from assay_oracles.protocol.consensus import (
    Band,
    Decision,
    Verdict,
    Vote,
    classify,
    closing,
    decide,
    lower_median,
    majority_median,
)
from hypothesis import given
from hypothesis import strategies as st

UINT32 = 2**32 - 1


def values(*lanes: int) -> Vote:
    return Vote(Verdict.VALUES, lanes)


def fault(kind: int, row: int, branch: int = 0) -> Vote:
    return Vote(Verdict.INVALID, (kind, row, branch))


FALSE = fault(4, 17, 2)
SPEC = Vote(Verdict.INVALID_SPEC)
GONE = Vote(Verdict.UNAVAILABLE)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([7], 7), ([9, 1], 1), ([3, 1, 2], 2), ([4, 1, 3, 2], 2), ([5, 5, 0, 0], 0), ([0, UINT32, UINT32], UINT32)],
)
def test_lower_median__odd_and_even_counts__takes_the_lesser_middle(numbers: list[int], expected: int) -> None:
    assert lower_median(numbers) == expected


def test_lower_median__no_numbers__refused() -> None:
    with pytest.raises(ValueError, match="no numbers"):
        lower_median([])


@pytest.mark.parametrize(
    ("distance", "band"),
    [(0, Band.WITHIN), (10, Band.WITHIN), (11, Band.NEAR), (20, Band.NEAR), (21, Band.BEYOND)],
)
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("lane", [0, 1, 2])
def test_classify__both_edges_of_both_bands__exact(distance: int, band: Band, sign: int, lane: int) -> None:
    vote = [1000, 1000, 1000]
    vote[lane] += sign * distance
    assert classify(vote, [1000, 1000, 1000], [10, 10, 10]) is band


def test_classify__one_lane_near_another_beyond__beyond() -> None:
    assert classify([115, 121], [100, 100], [10, 10]) is Band.BEYOND


def test_classify__tolerance_zero__only_equality_is_within() -> None:
    assert classify([5], [5], [0]) is Band.WITHIN
    assert classify([6], [5], [0]) is Band.BEYOND


def test_classify__tolerance_whose_double_exceeds_32_bits__does_not_wrap() -> None:
    assert classify([UINT32], [0], [2**31]) is Band.NEAR


def test_classify__different_lengths__refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        classify([1, 2], [1], [0])


def test_decide__values_majority__pays_spares_and_slashes_by_band() -> None:
    votes = [values(100), values(103), values(97), values(100), values(118), values(121), SPEC]
    assert decide(votes, [10]) == Decision(
        Verdict.VALUES,
        paid=frozenset({0, 1, 2, 3}),
        slashed=frozenset({5, 6}),
        struck=frozenset(),
        result=(100,),
        lowest=(97,),
        highest=(103,),
    )


def test_decide__values_majority__strikes_the_unavailable_and_slashes_the_absent() -> None:
    decision = decide([values(5), values(5), values(5), GONE, None], [0])
    assert (set(decision.paid), set(decision.struck), set(decision.slashed)) == ({0, 1, 2}, {3}, {4})


def test_decide__exactly_half_agree__nothing_decided_nobody_punished_for_an_opinion() -> None:
    decision = decide([values(0), values(0), values(90), values(90)], [10])
    assert decision == Decision(Verdict.NONE, frozenset(), frozenset(), frozenset())


def test_decide__majority_of_reveals_but_not_of_roster__nothing_decided() -> None:
    decision = decide([values(7), values(7), None, None, GONE], [0])
    assert decision == Decision(Verdict.NONE, paid=frozenset(), slashed=frozenset({2, 3}), struck=frozenset({4}))


def test_decide__invalid_spec_majority__pays_it_slashes_values_and_absent_strikes_unavailable() -> None:
    decision = decide([SPEC, SPEC, SPEC, SPEC, values(1), GONE, None], [0])
    assert decision == Decision(
        Verdict.INVALID_SPEC, paid=frozenset({0, 1, 2, 3}), slashed=frozenset({4, 6}), struck=frozenset({5})
    )


def test_decide__invalid_spec_by_exactly_half__nothing_decided() -> None:
    assert decide([SPEC, SPEC, values(1), GONE], [0]).outcome is Verdict.NONE


def test_decide__unavailable_majority__pays_everyone_who_revealed_and_strikes_nobody() -> None:
    decision = decide([GONE, GONE, GONE, GONE, values(1), SPEC, None], [0])
    assert decision == Decision(
        Verdict.UNAVAILABLE, paid=frozenset({0, 1, 2, 3, 4, 5}), slashed=frozenset({6}), struck=frozenset()
    )


def test_decide__values_majority__slashes_who_found_a_fault() -> None:
    decision = decide([values(5)] * 4 + [FALSE, SPEC, GONE], [0])
    assert (decision.outcome, decision.paid) == (Verdict.VALUES, {0, 1, 2, 3})
    assert (decision.slashed, decision.struck) == ({4, 5}, {6})


def test_decide__fault_majority__pays_who_named_it_and_slashes_every_other_finding() -> None:
    votes = [FALSE, fault(4, 17, 3), FALSE, values(5), FALSE, SPEC, FALSE, GONE, None, FALSE, FALSE]
    assert decide(votes, [0]) == Decision(
        Verdict.INVALID,
        paid=frozenset({0, 2, 4, 6, 9, 10}),
        slashed=frozenset({1, 3, 5, 8}),
        struck=frozenset({7}),
        result=(4, 17, 2),
        lowest=(4, 17, 2),
        highest=(4, 17, 2),
    )


@pytest.mark.parametrize("other", [fault(3, 17, 2), fault(4, 16, 2), fault(4, 17, 1), fault(8, 18, 3)])
def test_decide__most_find_a_fault_but_half_another__nothing_decided_nobody_slashed(other: Vote) -> None:
    assert decide([FALSE, FALSE, other, other], [0]) == Decision(Verdict.NONE, frozenset(), frozenset(), frozenset())


def test_decide__fault_by_exactly_half__nothing_decided() -> None:
    assert decide([FALSE, FALSE, values(5), values(5)], [0]).outcome is Verdict.NONE
    assert decide([FALSE, FALSE, None, None], [0]).slashed == {2, 3}


def test_decide__invalid_spec_majority__slashes_who_found_a_fault() -> None:
    decision = decide([SPEC, SPEC, SPEC, FALSE, values(1)], [0])
    assert (decision.outcome, decision.paid, decision.slashed) == (Verdict.INVALID_SPEC, {0, 1, 2}, {3, 4})


def test_decide__unavailable_majority__pays_who_found_a_fault() -> None:
    decision = decide([GONE, GONE, GONE, FALSE, values(1)], [0])
    assert (decision.outcome, decision.paid) == (Verdict.UNAVAILABLE, {0, 1, 2, 3, 4})


def test_decide__fault_without_three_lanes__refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        decide([Vote(Verdict.INVALID, (4, 17))], [0, 0])


@st.composite
def rounds(draw: st.DrawFn, *, all_honest_reveal: bool) -> tuple[list[Vote | None], list[int], frozenset[int]]:
    """Votes of a roster with an honest majority, tolerances, and the honest positions.

    Honest votes differ by at most the tolerance in every lane. The others do what they like, and like best to sit at
    the edges of the bands.
    """
    size = draw(st.integers(1, 31))
    lanes = draw(st.integers(1, 3))
    tolerances = [draw(st.sampled_from([0, 1, 2, 50, 2**31, UINT32])) for _ in range(lanes)]
    base = [draw(st.integers(0, UINT32 - tolerance)) for tolerance in tolerances]
    others = draw(st.frozensets(st.integers(0, size - 1), max_size=(size - 1) // 2))

    def lane(low: int, tolerance: int, honest: bool) -> st.SearchStrategy[int]:
        if honest:
            return st.sampled_from([low, low + tolerance]) | st.integers(low, low + tolerance)
        edges = [low + k * tolerance + d for k in (-3, -2, -1, 0, 1, 2, 3) for d in (-1, 0, 1)]
        return st.sampled_from([edge for edge in edges if 0 <= edge <= UINT32]) | st.integers(0, UINT32)

    def vote(honest: bool) -> Vote:
        pairs = zip(base, tolerances, strict=True)
        return values(*(draw(lane(low, tolerance, honest)) for low, tolerance in pairs))

    votes: list[Vote | None] = []
    for position in range(size):
        honest = position not in others
        choice = draw(st.sampled_from(["vote", "absent"] if honest else ["vote", "absent", "false", "spec", "gone"]))
        if choice == "vote" or (honest and all_honest_reveal):
            votes.append(vote(honest))
        else:
            votes.append({"absent": None, "false": FALSE, "spec": SPEC, "gone": GONE}[choice])
    return votes, tolerances, frozenset(range(size)) - others


@given(rounds(all_honest_reveal=False))
def test_decide__honest_majority__no_honest_vote_is_ever_slashed(
    case: tuple[list[Vote | None], list[int], frozenset[int]],
) -> None:
    votes, tolerances, honest = case
    revealed = {i for i in honest if votes[i] is not None}
    assert not decide(votes, tolerances).slashed & revealed


@given(rounds(all_honest_reveal=True))
def test_decide__all_of_an_honest_majority_reveal__decided_and_all_of_them_paid(
    case: tuple[list[Vote | None], list[int], frozenset[int]],
) -> None:
    votes, tolerances, honest = case
    decision = decide(votes, tolerances)
    assert decision.outcome is Verdict.VALUES
    assert honest <= decision.paid
    for lane in range(len(tolerances)):
        honest_lanes = [vote.lanes[lane] for i in honest if (vote := votes[i]) is not None]
        assert min(honest_lanes) <= decision.result[lane] <= max(honest_lanes)


@st.composite
def false_tables(draw: st.DrawFn, *, all_honest_reveal: bool) -> tuple[list[Vote | None], frozenset[int]]:
    """Votes on a false table: honest ones name its first fault, the others deny it, name another, or anything."""
    size = draw(st.integers(1, 31))
    others = draw(st.frozensets(st.integers(0, size - 1), max_size=(size - 1) // 2))
    faults = st.builds(fault, st.integers(1, 8), st.sampled_from([1, 16, 17, 18, UINT32]), st.integers(0, 3))
    hostile = st.one_of(faults, st.sampled_from([FALSE, values(0), values(UINT32), SPEC, GONE, None]))
    honest = st.just(FALSE) if all_honest_reveal else st.sampled_from([FALSE, None])
    votes = [draw(hostile if position in others else honest) for position in range(size)]
    return votes, frozenset(range(size)) - others


@given(false_tables(all_honest_reveal=False))
def test_decide__honest_majority_on_a_false_table__no_honest_vote_is_ever_slashed(
    case: tuple[list[Vote | None], frozenset[int]],
) -> None:
    votes, honest = case
    decision = decide(votes, [0])
    assert not decision.slashed & {i for i in honest if votes[i] is not None}
    assert decision.outcome is not Verdict.VALUES


@given(false_tables(all_honest_reveal=True))
def test_decide__all_of_an_honest_majority_reveal_a_false_table__decided_invalid_and_all_of_them_paid(
    case: tuple[list[Vote | None], frozenset[int]],
) -> None:
    votes, honest = case
    decision = decide(votes, [0])
    assert (decision.outcome, decision.result) == (Verdict.INVALID, FALSE.lanes)
    assert honest <= decision.paid == {i for i, vote in enumerate(votes) if vote == FALSE}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted), min_size=1, max_size=31))
def test_lower_median__votes_that_keep_a_pairwise_order__results_keep_it(votes: list[list[int]]) -> None:
    lesser, greater = zip(*votes, strict=True)
    assert lower_median(lesser) <= lower_median(greater)


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), min_size=9, max_size=9), max_size=7), st.integers(0, 7))
def test_majority_median__any_votes__is_what_the_reference_decides_on_or_empty(
    values: list[list[int]], absent: int
) -> None:
    median = majority_median(values, len(values) + absent)
    assert (median == ()) == (len(values) <= absent)
    everyone = [Vote(Verdict.VALUES, tuple(value)) for value in values] + [None] * absent
    assert decide(everyone, [2**32 - 1] * 9).result == median


@pytest.mark.parametrize(
    ("votes", "roster_size", "told"),
    [
        ([values(5), FALSE, values(7), values(6)], 5, ((6,), [(5,), (7,), (6,)])),
        ([FALSE, values(5), fault(4, 17, 3), FALSE], 5, ((4, 17, 2), [(4, 17, 2), (4, 17, 3), (4, 17, 2)])),
        ([FALSE, FALSE, values(5), values(5)], 4, ((), [])),
        ([FALSE, FALSE], 4, ((), [])),
        ([SPEC, SPEC, SPEC, FALSE, values(5)], 5, ((), [])),
        ([], 3, ((), [])),
    ],
)
def test_closing__values_or_faults__those_of_the_majority_and_their_median(
    votes: list[Vote], roster_size: int, told: tuple[tuple[int, ...], list[tuple[int, ...]]]
) -> None:
    assert closing(votes, roster_size) == told


def test_decide__added_on_appeal_and_unavailable__does_not_count_and_is_not_struck() -> None:
    """Three decided 5; five were added. Of eight three would be no majority, of three and one they are."""
    added = [GONE, GONE, GONE, GONE, values(9)]
    assert decide([values(5)] * 3 + added, [0]).outcome is Verdict.NONE
    decision = decide([values(5)] * 3 + added, [0], first=3)
    assert (decision.outcome, decision.result) == (Verdict.VALUES, (5,))
    assert (decision.paid, decision.slashed, decision.struck) == ({0, 1, 2}, {7}, frozenset())


def test_decide__unavailable_at_first_and_on_appeal__is_confirmed_and_all_have_the_stipend() -> None:
    decision = decide([GONE, GONE, values(5), GONE, GONE], [0], first=3)
    assert (decision.outcome, decision.paid) == (Verdict.UNAVAILABLE, {0, 1, 2, 3, 4})


def test_decide__unavailable_only_on_appeal__never_the_outcome() -> None:
    decision = decide([values(5), values(5), SPEC, *[GONE] * 9, SPEC], [0], first=3)
    assert (decision.outcome, decision.struck) == (Verdict.NONE, frozenset())
