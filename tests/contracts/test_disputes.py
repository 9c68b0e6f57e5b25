"""What anyone can say against a table: refutations announced before, rows asked for, and what becomes of the bonds."""

from __future__ import annotations

import pytest

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.disputes import (
    DUPLICATE,
    LIE,
    NO_TABLE,
    SALT,
    Disputed,
    Fault,
    twice_a_key,
)
from tests.contracts.harness.play import FALSE, SPEC, Round, values
from tests.contracts.harness.tables import PENDING, REFUTED, Tables
from tests.contracts.harness.terms import fairness
from tests.contracts.harness.world import ANSWER_BLOCKS, DEMAND_BOND, TABLE_BOND, UNBONDING_BLOCKS, World
from tests.oracles.audits.fairness import forge

WATCHER, THIEF = Account.named("watcher"), Account.named("thief")
TENTH = TABLE_BOND // 10
TRUE = values(*[1] * 9)


@pytest.fixture
def tables(world: World) -> Tables:
    world.policy = world.add_policy(fairness())
    world.fund(WATCHER, 100 * DEMAND_BOND)
    return Tables(world)


def audited(world: World, table: Disputed, vote: object) -> None:
    Round.start(world, testSet=table.id).play([vote] * 5)  # type: ignore[list-item]


# ---------------------------------------------------------------------------------------------------------- refuting


@pytest.mark.parametrize("vote", [None, TRUE, FALSE, SPEC], ids=["pending", "verified", "rejected", "malformed"])
def test_refute__false_table__refuted_whatever_oracles_said(world: World, false: Disputed, vote: object) -> None:
    if vote:
        audited(world, false, vote)
    before = false.state
    false.announce(LIE, WATCHER)
    receipt = false.refute(LIE, WATCHER)
    assert receipt.only("Refuted") == {"tableId": false.id, "refuter": WATCHER, "fault": LIE, "other": NO_TABLE}
    state = false.state
    assert (state.state, state.refuter, state.visible, state.bonded) == (REFUTED, WATCHER, True, True)
    assert (state.auditId, state.root, state.tally) == (before.auditId, before.root, before.tally)
    with world.refuses("TableRefuted", false.id):
        false.refute(LIE, WATCHER)


def test_refute__true_table__every_check_holds(world: World, true: Disputed) -> None:
    kinds = {1: 4, 2: 8, 3: 1, 4: 8, 5: 8}
    single = [Fault(kind, row, j) for kind, most in kinds.items() for row in (1, 2, 3) for j in range(most)]
    pairs = [Fault(kind, row) for kind in (6, 7) for row in (2, 3)]
    doubles = [Fault(DUPLICATE, row, j) for row in (2, 3) for j in range(1, row)]
    for fault in (*single, *pairs, *doubles):
        with world.sandbox():
            true.announce(fault, WATCHER)
            with world.refuses("CheckHolds", *fault):
                true.refute(fault, WATCHER)
    assert true.state.state == PENDING


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(0, 3), Fault(9, 3), Fault(1, 3, 4), Fault(2, 3, 8), Fault(4, 3, 8), Fault(5, 3, 8), Fault(3, 3, 1)),
        *(Fault(6, 3, 1), Fault(7, 3, 1), Fault(6, 1), Fault(7, 1), Fault(4, 0, 2), Fault(4, 4, 2)),
        *(Fault(DUPLICATE, 2, 2), Fault(DUPLICATE, 2, 3), Fault(DUPLICATE, 2)),
    ],
)
def test_refute__check_that_no_table_has__refused(world: World, false: Disputed, fault: Fault) -> None:
    false.announce(fault, WATCHER)
    shown = false.evidence(LIE)
    shown = (*shown[:4], false.id)
    with world.refuses("NoSuchCheck", *fault):
        false.refute(fault, WATCHER, shown)


def test_refute__evidence_of_another_row_or_table__refused(world: World, false: Disputed, true: Disputed) -> None:
    false.announce(LIE, WATCHER)
    rows, digests, branches, hints, other = false.evidence(LIE)
    for wrong, part in (
        (((rows * 2), digests, branches, hints, other), "rows"),
        (([], digests, branches, hints, other), "rows"),
        (false.evidence(LIE._replace(row=2)), "row"),
        ((rows, digests, [], hints, other), "branches"),
        ((rows, digests, branches * 2, hints, other), "branches"),
        ((rows, digests[::-1], branches, hints, other), "digests"),
        ((rows, digests, false.branches(3)[1:2], hints, other), "branch"),
        (true.evidence(LIE), "path"),
    ):
        with world.refuses("BadEvidence", part):
            false.refute(LIE, WATCHER, wrong)
    false.refute(LIE, WATCHER)


