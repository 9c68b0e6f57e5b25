"""What a refutation, a demand or a rebuttal makes of a decided audit: who pays, who is paid, and when."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from assay_oracles.protocol import ruling
from assay_oracles.protocol.consensus import Verdict, Vote, decide

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.disputes import LIE, Disputed, Fault, twice_a_key
from tests.contracts.harness.play import FALSE, GONE, SPEC, Round, fault, values
from tests.contracts.harness.tables import PENDING, REFUTED, REJECTED, Tables
from tests.contracts.harness.terms import FINAL, OVERTURNED, fairness
from tests.contracts.harness.world import ANSWER_BLOCKS, DEMAND_BOND, STAKE, World

WATCHER, REBUTTER = Account.named("watcher"), Account.named("rebutter")
TRUE, OTHER = values(*[1] * 9), fault(4, 3, 3)
POLICY = fairness()
BOND, ESCROW = POLICY.terms.bond, 5 * POLICY.terms.fee_per_oracle
Votes = Sequence[Vote | None]


@pytest.fixture
def tables(world: World) -> Tables:
    world.policy = world.add_policy(POLICY)
    world.fund(WATCHER, 100 * DEMAND_BOND)
    return Tables(world)


def decided(world: World, table: Disputed, votes: Votes) -> Round:
    game = Round.start(world, testSet=table.id)
    game.vote(votes)
    game.close()
    return game


def refute(table: Disputed) -> None:
    table.announce(LIE, WATCHER)
    table.refute(LIE, WATCHER)


def settled(game: Round, votes: Votes, outcome: Verdict, *, guilty: bool, refuter: Account | None) -> None:
    """Finalizes, and holds every party's money against the reference."""
    world = game.world
    game.end_dispute()
    before = world.vault.owed(world.treasury)
    receipt = game.finalize()
    decision = decide(votes, [0] * 9)
    assert decision.outcome is outcome
    slashed = ruling.slashed(votes, decision, guilty=guilty)
    bounty = ruling.bounty(len(slashed), BOND) if refuter else 0
    assert receipt.only("Overruled") == {
        "auditId": game.audit,
        "refuter": refuter or "0x" + "00" * 20,
        "slashed": sum(1 << i for i in slashed),
        "refund": ESCROW,
        "bounty": bounty,
    }
    for position, oracle in enumerate(world.oracles):
        assert tuple(world.seat(oracle)) == (STAKE - BOND * (position in slashed), 0, 0, 0)
    assert world.vault.owed(world.client) == ESCROW
    assert world.vault.owed(world.treasury) - before == len(slashed) * BOND - bounty
    if refuter:
        assert world.vault.owed(refuter) == bounty
    state = game.state
    assert (state.phase, state.outcome, state.escrow) == (OVERTURNED, Verdict.NONE, 0)
    assert world.board.result(game.audit) == ()
    with world.refuses("WrongPhase", OVERTURNED):
        game.finalize()


@pytest.mark.parametrize(
    "votes",
    [
        [TRUE] * 5,
        [TRUE, TRUE, TRUE, FALSE, None],
        [TRUE, TRUE, TRUE, SPEC, GONE],
        [TRUE, FALSE, TRUE, values(*[9] * 9), TRUE],
    ],
    ids=["all", "one honest, one absent", "specification and unavailable", "other values"],
)
def test_finalize__verified_but_refuted__voters_slashed_client_refunded_a_tenth_to_the_refuter(
    world: World, false: Disputed, votes: Votes
) -> None:
    game = decided(world, false, votes)
    refute(false)
    settled(game, votes, Verdict.VALUES, guilty=True, refuter=WATCHER)
    assert (false.state.state, false.state.auditId) == (REFUTED, 0)
    assert world.tables.count() == 0


def test_finalize__refuted_before_the_vote__all_the_same(world: World, false: Disputed) -> None:
    game = Round.start(world, testSet=false.id)
    refute(false)
    game.vote([TRUE] * 5)
    game.close()
    settled(game, [TRUE] * 5, Verdict.VALUES, guilty=True, refuter=WATCHER)


