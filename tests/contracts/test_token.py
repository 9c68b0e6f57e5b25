"""AssayToken: only the treasury mints, never beyond the cap; permits are bound to owner, value, chain and time."""

import pytest

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.world import World

UINT96 = 2**96 - 1


@pytest.mark.parametrize("who", ["gatekeeper", "deployer", "client", "supplier"])
def test_mint__anyone_but_the_treasury__refused(world: World, who: str) -> None:
    caller = Account.named(who)
    with world.refuses("NotTreasury", caller):
        world.token.mint(caller, 1, sender=caller)


def test_mint__up_to_the_cap__allowed_and_one_more_refused(world: World) -> None:
    room = UINT96 - world.token.totalSupply()
    with world.refuses("ERC20ExceededCap", UINT96 + 1, UINT96):
        world.token.mint(world.client, room + 1, sender=world.treasury)
    world.token.mint(world.client, room, sender=world.treasury)
    assert world.token.totalSupply() == world.token.cap() == UINT96


def test_permit__used_twice__second_use_refused(world: World) -> None:
    owner = Account.named("holder")
    permit = world.permit(owner, 5)
    world.token.permit(owner, world.vault.address, *permit)
    assert world.token.allowance(owner, world.vault.address) == 5
    with world.refuses("ERC2612InvalidSigner"):
        world.token.permit(owner, world.vault.address, *permit)


def test_permit__past_its_deadline__refused(world: World) -> None:
    owner = Account.named("holder")
    permit = world.permit(owner, 5, deadline=world.evm.timestamp)
    world.evm.mine()
    with world.refuses("ERC2612ExpiredSignature", permit.deadline):
        world.token.permit(owner, world.vault.address, *permit)
    assert world.token.allowance(owner, world.vault.address) == 0


def test_permit__signed_for_another_chain__refused(world: World) -> None:
    owner = Account.named("holder")
    other = World(oracles=0, chain_id=world.evm.chain_id + 1)
    assert other.token.address == world.token.address
    with world.refuses("ERC2612InvalidSigner"):
        world.token.permit(owner, world.vault.address, *other.permit(owner, 5))