def test_refute__unknown_table__refused(world: World, false: Disputed) -> None:
    with world.refuses("UnknownTable", bytes(32)):
        false.board.refute(bytes(32), LIE, SALT, false.evidence(LIE), sender=WATCHER)
    with world.refuses("UnknownTable", bytes(32)):
        false.board.demand(bytes(32), 1, Permit(), sender=WATCHER)


# -------------------------------------------------------------------------------------------- announced before, by whom


def test_refute__announced_in_the_same_block_or_never__refused(world: World, false: Disputed) -> None:
    commitment = bytes(false.board.commitmentOf(WATCHER, false.id, LIE, SALT))
    with world.refuses("NotAnnounced", commitment):
        false.refute(LIE, WATCHER)
    false.board.announce(commitment, sender=WATCHER)
    with world.refuses("NotAnnounced", commitment):
        false.refute(LIE, WATCHER)
    world.evm.mine()
    false.refute(LIE, WATCHER)
    assert false.board.announcedAt(WATCHER, commitment) == 0


def test_refute__copied_reveal_or_commitment__is_of_no_use_to_the_copier(world: World, false: Disputed) -> None:
    """A thief who sees the reveal has announced nothing; one who announced the victim's commitment cannot open it."""
    commitment = bytes(false.board.commitmentOf(WATCHER, false.id, LIE, SALT))
    own = bytes(false.board.commitmentOf(THIEF, false.id, LIE, SALT))
    false.board.announce(commitment, sender=THIEF)
    false.announce(LIE, WATCHER)
    false.board.announce(commitment, sender=THIEF)  # again, which must not make the victim's younger
    false.board.announce(own, sender=THIEF)  # in the block of the reveal that it saw: too late
    with world.refuses("NotAnnounced", own):
        false.refute(LIE, THIEF)
    false.refute(LIE, WATCHER)
    assert false.state.refuter == WATCHER


@pytest.mark.parametrize("change", ["salt", "fault"])
def test_refute__other_than_announced__refused(world: World, false: Disputed, change: str) -> None:
    false.announce(LIE, WATCHER)
    fault = LIE._replace(kind=5) if change == "fault" else LIE
    salt = bytes(32) if change == "salt" else SALT
    with world.refuses("NotAnnounced", bytes(false.board.commitmentOf(WATCHER, false.id, fault, salt))):
        false.refute(fault, WATCHER, salt=salt)


# -------------------------------------------------------------------------------------------------------- duplicates


def test_refute__key_of_an_earlier_row__refuted_and_visible(world: World, tables: Tables) -> None:
    data = twice_a_key(tables, [11, 7, 29, 11], (3, 0, 6, 5))
    table, fault = Disputed(tables, data), Fault(DUPLICATE, 4, 1)
    table.announce(fault, WATCHER)
    table.refute(fault, WATCHER)
    assert (table.state.state, table.state.visible) == (REFUTED, True)


def test_refute__key_of_an_earlier_table__only_the_later_one_and_never_the_oracles_fault(
    world: World, tables: Tables
) -> None:
    """Publishing a key again must not kill the table that had it first: its supplier could ruin voters with it."""
    first = Disputed(tables, twice_a_key(tables, [11, 7, 13]))
    world.evm.mine()
    second = Disputed(tables, twice_a_key(tables, [5, 6, 11]))
    fault, back = Fault(DUPLICATE, 3, 1), Fault(DUPLICATE, 1, 3)
    first.announce(back, WATCHER)
    with world.refuses("NotEarlier", first.id, second.id):
        first.refute(back, WATCHER, first.evidence(back, second))
    second.announce(fault, WATCHER)
    receipt = second.refute(fault, WATCHER, second.evidence(fault, first))
    assert receipt.only("Refuted")["other"] == first.id
    assert (second.state.state, second.state.visible) == (REFUTED, False)
    assert first.state.state == PENDING


