"""Committing: members of the roster, once, in time, and never somebody else's commitment to any use."""

import pytest
from assay_oracles.protocol.commitment import commitment
from assay_oracles.protocol.consensus import Verdict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.play import HONEST, Round, opening
from tests.contracts.harness.terms import OPEN
from tests.contracts.harness.world import World

DIGEST = b"\x11" * 32


def test_commit__by_a_member__stored_and_marked(world: World) -> None:
    game = Round.start(world)
    event = game.commit(3, HONEST).only("Committed")
    digest = game.commitment(3, HONEST)
    assert event == {"auditId": game.audit, "seat": game.seats[3], "commitment": digest}
    assert world.board.voteOf(game.audit, game.seats[3]) == digest
    assert game.state.progress == 1 << 3


def test_commit__not_in_the_roster__refused(world: World) -> None:
    game = Round.start(world)
    for outsider in (world.client, world.gatekeeper, world.seat_oracle("late oracle"), Account.named("stranger")):
        with world.refuses("NotInRoster", game.audit, outsider):
            world.board.commit(game.audit, DIGEST, sender=outsider)


def test_commit__second_commitment__refused_and_the_first_stands(world: World) -> None:
    game = Round.start(world)
    game.commit(0, HONEST)
    for digest in (DIGEST, game.commitment(0, HONEST)):
        with world.refuses("AlreadyCommitted", game.audit, game.voters[0]):
            world.board.commit(game.audit, digest, sender=game.voters[0])


def test_commit__after_the_reveal__refused(world: World) -> None:
    game = Round.start(world)
    for position in range(5):
        game.commit(position, HONEST)
    game.reveal(0, HONEST)
    with world.refuses("AlreadyCommitted", game.audit, game.voters[0]):
        world.board.commit(game.audit, DIGEST, sender=game.voters[0])


def test_commit__empty_digest__refused(world: World) -> None:
    game = Round.start(world)
    with world.refuses("EmptyCommitment"):
        world.board.commit(game.audit, b"\0" * 32, sender=game.voters[0])


def test_commit__last_block_of_the_phase__accepted_and_one_later_refused(world: World) -> None:
    game = Round.start(world)
    end = game.state.commitEnd
    world.evm.mine(end - world.evm.number)
    game.commit(0, HONEST)
    world.evm.mine()
    with world.refuses("CommitPhaseOver", end):
        world.board.commit(game.audit, DIGEST, sender=game.voters[1])


def test_commit__audit_not_open__refused(world: World) -> None:
    audit = world.request()
    with world.refuses("WrongPhase", 1):
        world.board.commit(audit, DIGEST, sender=world.oracles[0])
    with world.refuses("WrongPhase", 0):
        world.board.commit(audit + 1, DIGEST, sender=world.oracles[0])


def test_commit__copied_from_another_voter__cannot_be_opened_by_the_copier(world: World) -> None:
    game = Round.start(world)
    victim, copier = game.voters[0], game.voters[1]
    copied = game.commitment(0, HONEST)
    game.commit(0, HONEST)
    world.board.commit(game.audit, copied, sender=copier)
    game.end_commits()
    game.reveal(0, HONEST)
    mine = world.board.commitmentOf(game.audit, copier, *opening(0, HONEST))
    with world.refuses("WrongOpening", mine, copied):
        world.board.reveal(game.audit, copier, *opening(0, HONEST), sender=copier)
    assert mine != copied
    assert world.board.commitmentOf(game.audit, victim, *opening(0, HONEST)) == copied


def test_commit__copied_from_another_audit__cannot_be_opened(world: World) -> None:
    first, second = Round.start(world), Round.start(world)
    copied = first.commitment(0, HONEST)
    world.board.commit(second.audit, copied, sender=second.voters[0])
    second.end_commits()
    with world.refuses("WrongOpening", second.commitment(0, HONEST), copied):
        second.reveal(0, HONEST)


@pytest.mark.parametrize("elsewhere", ["another chain", "another board"])
def test_commit__copied_from_elsewhere__cannot_be_opened(world: World, elsewhere: str) -> None:
    if elsewhere == "another chain":
        other = World(chain_id=world.evm.chain_id + 1)
        assert other.board.address == world.board.address
    else:
        other = World(deployer="another deployer")
        assert (other.board.address, other.evm.chain_id) != (world.board.address, world.evm.chain_id)
        assert other.evm.chain_id == world.evm.chain_id
    theirs, ours = Round.start(other), Round.start(world)
    assert (theirs.audit, theirs.voters[0]) == (ours.audit, ours.voters[0])
    copied = theirs.commitment(0, HONEST)
    world.board.commit(ours.audit, copied, sender=ours.voters[0])
    ours.end_commits()
    with world.refuses("WrongOpening", ours.commitment(0, HONEST), copied):
        ours.reveal(0, HONEST)


def test_commit__roster_counts_by_seat_not_by_arrival__positions_are_ranks(world: World) -> None:
    game = Round.start(world)
    game.commit(4, HONEST)
    game.commit(1, HONEST)
    assert game.state.progress == 0b10010
    assert game.state.phase == OPEN


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    audit=st.integers(0, 2**256 - 1),
    voter=st.binary(min_size=20, max_size=20),
    verdict=st.sampled_from(Verdict),
    words=st.lists(st.integers(0, 2**256 - 1), max_size=13),
    evidence=st.binary(min_size=32, max_size=32),
    salt=st.binary(min_size=32, max_size=32),
)
def test_commitment_of__random_openings__equals_what_oracles_compute(
    world: World, audit: int, voter: bytes, verdict: Verdict, words: list[int], evidence: bytes, salt: bytes
) -> None:
    address = "0x" + voter.hex()
    mine = commitment(world.evm.chain_id, world.board.address, audit, address, verdict, words, evidence, salt)
    assert world.board.commitmentOf(audit, address, verdict, words, evidence, salt) == mine
