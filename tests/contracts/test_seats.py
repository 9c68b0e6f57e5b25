"""Seats: admitted oracles only, permanent, at most 256; stake leaves slowly and never while it is bonded."""

import pytest

from tests.contracts.harness.accounts import ZERO, Account, Permit
from tests.contracts.harness.play import HONEST, Round
from tests.contracts.harness.terms import UNIT, Terms
from tests.contracts.harness.world import MINIMUM_STAKE, STAKE, UNBONDING_BLOCKS, World

BOND = Terms().bond


def test_stake__first__takes_the_next_seat_for_ever(world: World) -> None:
    newcomer = world.admit("newcomer", "ORACLE")
    world.fund(newcomer)
    with world.refuses("NoSeat", newcomer):
        world.vault.seatOf(newcomer)
    receipt = world.vault.stake(STAKE, Permit(), sender=newcomer)
    assert receipt.value == 5 == world.vault.seatOf(newcomer)
    assert receipt.only("Seated") == {"seat": 5, "operator": newcomer}
    assert receipt.only("Staked") == {"seat": 5, "amount": STAKE}
    assert receipt.only("ActiveChanged") == {"seat": 5, "active": True}
    assert (world.vault.operatorOf(5), world.vault.numberOf(newcomer), world.vault.seats()) == (newcomer, 6, 6)
    assert world.vault.numberOf(world.client) == 0
    assert world.vault.stake(1, Permit(), sender=newcomer).value == 5
    assert tuple(world.seat(newcomer)) == (STAKE + 1, 0, 0, 0)


@pytest.mark.parametrize("who", ["client", "gatekeeper", "supplier", "treasury"])
def test_stake__not_an_oracle__refused(world: World, who: str) -> None:
    caller = Account.named(who)
    with world.refuses("NotOracle", caller):
        world.vault.stake(STAKE, Permit(), sender=caller)


def test_stake__below_the_minimum__seat_is_not_drawable_until_topped_up(world: World) -> None:
    small = world.seat_oracle("small", MINIMUM_STAKE - 1)
    assert world.vault.activeMask() >> 5 & 1 == 0
    with world.refuses("CannotActivate", MINIMUM_STAKE - 1, MINIMUM_STAKE, 0):
        world.vault.activate(sender=small)
    world.vault.stake(1, Permit(), sender=small)
    assert world.vault.activeMask() >> 5 & 1 == 1


def test_stake__no_allowance__refused_without_a_seat(world: World) -> None:
    poor = world.admit("poor", "ORACLE")
    with world.refuses("InsufficientAllowance", 0, STAKE):
        world.vault.stake(STAKE, Permit(), sender=poor)
    assert world.vault.seats() == 5


def test_stake__permit_front_run__still_succeeds(world: World) -> None:
    newcomer = world.admit("newcomer", "ORACLE")
    world.token.mint(newcomer, STAKE, sender=world.treasury)
    permit = world.permit(newcomer, STAKE)
    world.token.permit(newcomer, world.vault.address, *permit, sender=Account.named("front runner"))
    world.vault.stake(STAKE, permit, sender=newcomer)
    assert world.token.balanceOf(newcomer) == 0


def test_stake__all_256_seats_taken__refused_and_the_seated_can_still_add(world: World) -> None:
    for i in range(5, 256):
        last = world.admit(f"oracle-{i}", "ORACLE")
        world.vault.stake(0, Permit(), sender=last)
    assert (world.vault.seats(), world.vault.seatOf(last)) == (256, 255)
    late = world.admit("late", "ORACLE")
    world.fund(late)
    with world.refuses("Full"):
        world.vault.stake(STAKE, Permit(), sender=late)
    world.fund(last)
    world.vault.stake(STAKE, Permit(), sender=last)
    assert world.vault.activeMask() == 0b11111 | 1 << 255
    game = Round.start(world)
    assert game.seats == [0, 1, 2, 3, 4, 255]
    game.play([HONEST] * 6)
    assert world.seat(last).free > STAKE


def test_unbond__whole_stake__leaves_the_draw_at_once_and_the_vault_after_the_period(world: World) -> None:
    leaver = world.oracles[0]
    receipt = world.vault.unbond(STAKE, sender=leaver)
    due = world.evm.number + UNBONDING_BLOCKS
    assert receipt.only("Unbonding") == {"seat": 0, "amount": STAKE, "releaseBlock": due}
    assert world.vault.activeMask() == 0b11110
    world.evm.mine(UNBONDING_BLOCKS)
    with world.refuses("NothingDue", due):
        world.vault.release(sender=leaver)
    world.evm.mine()
    before = world.token.balanceOf(leaver)
    assert world.vault.release(sender=leaver).value == STAKE
    assert world.token.balanceOf(leaver) == before + STAKE
    assert tuple(world.seat(leaver)) == (0, 0, 0, 0)
    with world.refuses("NothingDue"):
        world.vault.release(sender=leaver)


def test_unbond__more_than_the_stake__refused(world: World) -> None:
    with world.refuses("InsufficientStake", STAKE, STAKE + 1):
        world.vault.unbond(STAKE + 1, sender=world.oracles[0])


def test_unbond__announced_again__starts_the_period_again(world: World) -> None:
    leaver = world.oracles[0]
    world.vault.unbond(1, sender=leaver)
    world.evm.mine(UNBONDING_BLOCKS)
    world.vault.unbond(STAKE, sender=leaver)
    due = world.evm.number + UNBONDING_BLOCKS
    world.evm.mine(1)
    with world.refuses("NothingDue", due):
        world.vault.release(sender=leaver)


