"""The fairness board's wrapper on the devnet: what a supplier publishes comes back, whole, from state and events."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.errors import Reverted
from assay_chain.session import Session
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.fairness import Submission, Tables, TableState
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.token import Permit
from assay_chain.wrappers.vault import Vault
from eth_utils.crypto import keccak

from tests.oracles.node.tables import Supplier

Connect = Callable[..., Session]


@pytest.fixture
def submission(connect: Connect, devnet: AddressBook, tmp_path: Path, request: pytest.FixtureRequest) -> Submission:
    """A true table of a new model, not published yet."""
    model_id, _ = Models(connect("supplier")).register(keccak(text=request.node.name), "file:///m")
    supplier = Supplier(devnet, tmp_path)
    return supplier.submission(model_id, supplier.table([3, 0, 6]))


def permit(connect: Connect) -> Permit:
    """What the bond of a table is paid with."""
    session = connect("supplier")
    return Vault(session).permit(Disputes(session).table_bond(session.latest().number))


def test_tables__published__comes_back_from_state_and_event(
    connect: Connect, devnet: AddressBook, submission: Submission
) -> None:
    tables = Tables(connect("supplier"))
    supplier, before = devnet.accounts["supplier"].address, connect().latest().number
    on_board = tables.count(before)
    table_id, receipt = tables.publish(submission, permit(connect))
    block = int(receipt["blockNumber"])
    given = (submission.params, submission.n, submission.nonce, submission.data_commit)
    assert tables.table_id_of(supplier, *given, block) == table_id

    table = tables.table(table_id, block)
    assert (table.id, table.supplier, table.model_id) == (table_id, supplier, submission.model_id)
    assert (table.params, table.n, table.root, table.tally) == (
        submission.params,
        submission.n,
        submission.root,
        submission.tally,
    )
    assert (table.state, table.published_at, table.audit_id) == (TableState.PENDING, block, 0)
    assert (table.bonded, table.release_block, table.refuter, table.visible) == (True, 0, None, False)
    assert tables.counts(table_id, block) == (1, 0, 0, 1, 0, 0, 1, 0)
    assert tables.count(block) == on_board, "pending tables do not stand on the board"

    event = tables.published_event(table)
    told = {name: value for name, value in vars(submission).items() if hasattr(event, name)}
    assert len(told) == 10
    assert {name: getattr(event, name) for name in told} == told
    assert (event.table_id, event.supplier) == (table_id, supplier)
    assert (event.chain_id, event.board) == (devnet.chain_id, devnet.contracts["FairnessBoard"])
    assert (event.block, event.tx_hash) == (block, bytes(receipt["transactionHash"]))


def test_tables__events__are_found_by_table_model_and_supplier(
    connect: Connect, devnet: AddressBook, submission: Submission
) -> None:
    tables, start = Tables(connect("supplier")), connect().latest().number
    table_id, _ = tables.publish(submission, permit(connect))
    head = connect().latest().number
    for wanted in ({"table_id": table_id}, {"model_id": submission.model_id}):
        (found,) = tables.published(start, head, **wanted)
        assert found.table_id == table_id
    assert table_id in {e.table_id for e in tables.published(start, head, supplier=devnet.accounts["supplier"].address)}
    assert tables.published(start, head, supplier=devnet.accounts["client"].address) == ()
    assert tables.published(start, head, table_id=bytes(32)) == ()
    assert tables.appended(start, head, table_id=table_id) == tables.rejected(start, head, table_id=table_id) == ()


def test_tables__before_it_was_published__there_is_none(connect: Connect, submission: Submission) -> None:
    tables, before = Tables(connect("supplier")), connect().latest().number
    table_id, _ = tables.publish(submission, permit(connect))
    assert tables.table(table_id, before).state is TableState.NONE
    with pytest.raises(Reverted) as unknown:
        tables.counts(table_id, before)
    assert unknown.value.name == "UnknownTable"


def test_tables__published_twice_or_spoiled__is_refused_in_words(connect: Connect, submission: Submission) -> None:
    tables = Tables(connect("supplier"))
    with pytest.raises(Reverted, match=r"the table's last\.sum is malformed or false") as spoiled:
        tables.publish(replace(submission, tally=submission.tally + (1 << 31) - 1), Permit.none())
    assert spoiled.value.culprit == "supplier"
    tables.publish(submission, permit(connect))
    with pytest.raises(Reverted, match="was published before"):
        tables.publish(submission, permit(connect))
    with pytest.raises(Reverted) as stranger:
        Tables(connect("client")).publish(submission, Permit.none())
    assert stranger.value.name == "NotSupplier"
