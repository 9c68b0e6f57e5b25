"""Requesting: clients only, exact escrow, permits that cannot be used against the client, bounded inputs."""

from typing import Any

import pytest
from eth_utils import keccak

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.play import Round
from tests.contracts.harness.terms import EXPIRED, REQUESTED, PolicySpec, Terms
from tests.contracts.harness.world import FORTUNE, SECRET, World

FEE = Terms().fee_per_oracle
TEST_SET = keccak(text="my own test set")


def test_request__valid__escrows_the_exact_fee_and_stores_every_field(world: World) -> None:
    before = world.token.balanceOf(world.client)
    assert tuple(world.board.quote(world.model, world.policy, world.client)) == (5 * FEE, 5)
    audit = world.request(testSet=TEST_SET, testSetUri="store://test set")
    assert world.token.balanceOf(world.client) == before - 5 * FEE
    assert world.vault.escrowed() == 5 * FEE
    state = world.board.audit(audit)
    assert (state.phase, state.policyId, state.modelId, state.client) == (
        REQUESTED,
        world.policy,
        world.model,
        world.client,
    )
    assert (state.escrow, state.roster, state.seed) == (5 * FEE, 0b11111, keccak(SECRET))
    assert (state.requestBlock, state.testSet) == (world.evm.number, TEST_SET)


def test_request__repeated__every_audit_of_a_model_stays_visible(world: World) -> None:
    audits = [world.request() for _ in range(3)]
    assert world.board.auditCountOf(world.model) == 3
    assert [world.board.auditOf(world.model, i) for i in range(3)] == audits
    with world.refuses("Panic", 0x32):
        world.board.auditOf(world.model, 3)


@pytest.mark.parametrize("who", ["supplier", "gatekeeper", "oracle-0", "treasury"])
def test_request__not_a_client__refused(world: World, who: str) -> None:
    caller = Account.named(who)
    with world.refuses("NotClient", caller):
        world.request(client=caller)


def test_request__unknown_model_or_policy__refused(world: World) -> None:
    with world.refuses("UnknownModel", 9):
        world.request(modelId=9)
    with world.refuses("UnknownPolicy", 9):
        world.request(policyId=9)


def test_request__retired_policy__refused_until_resumed(world: World) -> None:
    world.policies.retire(world.policy, True, sender=world.gatekeeper)
    with world.refuses("PolicyRetired", world.policy):
        world.request()
    world.policies.retire(world.policy, False, sender=world.gatekeeper)
    world.request()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("secretHash", {"secretHash": b"\0" * 32}),
        ("testSetUri", {"testSet": TEST_SET}),
        ("testSetUri", {"testSetUri": "store://x"}),
        ("testSetUri", {"testSet": TEST_SET, "testSetUri": "u" * 513}),
        ("testSetUri", {"testSet": TEST_SET, "testSetUri": "u" * 100_000}),
    ],
)
def test_request__field_out_of_range__names_it(world: World, field: str, changes: dict[str, Any]) -> None:
    with world.refuses("BadRequest", field):
        world.request(**changes)


def test_request__uri_of_512_bytes__accepted(world: World) -> None:
    world.request(testSet=TEST_SET, testSetUri="u" * 512)


def test_request__dearer_than_allowed__refused_and_the_exact_price_accepted(world: World) -> None:
    with world.refuses("FeeTooHigh", 5 * FEE, 5 * FEE - 1):
        world.request(maxFee=5 * FEE - 1)
    world.request(maxFee=5 * FEE)


def test_request__too_few_oracles__refused(world: World) -> None:
    policy = world.add_policy(PolicySpec("six", Terms(min_roster=6)))
    with world.refuses("RosterTooSmall", 5, 6):
        world.request(policyId=policy)
    world.seat_oracle("sixth oracle")
    world.request(policyId=policy)


def test_request__more_oracles_than_the_policy_draws__pays_for_the_drawn_only(world: World) -> None:
    policy = world.add_policy(PolicySpec("three", Terms(max_roster=3)))
    audit = world.request(policyId=policy)
    assert world.board.audit(audit).escrow == 3 * FEE
    assert world.board.audit(audit).roster == 0b11111


def test_request__client_and_model_owner_hold_seats__both_are_excluded(world: World) -> None:
    client, owner = world.oracles[1], world.oracles[3]
    world.admit("oracle-1", "CLIENT")
    world.admit("oracle-3", "SUPPLIER")
    model = world.register_model("theirs", owner=owner)
    assert tuple(world.board.quote(model, world.policy, client)) == (3 * FEE, 3)
    game = Round.start(world, client=client, modelId=model)
    assert game.voters == [world.oracles[0], world.oracles[2], world.oracles[4]]
    with world.refuses("NotInRoster", game.audit, owner):
        world.board.commit(game.audit, b"\1" * 32, sender=owner)


def test_request__no_allowance__refused(world: World) -> None:
    world.token.approve(world.vault.address, 5 * FEE - 1, sender=world.client)
    with world.refuses("InsufficientAllowance", 5 * FEE - 1, 5 * FEE):
        world.request()


def test_request__allowance_but_no_money__refused(world: World) -> None:
    poor = world.admit("poor", "CLIENT")
    world.fund(poor, 5 * FEE - 1)
    with world.refuses("ERC20InsufficientBalance", poor, 5 * FEE - 1, 5 * FEE):
        world.request(client=poor)


def test_request__with_a_permit__needs_no_allowance(world: World) -> None:
    world.token.approve(world.vault.address, 0, sender=world.client)
    world.request(permit=world.permit(world.client, 5 * FEE))
    assert world.token.allowance(world.client, world.vault.address) == 0


def test_request__permit_front_run__still_succeeds(world: World) -> None:
    """Somebody copies the permit from the mempool and uses it first: its nonce is gone, the allowance is there."""
    world.token.approve(world.vault.address, 0, sender=world.client)
    permit = world.permit(world.client, 5 * FEE)
    world.token.permit(world.client, world.vault.address, *permit, sender=Account.named("front runner"))
    world.request(permit=permit)
    assert world.vault.escrowed() == 5 * FEE


def test_request__permit_of_someone_else__cannot_make_them_pay(world: World) -> None:
    thief = world.admit("thief", "CLIENT")
    victim = Account.named("victim")
    world.token.mint(victim, FORTUNE, sender=world.treasury)
    with world.refuses("InsufficientAllowance", 0, 5 * FEE):
        world.request(client=thief, permit=world.permit(victim, FORTUNE))


def test_request__broken_permit__harmless_with_an_allowance_and_useless_without(world: World) -> None:
    broken = Permit(5 * FEE, 2**256 - 1, 27, b"\1" * 32, b"\1" * 32)
    world.request(permit=broken)
    world.token.approve(world.vault.address, 0, sender=world.client)
    with world.refuses("InsufficientAllowance", 0, 5 * FEE):
        world.request(permit=broken)


def test_pause__stops_new_requests_only(world: World) -> None:
    waiting, running = world.request(), Round.start(world)
    world.board.pause(sender=world.gatekeeper)
    with world.refuses("EnforcedPause"):
        world.request()
    running.play([None] * 5)
    assert running.state.phase == EXPIRED
    world.board.open(waiting, SECRET)
    world.board.unpause(sender=world.gatekeeper)
    world.request()


@pytest.mark.parametrize("who", ["client", "supplier", "oracle-0", "treasury", "deployer"])
def test_pause__not_a_gatekeeper__refused(world: World, who: str) -> None:
    caller = Account.named(who)
    for act in (world.board.pause, world.board.unpause):
        with world.refuses("NotGatekeeper", caller):
            act(sender=caller)