def test_unbond__zero__cancels_and_the_seat_can_be_activated_again(world: World) -> None:
    undecided = world.oracles[0]
    world.vault.unbond(STAKE, sender=undecided)
    with world.refuses("CannotActivate", 0, MINIMUM_STAKE, 0):
        world.vault.activate(sender=undecided)
    world.vault.unbond(0, sender=undecided)
    assert tuple(world.vault.unbonding(0)) == (0, 0)
    world.vault.activate(sender=undecided)
    assert world.vault.activeMask() == 0b11111
    world.evm.mine(2 * UNBONDING_BLOCKS)
    with world.refuses("NothingDue", 0):
        world.vault.release(sender=undecided)


def test_unbond__what_stays_reaches_the_minimum__seat_stays_drawable(world: World) -> None:
    world.vault.unbond(STAKE - MINIMUM_STAKE, sender=world.oracles[0])
    assert world.vault.activeMask() == 0b11111
    world.vault.unbond(STAKE - MINIMUM_STAKE + 1, sender=world.oracles[0])
    assert world.vault.activeMask() == 0b11110


def test_unbond__during_a_round__bond_stays_locked_and_can_be_slashed(world: World) -> None:
    game = Round.start(world)
    leaver = world.oracles[0]
    world.vault.unbond(STAKE, sender=leaver)
    world.evm.mine(UNBONDING_BLOCKS + 1)  # the audit outlasts the period: nobody closed it
    assert world.vault.release(sender=leaver).value == STAKE - BOND
    with world.refuses("NothingDue"):
        world.vault.release(sender=leaver)
    game.close()
    assert tuple(world.seat(leaver))[:2] == (0, 0)
    assert world.vault.owed(world.treasury) == 5 * BOND
    with world.refuses("NothingDue"):
        world.vault.release(sender=leaver)


def test_unbond__during_a_round_then_paid__rest_and_reward_leave(world: World) -> None:
    game = Round.start(world)
    leaver = world.oracles[0]
    world.vault.unbond(STAKE, sender=leaver)
    game.play([HONEST] * 5)
    world.evm.mine(UNBONDING_BLOCKS + 1)
    assert world.vault.release(sender=leaver).value == STAKE
    assert world.seat(leaver).free == Terms().fee_per_oracle


def test_unbond__slashed_meanwhile__announcement_shrinks_to_what_is_left(world: World) -> None:
    world.vault.unbond(STAKE, sender=world.oracles[4])
    world.vault.unbond(0, sender=world.oracles[4])
    world.vault.activate(sender=world.oracles[4])
    game = Round.start(world)
    world.vault.unbond(STAKE, sender=world.oracles[4])
    game.play([HONEST] * 4 + [None])
    assert world.vault.unbonding(4)[0] == STAKE - BOND
    world.vault.stake(BOND, Permit(), sender=world.oracles[4])
    world.evm.mine(UNBONDING_BLOCKS + 1)
    assert world.vault.release(sender=world.oracles[4]).value == STAKE - BOND


def test_slash__below_the_minimum__seat_leaves_the_draw(world: World) -> None:
    edge = world.seat_oracle("edge", MINIMUM_STAKE)
    game = Round.start(world)
    game.play([HONEST] * 5 + [None])
    assert world.vault.activeMask() == 0b11111
    with world.refuses("CannotActivate", MINIMUM_STAKE - BOND, MINIMUM_STAKE, 0):
        world.vault.activate(sender=edge)
    world.vault.stake(BOND, Permit(), sender=edge)
    assert world.vault.activeMask() == 0b111111


def test_seatless__every_operation__refused(world: World) -> None:
    seatless = world.admit("seatless", "ORACLE")
    with world.refuses("NoSeat", seatless):
        world.vault.unbond(1, sender=seatless)
    with world.refuses("NoSeat", seatless):
        world.vault.release(sender=seatless)
    with world.refuses("NoSeat", seatless):
        world.vault.activate(sender=seatless)
    assert world.vault.operatorOf(5) == ZERO
    with world.refuses("NoSeat", ZERO):
        world.vault.deactivate(5)


def test_deactivate__operator_lost_the_role__by_anyone_otherwise_refused(world: World) -> None:
    with world.refuses("StillOracle", world.oracles[1]):
        world.vault.deactivate(1, sender=world.gatekeeper)
    world.revoke(world.oracles[1], "ORACLE")
    world.vault.deactivate(1, sender=Account.named("stranger"))
    assert world.vault.activeMask() == 0b11101
    with world.refuses("NotOracle", world.oracles[1]):
        world.vault.activate(sender=world.oracles[1])
    world.admit("oracle-1", "ORACLE")
    world.vault.activate(sender=world.oracles[1])
    assert world.vault.activeMask() == 0b11111


def test_withdraw__nothing_owed__refused(world: World) -> None:
    with world.refuses("NothingDue", 0):
        world.vault.withdraw(sender=world.oracles[0])


def test_vault__tokens_sent_by_mistake__belong_to_nobody_and_break_nothing(world: World) -> None:
    with world.sandbox():
        world.token.transfer(world.vault.address, UNIT, sender=world.client)
        Round.start(world).play([HONEST] * 4 + [None])
        world.vault.withdraw(sender=world.client)
        world.vault.withdraw(sender=world.treasury)
        world.assert_solvent(surplus=UNIT)
