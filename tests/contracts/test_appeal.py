"""Appeals: who may, when, and once; who is added, and that nobody can choose them; what of the first round stays."""

from __future__ import annotations

import pytest
from assay_oracles.protocol.consensus import Verdict
from eth_utils import keccak

from tests.contracts.harness.accounts import ZERO, Account, Permit
from tests.contracts.harness.draw import added
from tests.contracts.harness.play import FALSE, GONE, HONEST, SPEC, Round, values
from tests.contracts.harness.tables import Tables
from tests.contracts.harness.terms import (
    BOTH,
    DECIDED,
    EXPIRED,
    FINAL,
    OPEN,
    OVERTURNED,
    SERVICE,
    UNIT,
    PolicySpec,
    Terms,
    fairness,
)
from tests.contracts.harness.world import FORTUNE, SECRET, STAKE, World

BOND, FEE = Terms().bond, Terms().fee_per_oracle
FIRST, ALL = 3, 8
WRONG = values(5, 6, 7, 900, 200, 300, 1000, 2000)


def seated(world: World, count: int) -> None:
    """More oracles."""
    world.oracles = world.oracles + [world.seat_oracle(f"oracle-{i}") for i in range(len(world.oracles), count)]


def decided(world: World, *, of: int = ALL, first: int = FIRST, votes: int = FIRST, **terms: int) -> Round:
    """An audit by the first few of so many oracles; so many of them agreed on what is wrong, the rest stayed away."""
    seated(world, of)
    spec = PolicySpec(f"first {first}", Terms(max_roster=first, **{"min_roster": 1, "forfeit": 1, **terms}))
    game = Round.start(world, policyId=world.add_policy(spec))
    game.vote([WRONG] * votes)
    assert game.close().all("Decided")
    return game


def appellant(world: World, name: str = "appellant") -> Account:
    """Somebody with tokens and without any role."""
    account = Account.named(name)
    world.fund(account)
    return account


def test_appeal__decided_audit__adds_the_rest_of_the_snapshot_and_keeps_seed_and_votes(world: World) -> None:
    game = decided(world)
    before, who = game.state, appellant(world)
    quoted = world.board.quoteAppeal(game.audit, who)
    kept = [world.board.voteOf(game.audit, seat) for seat in game.seats]
    event = game.appeal(who).only("Appealed")
    after, rest = game.state, 0b11111111 & ~before.roster
    number = world.evm.number
    assert event == {
        "auditId": game.audit,
        "appellant": who,
        "deposit": 5 * FEE,
        "added": rest,
        "commitEnd": number + 20,
        "revealEnd": number + 35,
    }
    assert tuple(quoted) == (5 * FEE, rest)
    assert (after.phase, after.commitEnd, after.revealEnd) == (OPEN, number + 20, number + 35)
    assert (after.roster, after.added, after.seed) == (before.roster, rest, before.seed)
    assert (after.outcome, after.progress, after.policyId) == (before.outcome, before.progress, before.policyId)
    assert (after.appellant, after.deposit, after.escrow) == (who, 5 * FEE, 3 * FEE)
    assert [world.board.voteOf(game.audit, seat) for seat in game.seats[:FIRST]] == kept
    assert world.token.balanceOf(who) == FORTUNE - 5 * FEE
    assert world.vault.escrowed() == 8 * FEE
    assert all(world.vault.seat(seat).locked == BOND for seat in range(ALL))


def test_appeal__no_appeal__audit_says_so(world: World) -> None:
    state = decided(world).state
    assert (state.added, state.appellant, state.deposit) == (0, ZERO, 0)


def test_appeal__dispute_window__accepted_to_its_last_block_refused_after_it(world: World) -> None:
    game, who = decided(world), appellant(world)
    end = game.state.disputeEnd
    world.evm.mine(end - world.evm.number)
    with world.sandbox():
        game.appeal(who)
    world.evm.mine()
    with world.refuses("DisputeWindowOver", end):
        game.appeal(who)
    with world.refuses("DisputeWindowOver", end):
        world.board.quoteAppeal(game.audit, who)


