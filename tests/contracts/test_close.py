"""Closing: the hint must be the lower median in every lane, wide votes come back unchanged, bands are exact."""

from collections.abc import Sequence

import pytest
from assay_chain.lanes import pack
from assay_oracles.protocol.consensus import Verdict, Vote

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.play import GONE, HONEST, SPEC, Round, values
from tests.contracts.harness.terms import DECIDED, EXPIRED, PolicySpec, Terms, wide
from tests.contracts.harness.world import World

TOLERANCES = PolicySpec().tolerances


def voted(world: World, votes: Sequence[Vote | None]) -> Round:
    """A round that waits to be closed."""
    game = Round.start(world)
    game.vote(votes)
    return game


def moved(lane: int, by: int, vote: Vote = HONEST) -> Vote:
    """The same vote with one lane moved."""
    return values(*(number + by if i == lane else number for i, number in enumerate(vote.lanes)))


def test_close__majority__stores_result_spread_and_masks(world: World) -> None:
    game = voted(world, [moved(3, 4), HONEST, moved(6, -9), moved(3, 15), moved(7, 500)])
    event = game.close().only("Decided")
    assert event == {
        "auditId": game.audit,
        "outcome": Verdict.VALUES,
        "result": pack(HONEST.lanes),
        "lowest": pack(moved(6, -9).lanes),
        "highest": pack(moved(3, 4).lanes),
        "paid": 0b00111,
        "slashed": 0b10000,
        "disputeEnd": world.evm.number + 10,
    }
    state = game.state
    assert (state.phase, state.outcome, state.disputeEnd) == (DECIDED, Verdict.VALUES, event["disputeEnd"])
    assert (state.progress >> 160 & 0xFFFFFFFF, state.progress >> 192) == (0b00111, 0b10000)
    assert world.board.result(game.audit) == pack(HONEST.lanes)


@pytest.mark.parametrize("lane", range(8))
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("times", "past", "paid", "slashed"), [(1, 0, 1, 0), (1, 1, 0, 0), (2, 0, 0, 0), (2, 1, 0, 1)])
def test_close__vote_at_and_one_past_both_edges__paid_spared_or_slashed(
    world: World, lane: int, sign: int, times: int, past: int, paid: int, slashed: int
) -> None:
    """Once and twice the tolerance, exactly and one past. Without tolerance the bands collapse: one past is beyond."""
    world.policy = world.add_policy(PolicySpec("free order", orders=()))
    tolerance = TOLERANCES[lane]
    if tolerance == 0 and not past:
        paid, slashed = 1, 0
    elif tolerance == 0:
        paid, slashed = 0, 1
    game = voted(world, [HONEST] * 4 + [moved(lane, sign * (times * tolerance + past))])
    event = game.close().only("Decided")
    assert event["paid"] == 0b01111 | paid << 4
    assert event["slashed"] == slashed << 4


def test_close__within_in_seven_lanes_beyond_in_one__slashed(world: World) -> None:
    game = voted(world, [HONEST] * 4 + [moved(7, 101, moved(6, 50))])
    event = game.close().only("Decided")
    assert (event["paid"], event["slashed"]) == (0b01111, 0b10000)


def test_close__old_answer_copied__out_of_the_band_of_the_sketch_lanes(world: World) -> None:
    """The true counts, known from an earlier audit, do not help: the sketch of another seed is far away."""
    old_sketch = (1000 + 601, 2000 - 601)
    lazy = values(*HONEST.lanes[:6], *old_sketch)
    game = voted(world, [HONEST, HONEST, lazy, HONEST, HONEST])
    event = game.close().only("Decided")
    assert (event["paid"], event["slashed"]) == (0b11011, 0b00100)


