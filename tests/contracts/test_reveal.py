"""Revealing: after the commit phase, in time, exactly once, exactly what was committed; anyone may deliver."""

from typing import Any

import pytest
from assay_chain.lanes import pack
from assay_oracles.protocol.consensus import Verdict, Vote
from eth_abi.abi import encode
from eth_utils import keccak

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.play import EVIDENCE, GONE, HONEST, SPEC, Round, opening, values
from tests.contracts.harness.terms import PolicySpec, wide
from tests.contracts.harness.world import World


@pytest.fixture
def game(world: World) -> Round:
    """A round in which position 0 committed to the honest vote."""
    game = Round.start(world)
    game.commit(0, HONEST)
    return game


def test_reveal__honest__stores_the_vote_and_logs_everything(game: Round) -> None:
    game.end_commits()
    event = game.reveal(0, HONEST).only("Revealed")
    assert event == {
        "auditId": game.audit,
        "seat": game.seats[0],
        "verdict": Verdict.VALUES,
        "words": pack(HONEST.lanes),
        "evidence": EVIDENCE,
    }
    assert game.world.board.voteOf(game.audit, game.seats[0]) == pack(HONEST.lanes)[0].to_bytes(32, "big")
    assert game.state.progress == 1 | 1 << 32


@pytest.mark.parametrize(("vote", "shift"), [(SPEC, 96), (GONE, 128)])
def test_reveal__without_values__marks_only_the_verdict(world: World, vote: Vote, shift: int) -> None:
    game = Round.start(world)
    game.commit(2, vote)
    game.end_commits()
    game.reveal(2, vote)
    assert game.state.progress == 1 << 2 | 1 << (shift + 2)


def test_reveal__while_others_can_still_commit__refused(game: Round) -> None:
    with game.world.refuses("CommitPhaseNotOver", game.state.commitEnd):
        game.reveal(0, HONEST)
    game.world.evm.mine(game.state.commitEnd - game.world.evm.number)
    with game.world.refuses("CommitPhaseNotOver", game.state.commitEnd):
        game.reveal(0, HONEST)
    game.world.evm.mine()
    game.reveal(0, HONEST)


def test_reveal__whole_roster_committed__allowed_at_once(game: Round) -> None:
    for position in range(1, 5):
        with game.world.refuses("CommitPhaseNotOver"):
            game.reveal(0, HONEST)
        game.commit(position, HONEST)
    game.reveal(0, HONEST)


def test_reveal__last_block_of_the_phase__accepted_and_one_later_refused(game: Round) -> None:
    game.commit(1, HONEST)
    end = game.state.revealEnd
    game.world.evm.mine(end - game.world.evm.number)
    game.reveal(0, HONEST)
    game.world.evm.mine()
    with game.world.refuses("RevealPhaseOver", end):
        game.reveal(1, HONEST)


def test_reveal__delivered_by_a_third_party__counts_for_its_voter(game: Round) -> None:
    game.end_commits()
    game.reveal(0, HONEST, sender=Account.named("stranger"))
    assert game.state.progress >> 32 & 0xFFFFFFFF == 1


def test_reveal__second_opening__refused(game: Round) -> None:
    game.end_commits()
    game.reveal(0, HONEST)
    with game.world.refuses("NothingToReveal", game.audit, game.voters[0]):
        game.reveal(0, HONEST)


@pytest.mark.parametrize("vote", [SPEC, GONE])
def test_reveal__second_opening_after_a_verdict_without_values__refused(world: World, vote: Vote) -> None:
    game = Round.start(world)
    game.commit(0, vote)
    game.end_commits()
    game.reveal(0, vote)
    with world.refuses("NothingToReveal", game.audit, game.voters[0]):
        game.reveal(0, vote)


def test_reveal__nothing_committed__refused(game: Round) -> None:
    game.end_commits()
    with game.world.refuses("NothingToReveal", game.audit, game.voters[1]):
        game.reveal(1, HONEST)


def test_reveal__of_an_outsider__refused(game: Round) -> None:
    game.end_commits()
    stranger = Account.named("stranger")
    with game.world.refuses("NotInRoster", game.audit, stranger):
        game.world.board.reveal(game.audit, stranger, *opening(0, HONEST), sender=stranger)


