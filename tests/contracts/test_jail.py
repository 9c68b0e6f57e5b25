"""Strikes: three unavailable votes in a row jail a seat; a paid vote clears them; after the term it can return."""

from assay_oracles.protocol.consensus import Vote

from tests.contracts.harness.accounts import Permit
from tests.contracts.harness.play import GONE, HONEST, SPEC, Round, values
from tests.contracts.harness.terms import PolicySpec, Terms
from tests.contracts.harness.world import MINIMUM_STAKE, SECRET, STAKE, UNBONDING_BLOCKS, World

NEAR = values(5, 6, 7, 115, 200, 300, 1000, 2000)


def strike(world: World, last: Vote | None = GONE) -> None:
    """One audit in which the last oracle votes so, and the others agree."""
    game = Round.start(world)
    mine = game.position(world.oracles[4])
    game.play([last if i == mine else HONEST for i in range(len(game.seats))])


def test_jail__three_strikes_in_a_row__seat_leaves_the_draw_for_the_term(world: World) -> None:
    jailbird = world.oracles[4]
    for strikes in (1, 2):
        strike(world)
        assert tuple(world.seat(jailbird))[2:] == (strikes, 0)
        assert world.vault.activeMask() == 0b11111
    strike(world)
    until = world.evm.number + UNBONDING_BLOCKS
    assert tuple(world.seat(jailbird)) == (STAKE, 0, 3, until)
    assert world.vault.activeMask() == 0b01111
    assert Round.start(world).state.roster == 0b01111


def test_jail__term_served__comes_back_and_a_paid_vote_clears_the_strikes(world: World) -> None:
    jailbird = world.oracles[4]
    for _ in range(3):
        strike(world)
    until = world.seat(jailbird).jailedUntil
    world.evm.mine(until - world.evm.number - 1)
    with world.refuses("CannotActivate", STAKE, MINIMUM_STAKE, until):
        world.vault.activate(sender=jailbird)
    world.vault.stake(0, Permit(), sender=jailbird)
    assert world.vault.activeMask() == 0b01111
    world.evm.mine()
    world.vault.activate(sender=jailbird)
    assert world.vault.activeMask() == 0b11111
    strike(world, HONEST)
    assert world.seat(jailbird).strikes == 0


def test_jail__unavailable_again_after_the_term__jailed_at_once(world: World) -> None:
    jailbird = world.oracles[4]
    for _ in range(3):
        strike(world)
    world.evm.mine(UNBONDING_BLOCKS)
    world.vault.activate(sender=jailbird)
    strike(world)
    assert world.seat(jailbird).strikes == 4
    assert world.vault.activeMask() == 0b01111


def test_strikes__paid_vote_in_between__starts_over(world: World) -> None:
    for vote in (GONE, GONE, HONEST, GONE, GONE):
        strike(world, vote)
    assert world.seat(world.oracles[4]).strikes == 2
    assert world.vault.activeMask() == 0b11111


def test_strikes__unpaid_votes_in_between__do_not_clear(world: World) -> None:
    for vote in (GONE, GONE, NEAR, None, SPEC):
        strike(world, vote)
    assert world.seat(world.oracles[4]).strikes == 2


def test_strikes__majority_found_the_artifacts_unavailable__none_and_cleared(world: World) -> None:
    strike(world)
    Round.start(world).play([GONE] * 5)
    assert all(world.seat(oracle).strikes == 0 for oracle in world.oracles)


def test_strikes__audit_expired_without_a_majority__counts(world: World) -> None:
    Round.start(world).play([HONEST, HONEST, SPEC, SPEC, GONE])
    assert [world.seat(oracle).strikes for oracle in world.oracles] == [0, 0, 0, 0, 1]


def test_jail__locked_in_another_audit__still_votes_and_is_paid_there_but_serves_the_term(world: World) -> None:
    slow = world.add_policy(PolicySpec("slow", Terms(commit_blocks=1_000)))
    other = Round.start(world, policyId=slow)
    for _ in range(3):
        strike(world)
    other.play([HONEST] * 5)
    seat = world.seat(world.oracles[4])
    assert (seat.free, seat.locked, seat.strikes) == (STAKE + Terms().fee_per_oracle, 0, 0)
    assert seat.jailedUntil > world.evm.number
    assert world.vault.activeMask() == 0b01111


def test_jail__drawn_before_it_was_jailed__opened_after__still_serves(world: World) -> None:
    """The draw uses the seats that were active at the request; jail keeps a seat out of later requests."""
    audit = world.request()
    for _ in range(3):
        strike(world)
    world.board.open(audit, SECRET)
    assert world.board.audit(audit).roster == 0b11111


def test_strikes__beyond_255__saturate(world: World) -> None:
    """Nothing in a settlement may overflow: everybody's money waits for it."""
    for _ in range(260):
        seat = world.seat(world.oracles[4])
        if seat.jailedUntil > world.evm.number:
            world.evm.mine(seat.jailedUntil - world.evm.number)
            world.vault.activate(sender=world.oracles[4])
        strike(world)
    assert world.seat(world.oracles[4]).strikes == 255