def test_refute__key_of_another_suppliers_table__refused(world: World, tables: Tables) -> None:
    rival = world.admit("rival", "SUPPLIER")
    world.fund(rival)
    model = world.register_model("rival's", owner=rival)
    data = forge.table((3, 0, 6), xs=[11, 7, 13], head=tables.header(3, supplier=rival))
    theirs = Disputed(tables, data, rival, modelId=model)
    table, fault = Disputed(tables, twice_a_key(tables, [5, 6, 11])), Fault(DUPLICATE, 3, 1)
    table.announce(fault, WATCHER)
    with world.refuses("NotEarlier", table.id, theirs.id):
        table.refute(fault, WATCHER, table.evidence(fault, theirs))


# ---------------------------------------------------------------------------------------------------- rows asked for


def test_demand__answered__the_answerer_has_the_bond_and_the_row_is_never_asked_again(
    world: World, true: Disputed
) -> None:
    receipt = true.demand(2, WATCHER)
    deadline = world.evm.number + ANSWER_BLOCKS
    assert receipt.only("Demanded") == {"tableId": true.id, "row": 2, "demander": WATCHER, "deadline": deadline}
    assert world.vault.bonded() == TABLE_BOND + DEMAND_BOND
    with world.refuses("AlreadyDemanded", true.id, 2):
        true.demand(2, WATCHER)
    world.evm.mine(ANSWER_BLOCKS)
    with world.refuses("StillAnswerable", deadline):
        true.expire(2, WATCHER)
    shown = true.answer(2, THIEF).only("Answered")
    assert (shown["row"], shown["answerer"]) == (2, THIEF)
    assert [tuple(each) for each in shown["branches"]] == [tuple(each) for each in true.branches(2)]
    assert world.vault.owed(THIEF) == DEMAND_BOND
    for call, error in ((true.answer, "NoDemand"), (true.expire, "NoDemand"), (true.demand, "AlreadyDemanded")):
        with world.refuses(error, true.id, 2):
            call(2, WATCHER)
    assert true.state.state == PENDING


def test_demand__unanswered__the_table_dies_and_the_demander_is_its_refuter(world: World, true: Disputed) -> None:
    true.demand(3, WATCHER)
    deadline = world.evm.number + ANSWER_BLOCKS
    world.evm.mine(ANSWER_BLOCKS + 1)
    with world.refuses("AnswerTooLate", deadline):
        true.answer(3, world.supplier)
    receipt = true.expire(3, THIEF)
    assert receipt.only("Refuted") == {
        "tableId": true.id,
        "refuter": WATCHER,
        "fault": (0, 3, 0),
        "other": NO_TABLE,
    }
    assert (true.state.state, true.state.refuter, true.state.visible) == (REFUTED, WATCHER, False)
    assert world.vault.owed(WATCHER) == DEMAND_BOND
    true.board.settleBond(true.id, sender=THIEF)
    assert world.vault.owed(WATCHER) == DEMAND_BOND + TENTH
    assert world.vault.owed(world.treasury) == TABLE_BOND - TENTH
    assert world.vault.bonded() == 0


@pytest.mark.parametrize("row", [0, 4, 2**32 - 1])
def test_demand__no_such_row__refused(world: World, true: Disputed, row: int) -> None:
    with world.refuses("NoSuchRow", row, 3):
        true.demand(row, WATCHER)


def test_demand__without_the_bond__refused(world: World, true: Disputed) -> None:
    with world.refuses("InsufficientAllowance", 0, DEMAND_BOND):
        true.demand(1, THIEF)


def test_demand__rejected_refuted_or_without_bond__refused(world: World, true: Disputed, false: Disputed) -> None:
    audited(world, true, FALSE)
    false.announce(LIE, WATCHER)
    false.refute(LIE, WATCHER)
    for table in (true, false):
        with world.refuses("NotDemandable", table.id):
            table.demand(1, WATCHER)


def test_answer__another_row_or_not_all_of_it__refused(world: World, true: Disputed, false: Disputed) -> None:
    true.demand(2, WATCHER)
    opening, branches = true.opening(2), true.branches(2)
    for shown, parts, part in (
        (opening, branches[:-1], "branches"),
        (opening, [*branches, branches[0]], "branches"),
        (opening, branches[::-1], "branches"),
        ((2, true.opening(1)[1], opening[2]), true.branches(1), "path"),
        (false.opening(2), false.branches(2), "path"),
    ):
        with world.refuses("BadEvidence", part):
            true.board.answer(true.id, shown, parts, sender=THIEF)
    for number in (1, 3):
        with world.refuses("NoDemand", true.id, number):
            true.answer(number, THIEF)


