"""FairnessBoard: what audits conclude about tables, which tables can be audited, and how they are read."""

from typing import Any

import pytest
from assay_oracles.audits.fairness.params import Params

from tests.contracts.harness.accounts import ZERO, Account
from tests.contracts.harness.contract import Receipt
from tests.contracts.harness.tables import REJECTED, VERIFIED, Tables
from tests.contracts.harness.world import (
    ANSWER_BLOCKS,
    DEMAND_BOND,
    MINIMUM_STAKE,
    TABLE_BOND,
    UNBONDING_BLOCKS,
    World,
    created_address,
)

NONE, VALUES, INVALID, INVALID_SPEC, UNAVAILABLE = range(5)
FALSE = (INVALID, INVALID_SPEC)
AUDITOR = Account.named("auditor")
UNKNOWN = b"\x07" * 32


@pytest.fixture
def tables(world: World) -> Tables:
    """A board and a vault of their own, whose audit board is an account that can say anything."""
    peers = (world.token.address, world.membership.address, AUDITOR)
    coming = created_address(world.deployer, world.created + 1)
    vault = world.create("Vault", *peers, coming, world.treasury, MINIMUM_STAKE, UNBONDING_BLOCKS)
    world.token.approve(vault.address, 2**256 - 1, sender=world.supplier)
    terms = (vault.address, TABLE_BOND, DEMAND_BOND, ANSWER_BLOCKS)
    return Tables(world, world.create("FairnessBoard", world.membership.address, world.models.address, AUDITOR, *terms))


def conclude(tables: Tables, table: bytes, outcome: int, audit: int = 1) -> Receipt:
    receipt: Receipt = tables.board.conclude(table, audit, outcome, sender=AUDITOR)
    return receipt


def standing(tables: Tables, table: bytes) -> tuple[int, int]:
    found = tables.board.table(table)
    return found.state, found.auditId


@pytest.mark.parametrize("who", ["supplier", "client", "gatekeeper", "oracle-0"])
def test_conclude__not_the_audit_board__refused(tables: Tables, who: str) -> None:
    table, caller = tables.published(), Account.named(who)
    with tables.refuses("NotAuditBoard", caller):
        tables.board.conclude(table, 1, VALUES, sender=caller)


@pytest.mark.parametrize("outcome", range(5))
def test_conclude__unknown_table__refused(tables: Tables, outcome: int) -> None:
    with tables.refuses("UnknownTable", UNKNOWN):
        conclude(tables, UNKNOWN, outcome)


def test_conclude__values__appends_in_order_and_only_once(tables: Tables) -> None:
    first, second = tables.published(), tables.published()
    for index, table in enumerate((second, first)):
        receipt = conclude(tables, table, VALUES, audit=7 + index)
        assert receipt.only("Appended") == {
            "tableId": table,
            "modelId": tables.world.model,
            "auditId": 7 + index,
            "index": index,
        }
        assert standing(tables, table) == (VERIFIED, 7 + index)
    assert conclude(tables, first, VALUES, audit=9).events == []
    assert standing(tables, first) == (VERIFIED, 8)
    assert [tables.board.tableAt(i) for i in range(tables.board.count())] == [second, first]


@pytest.mark.parametrize("outcome", FALSE)
@pytest.mark.parametrize("verified", [False, True])
def test_conclude__false__rejects_for_good_and_removes_nothing(tables: Tables, outcome: int, verified: bool) -> None:
    table = tables.published()
    if verified:
        conclude(tables, table, VALUES)
    receipt = conclude(tables, table, outcome, audit=2)
    expected = {"tableId": table, "modelId": tables.world.model, "auditId": 2, "outcome": outcome}
    assert receipt.only("Rejected") == expected
    for later in range(5):
        assert conclude(tables, table, later, audit=3).events == []
        assert standing(tables, table) == (REJECTED, 2)
    assert tables.board.count() == verified


@pytest.mark.parametrize("outcome", [NONE, UNAVAILABLE])
@pytest.mark.parametrize("verified", [False, True])
def test_conclude__nothing_found_out__changes_nothing(tables: Tables, outcome: int, verified: bool) -> None:
    table = tables.published()
    if verified:
        conclude(tables, table, VALUES)
    before = tables.board.table(table)
    assert conclude(tables, table, outcome, audit=2).events == []
    assert tables.board.table(table) == before


# ------------------------------------------------------------------------------------------------- requireAuditable


def auditable(tables: Tables, table: bytes, **changes: Any) -> None:
    tables.board.requireAuditable(table, *({"model": tables.world.model, "rows": 2, "cell": 0} | changes).values())


def test_auditable__pending_and_verified__accepted_rejected_refused(tables: Tables) -> None:
    table = tables.published()
    auditable(tables, table)
    conclude(tables, table, VALUES)
    auditable(tables, table)
    conclude(tables, table, INVALID)
    with tables.refuses("TableRejected", table):
        auditable(tables, table)


def test_auditable__unknown_table_or_another_model__refused(tables: Tables) -> None:
    table, other = tables.published(), tables.world.register_model("another")
    with tables.refuses("UnknownTable", UNKNOWN):
        auditable(tables, UNKNOWN)
    with tables.refuses("WrongModel", table, other):
        auditable(tables, table, model=other)


def test_auditable__too_few_rows__refused_and_pads_are_no_rows(tables: Tables) -> None:
    table = tables.published((8, 5, 8, 0, 1), Params(pads=True))
    auditable(tables, table, rows=3)
    with tables.refuses("TooFewRows", 3, 4):
        auditable(tables, table, rows=4)


def test_auditable__small_or_empty_cell__refused_and_named(tables: Tables) -> None:
    table = tables.published((0, 1, 2, 3, 4, 5, 5, 6, 7) * 2)
    auditable(tables, table, cell=2)
    with tables.refuses("CellTooSmall", 0, 2, 3):
        auditable(tables, table, cell=3)
    empty = tables.published((0, 2, 3))
    with tables.refuses("CellTooSmall", 1, 0, 1):
        auditable(tables, empty, cell=1)


# ------------------------------------------------------------------------------------------------------------- views


def test_reads__unknown_table__zeros_without_counts(tables: Tables) -> None:
    assert tuple(tables.board.table(UNKNOWN)) == (ZERO, 0, 0, 0, 0, 0, 0, bytes(32), 0, False, 0, ZERO, False)
    with tables.refuses("UnknownTable", UNKNOWN):
        tables.board.counts(UNKNOWN)


def test_reads__place_beyond_the_last__refused(tables: Tables) -> None:
    tables.published()
    with tables.refuses("Panic", 0x32):
        tables.board.tableAt(0)
    assert tables.board.count() == 0


def test_reads__wiring__as_deployed(tables: Tables) -> None:
    world, board = tables.world, tables.world.tables
    wired = (board.membership(), board.models(), board.auditBoard(), board.vault())
    assert wired == tuple(each.address for each in (world.membership, world.models, world.board, world.vault))
    assert (board.tableBond(), board.demandBond(), board.answerBlocks()) == (TABLE_BOND, DEMAND_BOND, ANSWER_BLOCKS)
    assert (world.vault.tables(), world.vault.board()) == (board.address, world.board.address)