def test_appeal__undecided_ended_or_no_audit__refused(world: World) -> None:
    seated(world, ALL)
    who = appellant(world)
    policy = world.add_policy(PolicySpec("three", Terms(max_roster=FIRST)))
    requested = world.request(policyId=policy)
    with world.refuses("WrongPhase", 1):
        world.board.appeal(requested, Permit(), sender=who)
    game = Round.start(world, policyId=policy)
    with world.refuses("WrongPhase", OPEN):
        game.appeal(who)
    with world.sandbox():
        game.play([None] * FIRST)
        with world.refuses("WrongPhase", EXPIRED):
            game.appeal(who)
    game.play([HONEST] * FIRST)
    with world.refuses("WrongPhase", FINAL):
        game.appeal(who)
    with world.refuses("WrongPhase", 0):
        world.board.appeal(99, Permit(), sender=who)


@pytest.mark.parametrize("kind", [SERVICE, BOTH])
def test_appeal__audit_of_a_service__refused_because_the_service_may_have_changed(world: World, kind: int) -> None:
    seated(world, ALL)
    spec = PolicySpec("served", Terms(kind=kind, max_roster=FIRST), binding=0 if kind == SERVICE else 4)
    game = Round.start(world, policyId=world.add_policy(spec))
    game.vote([HONEST] * FIRST)
    game.close()
    who = appellant(world)
    with world.refuses("NotAppealable", kind):
        game.appeal(who)


def test_appeal__audit_of_a_table__refused_because_it_is_refuted_instead(world: World) -> None:
    seated(world, ALL)
    policy = world.add_policy(fairness(max_roster=FIRST))
    game = Round.start(world, policyId=policy, testSet=Tables(world).published())
    game.vote([FALSE] * FIRST)
    game.close()
    who = appellant(world)
    with world.refuses("NotAppealable", 3):
        game.appeal(who)


def test_appeal__twice__refused_before_and_after_the_union_decided(world: World) -> None:
    game, who = decided(world), appellant(world)
    game.appeal(who)
    with world.refuses("WrongPhase", OPEN):
        game.appeal(who)
    game.vote([HONEST] * 5, first=FIRST)
    game.close()
    assert game.state.phase == DECIDED
    for somebody in (who, world.client):
        with world.refuses("AlreadyAppealed", game.audit):
            game.appeal(somebody)
    game.end_dispute()
    game.finalize()
    with world.refuses("WrongPhase", OVERTURNED):
        game.appeal(who)


def test_appeal__nobody_outside_of_the_roster__refused(world: World) -> None:
    game = decided(world, of=5, first=5, votes=5)
    who = appellant(world)
    with world.refuses("NobodyToAdd", game.audit):
        game.appeal(who)


def test_appeal__only_the_appellant_is_outside_of_the_roster__refused_for_it_and_open_to_others(world: World) -> None:
    game = decided(world, of=5, first=4, votes=4)
    (outside,) = (oracle for i, oracle in enumerate(world.oracles) if i not in game.seats)
    with world.refuses("NobodyToAdd", game.audit):
        game.appeal(outside)
    game.appeal(appellant(world))
    assert game.voters[4:] == [outside]


def test_appeal__appellant_is_an_oracle_outside_of_the_roster__not_added_to_its_own_appeal(world: World) -> None:
    game = decided(world)
    who = next(oracle for i, oracle in enumerate(world.oracles) if i not in game.seats)
    game.appeal(who)
    assert len(game.voters) == ALL - 1
    assert who not in game.voters
    with world.refuses("NotInRoster", game.audit, who):
        world.board.commit(game.audit, keccak(text="mine"), sender=who)


def test_appeal__client_and_owner_of_the_model_have_seats__never_added(world: World) -> None:
    seated(world, ALL)
    owner, client = world.oracles[5], world.oracles[6]
    world.admit("oracle-5", "SUPPLIER")
    world.admit("oracle-6", "CLIENT")
    model = world.register_model("own", owner=owner)
    policy = world.add_policy(PolicySpec("three", Terms(max_roster=FIRST)))
    audit = world.request(client=client, policyId=policy, modelId=model)
    world.evm.mine()
    world.board.open(audit, SECRET)
    game = Round(world, audit)
    game.vote([WRONG] * FIRST)
    game.close()
    game.appeal(appellant(world))
    assert len(game.voters) == ALL - 2
    assert not {owner, client} & set(game.voters)