@pytest.mark.parametrize(
    ("index", "changed"),
    [
        (0, int(Verdict.UNAVAILABLE)),
        (1, pack((5, 6, 7, 100, 200, 300, 1000, 2001))),
        (2, keccak(text="other evidence")),
        (3, keccak(text="other salt")),
    ],
)
def test_reveal__any_part_differs_from_the_commitment__refused(game: Round, index: int, changed: Any) -> None:
    game.end_commits()
    parts: list[Any] = list(opening(0, HONEST))
    parts[index] = changed
    if index == 0:
        parts[1] = ()
    with game.world.refuses("WrongOpening"):
        game.world.board.reveal(game.audit, game.voters[0], *parts, sender=game.voters[0])


def test_reveal__audit_not_open__refused(world: World) -> None:
    audit = world.request()
    with world.refuses("WrongPhase", 1):
        world.board.reveal(audit, world.oracles[0], *opening(0, HONEST), sender=world.oracles[0])


@pytest.mark.parametrize("verdict", [Verdict.NONE, Verdict.INVALID])
@pytest.mark.parametrize("lanes", [(), HONEST.lanes])
def test_reveal__verdict_that_a_whitebox_audit_has_not__refused(
    world: World, verdict: Verdict, lanes: tuple[int, ...]
) -> None:
    refused(world, Vote(verdict, lanes), "BadVerdict", verdict)


@pytest.mark.parametrize("verdict", [Verdict.INVALID_SPEC, Verdict.UNAVAILABLE])
def test_reveal__lanes_with_a_verdict_that_has_none__refused(world: World, verdict: Verdict) -> None:
    refused(world, Vote(verdict, HONEST.lanes), "BadVerdict", verdict)


@pytest.mark.parametrize("lanes", [(), HONEST.lanes * 2, (0,) * 16, (0,) * 1000])
def test_reveal__wrong_number_of_words__refused(world: World, lanes: tuple[int, ...]) -> None:
    refused(world, values(*lanes), "WrongLength", len(pack(lanes)), 1)


@pytest.mark.parametrize("lane", range(6))
def test_reveal__lane_beyond_its_maximum__refused(world: World, lane: int) -> None:
    lanes = [10_000] * 8
    world_round_accepts(world, values(*lanes))
    lanes[lane] = 10_001
    refused(world, values(*lanes), "LaneOutOfRange", lane, 10_001, 10_000)


def test_reveal__lanes_out_of_order__refused(world: World) -> None:
    refused(world, values(5, 8, 7, 0, 0, 0, 0, 0), "LaneOrderBroken", 1, 2)
    refused(world, values(7, 6, 7, 0, 0, 0, 0, 0), "LaneOrderBroken", 0, 1)


@pytest.mark.parametrize("lane", [1, 5, 7])
def test_reveal__dirty_padding_lanes__refused(world: World, lane: int) -> None:
    """A policy of one lane: the other seven lanes of the word must be zero."""
    world.policy = world.add_policy(PolicySpec("one lane", maxima=(9,), tolerances=(0,), orders=()))
    refused(world, values(*(9 if i == lane else 0 for i in range(8))), "LaneOutOfRange", lane, 9, 0)


def test_reveal__wide_vote__stores_its_digest(world: World) -> None:
    world.policy = world.add_policy(wide(20))
    vote = values(*range(20))
    game = Round.start(world)
    game.commit(0, vote)
    game.end_commits()
    game.reveal(0, vote)
    digest = keccak(encode(["uint256[]"], [pack(vote.lanes)]))
    assert world.board.voteOf(game.audit, game.seats[0]) == digest


def world_round_accepts(world: World, vote: Vote) -> None:
    with world.sandbox():
        game = Round.start(world)
        game.commit(0, vote)
        game.end_commits()
        game.reveal(0, vote)


def refused(world: World, vote: Vote, error: str, *args: Any) -> None:
    """A vote that was committed to, but must not be revealed."""
    game = Round.start(world)
    game.commit(0, vote)
    game.end_commits()
    with world.refuses(error, *args):
        game.reveal(0, vote)
