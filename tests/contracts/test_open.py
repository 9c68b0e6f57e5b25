"""Opening: within 200 blocks, with the secret; the seed and the roster follow from them alone; bonds are locked."""

from collections import Counter

import pytest
from eth_utils import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.draw import audit_seed, drawn
from tests.contracts.harness.play import HONEST, Round
from tests.contracts.harness.terms import EXPIRED, OPEN, UNIT, PolicySpec, Terms
from tests.contracts.harness.world import SECRET, STAKE, World

BOND, FEE, FORFEIT = Terms().bond, Terms().fee_per_oracle, Terms().forfeit


def test_open__valid__fixes_seed_roster_and_deadlines_and_locks_bonds(world: World) -> None:
    audit = world.request()
    requested_at = world.evm.number
    world.evm.mine(7)
    event = world.board.open(audit, SECRET, sender=Account.named("stranger")).only("Opened")
    state = world.board.audit(audit)
    assert state.phase == OPEN
    assert state.seed == event["seed"] == audit_seed(world.evm.block_hash(requested_at), SECRET, audit)
    assert (state.commitEnd, state.revealEnd) == (world.evm.number + 20, world.evm.number + 35)
    assert state.roster == event["roster"] == 0b11111
    for oracle in world.oracles:
        assert (world.seat(oracle).free, world.seat(oracle).locked) == (STAKE - BOND, BOND)


def test_open__wrong_secret__refused(world: World) -> None:
    audit = world.request()
    world.evm.mine()
    with world.refuses("WrongSecret"):
        world.board.open(audit, keccak(text="another"), sender=world.client)


def test_open__block_window__same_block_and_block_201_refused_block_1_and_200_accepted(world: World) -> None:
    audit = world.request()
    start = world.evm.number
    with world.refuses("NotOpenable", start + 1, start + 200):
        world.board.open(audit, SECRET)
    for blocks in (1, 200):
        with world.sandbox():
            world.evm.mine(blocks)
            world.board.open(audit, SECRET)
            assert world.board.audit(audit).seed == audit_seed(world.evm.block_hash(start), SECRET, audit)
    world.evm.mine(201)
    with world.refuses("NotOpenable", start + 1, start + 200):
        world.board.open(audit, SECRET)
    world.evm.mine(100)  # the chain has forgotten the hash: a seed of zeros must not be had
    with world.refuses("NotOpenable", start + 1, start + 200):
        world.board.open(audit, SECRET)


def test_open__twice__refused_so_that_the_seed_cannot_be_rolled_again(world: World) -> None:
    game = Round.start(world)
    with world.refuses("WrongPhase", OPEN):
        world.board.open(game.audit, SECRET)


def test_open__unknown_audit__refused(world: World) -> None:
    with world.refuses("WrongPhase", 0):
        world.board.open(99, SECRET)


def test_expire__while_it_can_be_opened__refused(world: World) -> None:
    audit = world.request()
    last = world.evm.number + 200
    world.evm.mine(200)
    with world.refuses("StillOpenable", last):
        world.board.expire(audit, sender=world.client)


def test_expire__unopened__refunds_less_the_forfeit_which_the_treasury_gets(world: World) -> None:
    """Not opening is how a client would roll the seed again: it costs the forfeit, every time."""
    audit = world.request()
    world.evm.mine(201)
    event = world.board.expire(audit, sender=Account.named("stranger")).only("Expired")
    assert event == {"auditId": audit, "slashed": 0, "refund": 5 * FEE - FORFEIT, "forfeit": FORFEIT}
    assert world.vault.owed(world.client) == 5 * FEE - FORFEIT
    assert world.vault.owed(world.treasury) == FORFEIT
    assert world.vault.escrowed() == 0
    assert world.board.audit(audit).phase == EXPIRED
    with world.refuses("WrongPhase", EXPIRED):
        world.board.expire(audit)
    with world.refuses("WrongPhase", EXPIRED):
        world.board.open(audit, SECRET)


def test_expire__opened__refused(world: World) -> None:
    game = Round.start(world)
    world.evm.mine(201)
    with world.refuses("WrongPhase", OPEN):
        world.board.expire(game.audit)


def test_open__oracle_revoked_since_the_request__not_drawn_and_its_fee_is_refunded(world: World) -> None:
    audit = world.request()
    world.revoke(world.oracles[2], "ORACLE")
    world.evm.mine()
    world.board.open(audit, SECRET)
    game = Round(world, audit)
    assert game.state.roster == 0b11011
    game.play([HONEST] * 4)
    assert world.vault.owed(world.client) == FEE


