"""What changes while an audit runs does not change the audit: roles, policies, rosters, models, the pause."""

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.play import HONEST, Round
from tests.contracts.harness.terms import DECIDED, FINAL, PolicySpec, Terms
from tests.contracts.harness.world import SECRET, STAKE, UNBONDING_BLOCKS, World

FEE, BOND = Terms().fee_per_oracle, Terms().bond


def test_oracle__revoked_after_the_draw__still_commits_reveals_is_paid_and_leaves_with_everything(world: World) -> None:
    game = Round.start(world)
    revoked = world.oracles[0]
    world.revoke(revoked, "ORACLE")
    world.vault.deactivate(0)
    game.play([HONEST] * 5)
    assert world.seat(revoked).free == STAKE + FEE
    world.vault.unbond(STAKE + FEE, sender=revoked)
    world.evm.mine(UNBONDING_BLOCKS + 1)
    before = world.token.balanceOf(revoked)
    world.vault.release(sender=revoked)
    assert world.token.balanceOf(revoked) == before + STAKE + FEE


def test_oracle__revoked_after_the_draw__still_slashed_when_absent(world: World) -> None:
    game = Round.start(world)
    world.revoke(world.oracles[0], "ORACLE")
    game.play([None] + [HONEST] * 4)
    assert world.seat(world.oracles[0]).free == STAKE - BOND


def test_client__revoked_after_the_request__opens_and_withdraws(world: World) -> None:
    audit = world.request()
    world.revoke(world.client, "CLIENT")
    world.evm.mine()
    world.board.open(audit, SECRET, sender=world.client)
    game = Round(world, audit)
    game.play([HONEST] * 4 + [None])
    before = world.token.balanceOf(world.client)
    world.vault.withdraw(sender=world.client)
    assert world.token.balanceOf(world.client) == before + FEE


def test_supplier__revoked_mid_round__audit_of_its_model_goes_on(world: World) -> None:
    game = Round.start(world)
    world.revoke(world.supplier, "SUPPLIER")
    game.play([HONEST] * 5)
    assert game.state.phase == FINAL


def test_policy__retired_mid_round__round_keeps_its_rules_to_the_end(world: World) -> None:
    waiting, game = world.request(), Round.start(world)
    world.policies.retire(world.policy, True, sender=world.gatekeeper)
    game.play([HONEST] * 5)
    assert [world.seat(oracle).free for oracle in world.oracles] == [STAKE + FEE] * 5
    world.board.open(waiting, SECRET)
    late = Round(world, waiting)
    late.play([HONEST] * 5)
    assert late.state.phase == FINAL


def test_policy__another_of_other_terms_added_mid_round__round_keeps_its_own(world: World) -> None:
    game = Round.start(world)
    before = tuple(game.state)
    world.add_policy(PolicySpec("dearer", Terms(fee_per_oracle=10**20, bond=10**20, commit_blocks=5)))
    assert tuple(game.state) == before
    game.play([HONEST] * 5)
    assert [world.seat(oracle).free for oracle in world.oracles] == [STAKE + FEE] * 5


def test_roster__members_join_and_leave_mid_round__roster_and_majority_stay(world: World) -> None:
    """Three of five decide, although ten are active by then."""
    game = Round.start(world)
    for i in range(5, 10):
        world.seat_oracle(f"oracle-{i}")
    world.vault.unbond(STAKE, sender=world.oracles[4])
    game.vote([HONEST, HONEST, HONEST, None, None])
    game.close()
    assert (game.state.phase, game.state.roster) == (DECIDED, 0b11111)


def test_model__superseded_mid_round__audit_stays_with_the_version_it_named(world: World) -> None:
    game = Round.start(world)
    newer = world.register_model("newer", supersedes=world.model)
    game.play([HONEST] * 5)
    assert (world.board.auditCountOf(world.model), world.board.auditCountOf(newer)) == (1, 0)
    assert game.state.modelId == world.model


def test_gatekeeper__replaced_mid_round__has_no_say_in_it(world: World) -> None:
    game = Round.start(world)
    world.admit("usurper", "GATEKEEPER")
    world.revoke(world.gatekeeper, "GATEKEEPER")
    game.play([HONEST] * 5)
    assert game.state.phase == FINAL
    with world.refuses("NotGatekeeper", world.gatekeeper):
        world.board.pause(sender=world.gatekeeper)
    world.board.pause(sender=Account.named("usurper"))


def test_request__client_is_also_an_oracle_of_another_audit__roles_do_not_mix(world: World) -> None:
    """A client with a seat is outside its own audit's roster, and inside those of others."""
    both = world.oracles[2]
    world.admit("oracle-2", "CLIENT")
    theirs, ours = Round.start(world, client=both), Round.start(world)
    assert (theirs.state.roster, ours.state.roster) == (0b11011, 0b11111)