@pytest.mark.parametrize("how", ["withheld", "key of another table"])
def test_finalize__what_no_oracle_could_see__nobody_who_voted_is_slashed(
    world: World, tables: Tables, how: str
) -> None:
    """A supplier could else serve its table to oracles only, have a friend ask for a row, and share their bonds."""
    first = Disputed(tables, twice_a_key(tables, [11, 7, 13]))
    table = Disputed(tables, twice_a_key(tables, [5, 6, 11]))
    votes = [TRUE, TRUE, TRUE, GONE, None]
    game = decided(world, table, votes)
    if how == "withheld":
        table.demand(1, WATCHER)
        world.evm.mine(ANSWER_BLOCKS + 1)
        table.expire(1, WATCHER)
        world.vault.withdraw(sender=WATCHER)
    else:
        named = Fault(8, 3, 1)
        table.announce(named, WATCHER)
        table.refute(named, WATCHER, table.evidence(named, first))
    settled(game, votes, Verdict.VALUES, guilty=False, refuter=WATCHER)


@pytest.mark.parametrize(
    ("vote", "state"), [(FALSE, REFUTED), (SPEC, REFUTED), (GONE, REFUTED)], ids=["false", "malformed", "unavailable"]
)
def test_finalize__refuted_and_not_found_true__stands_as_decided(
    world: World, false: Disputed, vote: Vote, state: int
) -> None:
    game = decided(world, false, [vote] * 5)
    refute(false)
    game.end_dispute()
    assert game.finalize().all("Overruled") == []
    assert (game.state.phase, false.state.state) == (FINAL, state)


def test_finalize__refuted_after_it__what_was_final_stays(world: World, false: Disputed) -> None:
    game = decided(world, false, [TRUE] * 5)
    game.end_dispute()
    game.finalize()
    refute(false)
    assert (game.state.phase, game.state.outcome) == (FINAL, Verdict.VALUES)
    assert (false.state.state, false.state.auditId) == (REFUTED, game.audit)


# ---------------------------------------------------------------------------------------------------------- rebuttal


@pytest.mark.parametrize(
    "votes",
    [[FALSE] * 5, [FALSE, FALSE, FALSE, TRUE, None], [FALSE, FALSE, FALSE, OTHER, GONE], [FALSE] * 3 + [SPEC, TRUE]],
    ids=["all", "one honest, one absent", "another fault", "specification"],
)
def test_finalize__fault_rebutted__who_named_it_is_slashed_and_the_table_unchanged(
    world: World, true: Disputed, votes: Votes
) -> None:
    game = decided(world, true, votes)
    receipt = true.board.rebut(game.audit, true.evidence(LIE), sender=REBUTTER)
    assert receipt.only("Rebutted") == {"auditId": game.audit, "tableId": true.id, "rebutter": REBUTTER}
    with world.refuses("NotRebuttable", game.audit):
        true.board.rebut(game.audit, true.evidence(LIE), sender=REBUTTER)
    settled(game, votes, Verdict.INVALID, guilty=True, refuter=None)
    assert (true.state.state, true.state.auditId, true.state.bonded) == (PENDING, 0, True)
    world.request(testSet=true.id)


@pytest.mark.parametrize(
    "named", [(4, 4, 2), (1, 3, 4), (2, 3, 8), (3, 3, 1), (6, 1, 0), (7, 1, 0), (8, 2, 2), (8, 2, 0)]
)
def test_rebut__check_that_does_not_exist__needs_no_evidence(
    world: World, true: Disputed, named: tuple[int, int, int]
) -> None:
    game = decided(world, true, [fault(*named)] * 5)
    true.board.rebut(game.audit, ([], [], [], [], bytes(32)), sender=REBUTTER)
    assert true.board.rebutted(game.audit)