def test_close__before_the_reveal_phase_ends__refused_at_its_last_block(world: World) -> None:
    game = Round.start(world)
    game.commit(0, HONEST)
    end = game.state.revealEnd
    for _ in range(3):
        with world.refuses("RevealPhaseNotOver", end):
            game.close([])
        world.evm.mine((end - world.evm.number) // 2)
    world.evm.mine(end - world.evm.number)
    with world.refuses("RevealPhaseNotOver", end):
        game.close([])
    world.evm.mine()
    game.close([])
    assert game.state.phase == EXPIRED


def test_close__whole_roster_revealed__allowed_at_once(world: World) -> None:
    game = Round.start(world)
    started = world.evm.number
    for position in range(5):
        game.commit(position, HONEST)
    for position in range(5):
        with world.refuses("RevealPhaseNotOver"):
            game.close([])
        game.reveal(position, HONEST)
    game.close()
    assert world.evm.number == started
    assert game.state.phase == DECIDED


def test_close__absentees__the_reveal_phase_lasts_to_its_end(world: World) -> None:
    game = Round.start(world)
    for position in range(3):
        game.commit(position, HONEST)
    game.end_commits()
    for position in range(3):
        game.reveal(position, HONEST)
        with world.refuses("RevealPhaseNotOver", game.state.revealEnd):
            game.close()
    game.end_reveals()
    game.close()
    assert game.state.phase == DECIDED


@pytest.mark.parametrize("votes", [[HONEST] * 5, [None] * 5])
def test_close__twice__refused(world: World, votes: list[Vote | None]) -> None:
    game = voted(world, votes)
    game.close()
    with world.refuses("WrongPhase", DECIDED if votes[0] else EXPIRED):
        game.close()


def test_close__unopened_or_unknown__refused(world: World) -> None:
    audit = world.request()
    with world.refuses("WrongPhase", 1):
        world.board.close(audit, (), ())
    with world.refuses("WrongPhase", 0):
        world.board.close(audit + 1, (), ())


@pytest.mark.parametrize("lane", range(8))
@pytest.mark.parametrize("by", [-1, 1])
def test_close__hint_off_by_one_in_one_lane__refused_and_named(world: World, lane: int, by: int) -> None:
    game = voted(world, [HONEST] * 5)
    with world.refuses("WrongMedian", lane, *((0, 0) if by < 0 else (5, 5))):
        game.close(pack(moved(lane, by).lanes))


@pytest.mark.parametrize(
    ("hint", "below", "not_above"), [(99, 0, 0), (100, 0, 1), (101, 1, 1), (103, 2, 2), (104, 2, 3), (106, 3, 4)]
)
def test_close__even_number_of_values__only_the_lower_middle_is_the_median(
    world: World, hint: int, below: int, not_above: int
) -> None:
    """Four values 100, 102, 104, 106 among five members: rank (4 - 1) / 2 = 1, that is 102."""
    game = voted(world, [moved(3, 0), moved(3, 2), moved(3, 4), moved(3, 6), GONE])
    with world.refuses("WrongMedian", 3, below, not_above):
        game.close(pack(moved(3, hint - 100).lanes))
    assert game.close().only("Decided")["result"] == pack(moved(3, 2).lanes)


def test_close__hint_inside_the_range_that_nobody_voted__refused(world: World) -> None:
    game = voted(world, [moved(3, 0), moved(3, 0), moved(3, 6), moved(3, 6), moved(3, 8)])
    with world.refuses("WrongMedian", 3, 2, 2):
        game.close(pack(moved(3, 3).lanes))


@pytest.mark.parametrize("words", [0, 2, 40])
def test_close__hint_of_wrong_length__refused(world: World, words: int) -> None:
    game = voted(world, [HONEST] * 5)
    with world.refuses("WrongLength", words, 1):
        game.close([0] * words)


@pytest.mark.parametrize("lane", range(1, 8))
def test_close__dirty_padding_in_the_hint__refused(world: World, lane: int) -> None:
    world.policy = world.add_policy(PolicySpec("one lane", maxima=(9,), tolerances=(1,), orders=()))
    game = voted(world, [values(4)] * 5)
    with world.refuses("WrongMedian", lane, 5, 5):
        game.close(pack([4] + [1 if i == lane else 0 for i in range(1, 8)]))


def test_close__no_majority_of_values__whatever_the_hint_says_there_is_no_result(world: World) -> None:
    game = voted(world, [SPEC, SPEC, SPEC, HONEST, HONEST])
    event = game.close(pack(HONEST.lanes)).only("Decided")
    assert (event["outcome"], event["result"]) == (Verdict.INVALID_SPEC, ())
    assert world.board.result(game.audit) == ()


@pytest.mark.parametrize("lanes", [9, 20, 96])
def test_close__wide_votes_resupplied__decided_like_narrow_ones(world: World, lanes: int) -> None:
    world.policy = world.add_policy(wide(lanes))
    base = values(*range(100, 100 + lanes))
    votes = [moved(0, 3, base), base, moved(lanes - 1, -10, base), moved(8, 11, base), moved(8, 21, base)]
    game = voted(world, votes)
    event = game.close().only("Decided")
    assert (event["paid"], event["slashed"]) == (0b00111, 0b10000)
    assert event["lowest"] == pack(moved(lanes - 1, -10, base).lanes)
    assert event["highest"] == pack(moved(0, 3, base).lanes)
    assert world.board.result(game.audit) == pack(base.lanes)


@pytest.mark.parametrize("word", range(3))
@pytest.mark.parametrize("position", [0, 2, 4])
def test_close__wide_vote_resupplied_with_one_bit_changed__refused(world: World, word: int, position: int) -> None:
    world.policy = world.add_policy(wide(20))
    game = voted(world, [values(*[7] * 20)] * 5)
    votes = [list(each) for each in game.wide_votes()]
    votes[position][word] ^= 1 << 255
    with world.refuses("WrongVote", position):
        game.close(votes=votes)


def test_close__wide_votes_missing_swapped_or_misshapen__refused(world: World) -> None:
    world.policy = world.add_policy(wide(20))
    game = voted(world, [values(*[i] * 20) for i in (5, 6, 7)] + [GONE, values(*[8] * 20)])
    first, second, *rest = game.wide_votes()
    for count in (0, 3, 5):
        with world.refuses("WrongLength", count, 4):
            game.close(votes=([first, second, *rest] * 2)[:count])
    with world.refuses("WrongVote", 0):
        game.close(votes=[second, first, *rest])
    with world.refuses("WrongVote", 0):
        game.close(votes=[first[:2], second, *rest])
    with world.refuses("WrongVote", 4):
        game.close(votes=[first, second, rest[0], (*rest[1], 0)])
    game.close()


@pytest.mark.parametrize(
    ("votes", "phase"),
    [
        ([HONEST, HONEST, moved(3, 50), moved(3, 50)], EXPIRED),
        ([HONEST, HONEST, HONEST, moved(3, 50)], DECIDED),
        ([HONEST, HONEST, moved(3, 10), moved(3, -10)], DECIDED),
        ([HONEST, HONEST, GONE, GONE], EXPIRED),
        ([HONEST, HONEST, SPEC, SPEC], EXPIRED),
        ([SPEC, SPEC, SPEC, HONEST], DECIDED),
        ([GONE, GONE, GONE, HONEST], DECIDED),
        ([HONEST, HONEST, None, None], EXPIRED),
        ([SPEC, SPEC, None, None], EXPIRED),
        ([GONE, GONE, None, None], EXPIRED),
    ],
)
def test_close__even_roster__half_is_no_majority(world: World, votes: list[Vote | None], phase: int) -> None:
    world.revoke(world.oracles[2], "ORACLE")
    game = voted(world, votes)
    assert len(game.seats) == 4
    game.close()
    assert game.state.phase == phase


def test_close__by_anyone__needs_no_role(world: World) -> None:
    game = voted(world, [HONEST] * 5)
    world.board.close(game.audit, game.hint(), (), sender=Account.named("passer-by"))
    assert game.state.phase == DECIDED


def test_close__single_member_of_a_development_roster__decides_alone(world: World) -> None:
    world.policy = world.add_policy(PolicySpec("alone", Terms(min_roster=1, max_roster=1)))
    game = voted(world, [HONEST])
    assert game.close().only("Decided")["paid"] == 1
