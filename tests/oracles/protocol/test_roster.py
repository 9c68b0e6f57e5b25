from assay_oracles.protocol.roster import Progress, mask_of, members, position, seats
from hypothesis import given
from hypothesis import strategies as st

rosters = st.sets(st.integers(0, 255), max_size=31)


@given(rosters)
def test_seats__any_roster__are_its_members_ascending(chosen):
    assert seats(sum(1 << seat for seat in chosen)) == tuple(sorted(chosen))


@given(rosters)
def test_mask_of__seats_of_a_mask__gives_the_mask_back(chosen):
    mask = sum(1 << seat for seat in chosen)
    assert mask_of(seats(mask)) == mask


@given(rosters, st.integers(0, 255))
def test_position__any_seat__is_its_rank_or_none(chosen, seat):
    expected = sorted(chosen).index(seat) if seat in chosen else None
    assert position(seat, mask_of(tuple(chosen))) == expected


@given(rosters, rosters)
def test_members__after_an_appeal__nobody_moves_and_the_added_follow(chosen, others):
    roster, added = mask_of(tuple(chosen)), mask_of(tuple(others - chosen))
    assert members(roster, added) == (*sorted(chosen), *sorted(others - chosen))
    for place, seat in enumerate(members(roster, added)):
        assert position(seat, roster, added) == place


@given(st.lists(st.integers(0, 2**32 - 1), min_size=7, max_size=7))
def test_progress__packed_word__unpacks_field_by_field(masks):
    progress = Progress.unpack(sum(mask << (32 * field) for field, mask in enumerate(masks)))
    names = ("committed", "values", "invalid", "invalid_spec", "unavailable", "paid", "slashed")
    assert tuple(getattr(progress, name) for name in names) == tuple(masks)
    assert progress.revealed == masks[1] | masks[2] | masks[3] | masks[4]