def test_appeal__no_longer_active_revoked_or_bonded_elsewhere__not_added(world: World) -> None:
    game = decided(world, bond=900 * UNIT)
    rest = [oracle for i, oracle in enumerate(world.oracles) if i not in game.seats]
    leaving, revoked, poor, *eligible = rest
    world.vault.unbond(STAKE, sender=leaving)
    world.revoke(revoked, "ORACLE")
    world.vault.unbond(STAKE - 899 * UNIT, sender=poor)
    game.appeal(appellant(world))
    assert set(game.voters[FIRST:]) == set(eligible)


def test_appeal__oracles_that_came_after_the_request__not_added_however_many(world: World) -> None:
    """Whoever could still join when the votes are known would pack the bench."""
    game = decided(world)
    seated(world, ALL + 6)
    game.appeal(appellant(world))
    assert len(game.voters) == ALL
    assert max(game.seats) < ALL


def test_appeal__more_oracles_than_fit__31_in_all_in_the_seeds_order(world: World) -> None:
    game = decided(world, of=40, first=4, votes=4)
    game.appeal(appellant(world))
    expected = added(range(40), game.seats[:4], range(40), game.state.seed)
    assert game.seats[4:] == expected
    assert len(game.seats) == 31


def test_appeal__somebody_leaves_to_change_the_draw__the_others_keep_their_order(world: World) -> None:
    """Grinding: with the seed known, an oracle can only take itself out; the next in the same order then comes in."""
    game = decided(world, of=40, first=4, votes=4)
    order = added(range(40), game.seats, range(40), game.state.seed)
    for leaver in order[:3]:
        with world.sandbox():
            world.vault.unbond(STAKE, sender=world.oracles[leaver])
            game.appeal(appellant(world))
            present = set(range(40)) - {leaver}
            drawn = game.seats[4:]
            assert drawn == added(range(40), game.seats[:4], present, game.state.seed)
            assert len(set(order) - set(drawn)) == 1
        game.seats, game.voters = game.seats[:4], game.voters[:4]


def test_appeal__roster_of_31__refused(world: World) -> None:
    game = decided(world, of=32, first=31, votes=31)
    who = appellant(world)
    with world.refuses("NobodyToAdd", game.audit):
        game.appeal(who)


def test_appeal__without_the_money__refused_and_nothing_locked(world: World) -> None:
    game, who = decided(world), Account.named("poor appellant")
    world.token.approve(world.vault.address, 5 * FEE - 1, sender=who)
    with world.refuses("InsufficientAllowance", 5 * FEE - 1, 5 * FEE):
        game.appeal(who)
    world.token.approve(world.vault.address, 5 * FEE, sender=who)
    with world.refuses("ERC20InsufficientBalance", who, 0, 5 * FEE):
        game.appeal(who)


def test_appeal__permit_for_the_quoted_deposit__is_enough(world: World) -> None:
    game, who = decided(world), Account.named("permitting appellant")
    world.token.mint(who, 5 * FEE, sender=world.treasury)
    permit = world.permit(who, world.board.quoteAppeal(game.audit, who)[0])
    world.board.appeal(game.audit, permit, sender=who)
    assert world.token.balanceOf(who) == 0


def test_appeal__while_requests_are_paused__goes_on(world: World) -> None:
    game = decided(world)
    world.board.pause(sender=world.gatekeeper)
    game.appeal(appellant(world))
    assert game.state.phase == OPEN


def test_commit_and_reveal__first_roster_after_the_appeal__refused_also_late_reveals(world: World) -> None:
    seated(world, ALL)
    game = Round.start(world, policyId=world.add_policy(PolicySpec("five", Terms(max_roster=5))))
    for position in range(4):
        game.commit(position, WRONG)
    game.end_commits()
    for position in range(3):
        game.reveal(position, WRONG)
    game.end_reveals()
    game.close()
    game.appeal(appellant(world))
    withholder, absentee = game.voters[3:5]
    with world.refuses("NotInRoster", game.audit, withholder):
        game.commit(3, HONEST)
    with world.refuses("NotInRoster", game.audit, absentee):
        game.commit(4, HONEST)
    game.end_commits()
    with world.refuses("NotInRoster", game.audit, withholder):
        game.reveal(3, WRONG)
    with world.refuses("NotInRoster", game.audit, game.voters[0]):
        game.reveal(0, HONEST)