@pytest.mark.parametrize(
    "named", [(1, 2, 3), (2, 3, 7), (3, 1, 0), (4, 1, 0), (5, 3, 7), (6, 2, 0), (7, 3, 0), (8, 3, 1)]
)
def test_rebut__every_kind_that_holds__rebutted(world: World, true: Disputed, named: tuple[int, int, int]) -> None:
    game = decided(world, true, [fault(*named)] * 5)
    other = Fault(*named)._replace(row=named[1] % 3 + 1, branch=0)
    if named[0] not in (6, 7, 8):
        with world.refuses("BadEvidence", "row"):
            true.board.rebut(game.audit, true.evidence(other), sender=REBUTTER)
    true.board.rebut(game.audit, true.evidence(Fault(*named)), sender=REBUTTER)
    assert true.board.rebutted(game.audit)


def test_rebut__true_finding__refused_and_the_table_rejected(world: World, false: Disputed, true: Disputed) -> None:
    game = decided(world, false, [FALSE] * 5)
    with world.refuses("CheckFails", *LIE):
        false.board.rebut(game.audit, false.evidence(LIE), sender=REBUTTER)
    with world.refuses("BadEvidence", "path"):
        false.board.rebut(game.audit, true.evidence(LIE), sender=REBUTTER)
    game.end_dispute()
    game.finalize()
    assert false.state.state == REJECTED


def test_rebut__not_a_decided_fault__refused(world: World, true: Disputed) -> None:
    verified = decided(world, true, [TRUE] * 5)
    found = decided(world, true, [FALSE] * 5)
    running = Round.start(world, testSet=true.id)
    for audit in (verified.audit, running.audit, 99):
        with world.refuses("NotRebuttable", audit):
            true.board.rebut(audit, true.evidence(LIE), sender=REBUTTER)
    found.end_dispute()
    found.finalize()
    with world.refuses("NotRebuttable", found.audit):
        true.board.rebut(found.audit, true.evidence(LIE), sender=REBUTTER)


# ------------------------------------------------------------------------------------------------- waiting for rows


def test_finalize__row_awaited__waits_for_the_answer_and_no_longer(world: World, true: Disputed) -> None:
    game = decided(world, true, [TRUE] * 5)
    world.evm.mine(game.state.disputeEnd - world.evm.number)
    true.demand(2, WATCHER)
    world.evm.mine()
    with world.refuses("RowsAwaited", game.state.disputeEnd + 2 * ANSWER_BLOCKS):
        game.finalize()
    true.answer(2, world.supplier)
    game.finalize()
    assert game.state.phase == FINAL


def test_finalize__row_never_shown__there_is_time_to_expire_the_demand(world: World, true: Disputed) -> None:
    """Who finalizes cannot slip in between the deadline and the demander's call."""
    game = decided(world, true, [TRUE] * 5)
    true.demand(2, WATCHER)
    deadline = world.evm.number + ANSWER_BLOCKS
    world.evm.mine(2 * ANSWER_BLOCKS)
    with world.refuses("RowsAwaited", deadline + ANSWER_BLOCKS):
        game.finalize()
    true.expire(2, WATCHER)
    game.finalize()
    assert game.state.phase == OVERTURNED


def test_finalize__asked_for_again_and_again__held_up_twice_an_answer_at_most(world: World, true: Disputed) -> None:
    game = decided(world, true, [TRUE] * 5)
    game.end_dispute()
    until = game.state.disputeEnd + 2 * ANSWER_BLOCKS
    for row in (1, 2, 3):
        true.demand(row, WATCHER)
        with world.refuses("RowsAwaited", min(until, world.evm.number + 2 * ANSWER_BLOCKS)):
            game.finalize()
        world.evm.mine(ANSWER_BLOCKS - 2)
    world.evm.mine(max(0, until + 1 - world.evm.number))
    game.finalize()
    assert game.state.phase == FINAL


@pytest.mark.parametrize("vote", [FALSE, SPEC, GONE], ids=["false", "malformed", "unavailable"])
def test_finalize__row_awaited_of_a_table_that_was_not_verified__does_not_wait(
    world: World, true: Disputed, vote: Vote
) -> None:
    game = decided(world, true, [vote] * 5)
    true.demand(1, WATCHER)
    game.end_dispute()
    game.finalize()
    assert game.state.phase == FINAL
