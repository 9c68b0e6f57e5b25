"""Membership: the gatekeeper administers every role, and there is always one."""

import pytest

from tests.contracts.harness.accounts import ZERO, Account
from tests.contracts.harness.world import ROLES, World, role_id


@pytest.mark.parametrize("role", ROLES)
def test_grant__by_someone_else__refused(world: World, role: str) -> None:
    stranger = Account.named("stranger")
    for caller in (stranger, world.client, world.oracles[0], world.treasury, world.deployer):
        with world.refuses("AccessControlUnauthorizedAccount", caller, role_id("GATEKEEPER")):
            world.membership.grantRole(role_id(role), stranger, sender=caller)
    assert not world.membership.hasRole(role_id(role), stranger)


@pytest.mark.parametrize("role", ROLES)
def test_grant_and_revoke__by_the_gatekeeper__takes_effect_at_once(world: World, role: str) -> None:
    member = world.admit("member", role)
    assert world.membership.hasRole(role_id(role), member)
    world.revoke(member, role)
    assert not world.membership.hasRole(role_id(role), member)


@pytest.mark.parametrize("role", ROLES)
def test_role_identifiers__every_role__are_the_hashes_of_their_names(world: World, role: str) -> None:
    assert getattr(world.membership, role)() == role_id(role)
    assert world.membership.getRoleAdmin(role_id(role)) == role_id("GATEKEEPER")


def test_grant__to_the_zero_address__refused(world: World) -> None:
    with world.refuses("ZeroAddress"):
        world.membership.grantRole(role_id("ORACLE"), ZERO, sender=world.gatekeeper)


def test_default_admin__nobody__holds_it_and_nobody_can_get_it(world: World) -> None:
    root = b"\0" * 32
    assert world.membership.getRoleMemberCount(root) == 0
    with world.refuses("AccessControlUnauthorizedAccount", world.gatekeeper, root):
        world.membership.grantRole(root, world.gatekeeper, sender=world.gatekeeper)


@pytest.mark.parametrize("way", ["revokeRole", "renounceRole"])
def test_last_gatekeeper__removed_by_itself__refused(world: World, way: str) -> None:
    remove = getattr(world.membership, way)
    with world.refuses("LastGatekeeper", world.gatekeeper):
        remove(role_id("GATEKEEPER"), world.gatekeeper, sender=world.gatekeeper)
    assert world.membership.hasRole(role_id("GATEKEEPER"), world.gatekeeper)


def test_gatekeeper__one_of_two_removed__the_other_stays_and_cannot_go(world: World) -> None:
    second = world.admit("second gatekeeper", "GATEKEEPER")
    world.membership.revokeRole(role_id("GATEKEEPER"), world.gatekeeper, sender=second)
    with world.refuses("LastGatekeeper", second):
        world.membership.renounceRole(role_id("GATEKEEPER"), second, sender=second)
    with world.refuses("AccessControlUnauthorizedAccount", world.gatekeeper, role_id("GATEKEEPER")):
        world.membership.grantRole(role_id("GATEKEEPER"), world.gatekeeper, sender=world.gatekeeper)


def test_last_gatekeeper__revoking_a_non_member__changes_nothing(world: World) -> None:
    world.membership.revokeRole(role_id("GATEKEEPER"), Account.named("stranger"), sender=world.gatekeeper)
    assert world.membership.getRoleMemberCount(role_id("GATEKEEPER")) == 1


def test_renounce__for_someone_else__refused(world: World) -> None:
    with world.refuses("AccessControlBadConfirmation"):
        world.membership.renounceRole(role_id("ORACLE"), world.oracles[0], sender=world.gatekeeper)