def test_commit_and_reveal__added__by_the_rules_of_any_round(world: World) -> None:
    game = decided(world)
    game.appeal(appellant(world))
    end = game.state.commitEnd
    game.commit(3, HONEST)
    with world.refuses("AlreadyCommitted", game.audit, game.voters[3]):
        game.commit(3, WRONG)
    with world.refuses("CommitPhaseNotOver", end):
        game.reveal(3, HONEST)
    with world.refuses("RevealPhaseNotOver", game.state.revealEnd):
        game.close()
    game.end_commits()
    with world.refuses("CommitPhaseOver", end):
        game.commit(4, HONEST)
    with world.refuses("NothingToReveal", game.audit, game.voters[4]):
        game.reveal(4, HONEST)
    game.reveal(3, HONEST)
    with world.refuses("NothingToReveal", game.audit, game.voters[3]):
        game.reveal(3, HONEST)


def test_close__all_of_those_added_revealed__early_though_one_of_the_first_never_did(world: World) -> None:
    game = decided(world, of=11, first=5, votes=3)
    game.appeal(appellant(world))
    for position in range(5, 11):
        game.commit(position, HONEST)
    for position in range(5, 11):
        game.reveal(position, HONEST)
    assert world.evm.number <= game.state.commitEnd
    event = game.close().only("Decided")
    assert (event["outcome"], event["slashed"]) == (Verdict.VALUES, 0b11111)


def test_appeal__votes_of_both_rounds__are_found_by_seat(world: World) -> None:
    game = decided(world)
    game.appeal(appellant(world))
    game.vote([HONEST] * 5, first=FIRST)
    words = {position: game.revealed[position].lanes for position in range(ALL)}
    for position, seat in enumerate(game.seats):
        stored = int.from_bytes(world.board.voteOf(game.audit, seat), "big")
        assert [stored >> 32 * (7 - lane) & 0xFFFFFFFF for lane in range(8)] == list(words[position])
    assert world.board.voteOf(game.audit, 200) == bytes(32)


def test_close__wrong_median_of_the_union__refused(world: World) -> None:
    game = decided(world)
    alone = game.hint()
    game.appeal(appellant(world))
    game.vote([HONEST] * 5, first=FIRST)
    with world.refuses("WrongMedian", 3, 5, 8):
        game.close(alone)


def test_result__another_verdict_replaces_values__old_lanes_are_gone(world: World) -> None:
    game = decided(world)
    assert world.board.result(game.audit)
    game.appeal(appellant(world))
    game.vote([SPEC] * 5, first=FIRST)
    game.close()
    assert world.board.result(game.audit) == ()
    game.end_dispute()
    game.finalize()
    assert game.state.phase == OVERTURNED


@pytest.mark.parametrize("more", [0, 27], ids=["five added", "27 added"])
def test_appeal__artifacts_withheld_after_the_decision__it_stands_however_many_cannot_check_it(
    world: World, more: int
) -> None:
    """A supplier that dislikes a result must not get rid of it by withholding its files and appealing."""
    game = decided(world, of=ALL + more)
    result, supplier = world.board.result(game.audit), world.supplier
    world.fund(supplier)
    game.appeal(supplier)
    game.vote([GONE] * len(game.seats[FIRST:]), first=FIRST)
    game.close()
    game.end_dispute()
    game.finalize()
    assert (game.state.phase, world.board.result(game.audit)) == (FINAL, result)
    assert world.vault.owed(supplier) == 0
    assert [world.vault.seat(seat).strikes for seat in game.seats] == [0] * len(game.seats)
    assert [world.vault.seat(seat).free - STAKE for seat in game.seats[:FIRST]] == [FEE] * FIRST


def test_finalize__appealed__waits_for_a_dispute_window_of_the_union(world: World) -> None:
    game = decided(world)
    game.appeal(appellant(world))
    game.vote([HONEST] * 5, first=FIRST)
    game.close()
    assert game.state.disputeEnd == world.evm.number + 10
    with world.refuses("DisputeWindowOpen", game.state.disputeEnd):
        game.finalize()