def test_open__oracle_that_joined_since_the_request__not_drawn(world: World) -> None:
    audit = world.request()
    world.seat_oracle("late oracle")
    world.evm.mine()
    world.board.open(audit, SECRET)
    assert world.board.audit(audit).roster == 0b11111


def test_open__oracle_deactivated_since_the_request__still_drawn(world: World) -> None:
    """Announcing to leave must not be a way out of an audit that one has seen coming."""
    audit = world.request()
    world.vault.unbond(STAKE, sender=world.oracles[0])
    assert world.vault.activeMask() & 1 == 0
    world.evm.mine()
    world.board.open(audit, SECRET)
    assert world.board.audit(audit).roster == 0b11111


def test_open__too_few_left__cancelled_with_a_full_refund(world: World) -> None:
    audit = world.request()
    for oracle in world.oracles[:3]:
        world.revoke(oracle, "ORACLE")
    world.evm.mine()
    event = world.board.open(audit, SECRET).only("Expired")
    assert event == {"auditId": audit, "slashed": 0, "refund": 5 * FEE, "forfeit": 0}
    assert world.board.audit(audit).phase == EXPIRED
    assert (world.vault.owed(world.client), world.vault.escrowed()) == (5 * FEE, 0)
    assert all(world.seat(oracle).locked == 0 for oracle in world.oracles)
    with world.refuses("WrongPhase", EXPIRED):
        world.board.commit(audit, b"\1" * 32, sender=world.oracles[4])


def test_open__one_stake_two_audits__each_locks_its_own_bond(world: World) -> None:
    first, second = Round.start(world), Round.start(world)
    assert first.state.roster == second.state.roster
    assert (world.seat(world.oracles[0]).free, world.seat(world.oracles[0]).locked) == (
        STAKE - 2 * BOND,
        2 * BOND,
    )


def test_open__stake_exhausted_by_other_audits__cannot_be_spent_again(world: World) -> None:
    big = world.add_policy(PolicySpec("big bond", Terms(bond=600 * UNIT)))
    for _ in range(3):
        Round.start(world, policyId=big)
    late = world.request(policyId=big)
    world.evm.mine()
    event = world.board.open(late, SECRET).only("Expired")
    assert event["refund"] == 5 * FEE
    assert all(world.seat(oracle).locked == 1_800 * UNIT for oracle in world.oracles)
    assert world.vault.eligible(0b11111, 200 * UNIT) == 0b11111
    assert world.vault.eligible(0b11111, 200 * UNIT + 1) == 0


@pytest.fixture(scope="module")
def crowded() -> World:
    """Forty oracles, so that 31 are drawn."""
    return World(oracles=40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    secret=st.binary(min_size=32, max_size=32),
    at_most=st.integers(3, 31),
    gone=st.frozensets(st.integers(0, 39), max_size=20),
)
def test_draw__random_secrets_sizes_and_dropouts__equals_the_reference(
    crowded: World, secret: bytes, at_most: int, gone: frozenset[int]
) -> None:
    with crowded.sandbox():
        policy = crowded.add_policy(PolicySpec("drawn", Terms(max_roster=at_most)))
        audit = crowded.request(policyId=policy, secretHash=keccak(secret))
        seed = audit_seed(crowded.evm.block_hash(crowded.evm.number), secret, audit)
        for seat in gone:
            crowded.revoke(crowded.oracles[seat], "ORACLE")
        crowded.evm.mine()
        crowded.board.open(audit, secret)
        expected = drawn(range(40), set(range(40)) - gone, seed, at_most)
        assert Round(crowded, audit).seats == expected
        locked = [seat for seat in range(40) if crowded.vault.seat(seat).locked]
        assert locked == expected


def test_draw__ten_of_forty_two_hundred_times__every_seat_has_its_share(crowded: World) -> None:
    """A quarter of 240 draws each: 60 expected, deviation 6.7; five deviations either way."""
    with crowded.sandbox():
        policy = crowded.add_policy(PolicySpec("ten", Terms(max_roster=10)))
        shares: Counter[int] = Counter()
        for i in range(240):
            secret = keccak(text=f"secret {i}")
            with crowded.sandbox():
                audit = crowded.request(policyId=policy, secretHash=keccak(secret))
                crowded.evm.mine()
                crowded.board.open(audit, secret)
                shares.update(Round(crowded, audit).seats)
        assert sum(shares.values()) == 2_400
        assert all(26 <= shares[seat] <= 94 for seat in range(40))