def test_expire_demand__table_refuted_meanwhile__the_bond_returns_and_the_refuter_stays(
    world: World, false: Disputed
) -> None:
    false.demand(1, WATCHER)
    false.announce(LIE, THIEF)
    false.refute(LIE, THIEF)
    receipt = false.expire(1, WATCHER)
    assert receipt.all("Refuted") == []
    assert (false.state.refuter, world.vault.owed(WATCHER)) == (THIEF, DEMAND_BOND)


# ------------------------------------------------------------------------------------------------------------- bonds


def test_publish__without_the_bond__refused_and_a_permit_suffices(world: World, tables: Tables) -> None:
    world.token.approve(world.vault.address, 0, sender=world.supplier)
    fields = tables.honest((3, 0, 6))
    with tables.refuses("InsufficientAllowance", 0, TABLE_BOND):
        tables.publish(fields)
    tables.publish(fields, permit=world.permit(world.supplier, TABLE_BOND))
    assert (world.vault.bonded(), world.vault.escrowed()) == (TABLE_BOND, TABLE_BOND)


@pytest.mark.parametrize(
    ("vote", "share"), [(None, TABLE_BOND), (TRUE, TABLE_BOND), (SPEC, TABLE_BOND), (FALSE, 0)], ids=str
)
def test_settle_bond__not_refuted__the_suppliers_after_unbonding_unless_found_false(
    world: World, true: Disputed, vote: object, share: int
) -> None:
    if vote:
        audited(world, true, vote)
    before = world.vault.owed(world.treasury)
    if share:
        with world.refuses("BondNotDue", 0):
            true.board.settleBond(true.id, sender=world.supplier)
        true.board.retire(true.id, sender=world.supplier)
        due = world.evm.number + UNBONDING_BLOCKS
        world.evm.mine(UNBONDING_BLOCKS)
        with world.refuses("BondNotDue", due):
            true.board.settleBond(true.id, sender=world.supplier)
        world.evm.mine()
    true.board.settleBond(true.id, sender=THIEF)
    assert world.vault.owed(world.supplier) == share
    assert world.vault.owed(world.treasury) - before == TABLE_BOND - share
    with world.refuses("NotBonded", true.id):
        true.board.settleBond(true.id, sender=world.supplier)


def test_settle_bond__rows_awaited__not_before_they_are_shown(world: World, true: Disputed) -> None:
    true.board.retire(true.id, sender=world.supplier)
    world.evm.mine(UNBONDING_BLOCKS)
    true.demand(1, WATCHER)
    world.evm.mine()
    with world.refuses("DemandsOpen", 1):
        true.board.settleBond(true.id, sender=world.supplier)
    true.answer(1, world.supplier)
    true.board.settleBond(true.id, sender=world.supplier)
    assert world.vault.owed(world.supplier) == TABLE_BOND + DEMAND_BOND
    with world.refuses("NotDemandable", true.id):
        true.demand(2, WATCHER)


def test_retire__stops_audits_but_neither_refutations_nor_demands(world: World, false: Disputed) -> None:
    with world.refuses("NotOwner", world.model, THIEF):
        false.board.retire(false.id, sender=THIEF)
    receipt = false.board.retire(false.id, sender=world.supplier)
    due = world.evm.number + UNBONDING_BLOCKS
    assert receipt.only("Retired") == {"tableId": false.id, "modelId": world.model, "releaseBlock": due}
    with world.refuses("AlreadyRetired", due):
        false.board.retire(false.id, sender=world.supplier)
    with world.refuses("TableRetired", false.id):
        world.request(testSet=false.id)
    false.demand(1, WATCHER)
    false.announce(LIE, WATCHER)
    false.refute(LIE, WATCHER)
    with world.refuses("TableRefuted", false.id):
        world.request(testSet=false.id)
    world.evm.mine(UNBONDING_BLOCKS + 1)
    false.board.settleBond(false.id, sender=world.supplier)
    assert world.vault.owed(world.supplier) == 0
    assert world.vault.owed(WATCHER) == TENTH


def test_disburse__anyone_but_the_fairness_board__refused(world: World, true: Disputed) -> None:
    for caller in (world.supplier, world.gatekeeper, world.treasury, WATCHER):
        with world.refuses("NotBoard", caller):
            world.vault.disburse(1, caller, 1, sender=caller)
