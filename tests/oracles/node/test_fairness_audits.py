"""Three real oracle processes and fairness tables on a real chain; one oracle believes whatever suppliers declare."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.errors import Reverted
from assay_chain.session import Session
from assay_chain.wrappers.board import FAULT_LANES, Audit, Board, Phase, Verdict
from assay_chain.wrappers.fairness import Tables, TableState
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.fairness import lanes
from assay_oracles.audits.fairness.fault import Kind
from assay_oracles.protocol.roster import Progress

from tests.oracles.audits.fairness.forge import word
from tests.oracles.node import models
from tests.oracles.node.conftest import add_policy, spec
from tests.oracles.node.harness import RUN, UNIT, Oracle, request, stake, wait_for_phase
from tests.oracles.node.tables import Supplier, resealed, written

BELIEVE = f"""
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.lanes import lane_names
from assay_oracles.audits.fairness.record import Record
from assay_oracles.node import daemon, sandbox
class Believer(sandbox.Sandbox):
    def run(self, job, stop):
        found = super().run(job, stop)
        if job["audit"] != "fairness" or not isinstance(found, Fault):
            return found
        record = Record.decode(bytes.fromhex(job["header"]), bytes.fromhex(job["footer"]))
        return dict(zip(lane_names(2), (*record.footer.counts, 0)))
daemon.Sandbox = Believer


{RUN}
"""
NAMES = ("oracle-1", "oracle-2", "oracle-3")
BELIEVER = 2
STAKE = 700
CHOICES = [0, 1, 2, 3, 4, 5, 6, 7, 7]
COUNTS = (1, 1, 1, 1, 1, 1, 1, 2)


@dataclass(frozen=True)
class Scene:
    """Audits that have ended, by name, with the tables that they were about."""

    session: Session
    audits: dict[str, Audit]
    tables: dict[str, bytes]
    model_id: int
    policy_id: int

    @property
    def head(self) -> int:
        return self.session.latest().number


@pytest.fixture(scope="module")
def oracles(network: AddressBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Oracle]]:
    running = []
    for name in NAMES:
        stake(network, name, STAKE)
        program = BELIEVE if name == NAMES[BELIEVER] else RUN
        folder = tmp_path_factory.mktemp(name)
        running.append(Oracle(network, name, folder, {"margin_seconds": 15}, program).start())
    yield running
    for oracle in running:
        oracle.kill()


@pytest.fixture(scope="module")
def scene(network: AddressBook, oracles: list[Oracle], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Four tables are published and audited at once, each in its way."""
    folder = tmp_path_factory.mktemp("supplier")
    supplier = Supplier(network, folder)
    plain = add_policy(network, "patient", commit=1000, reveal=500, like="fairness-2-dev")
    crossed = add_policy(network, "patient-model", commit=1000, reveal=500, like="fairness-2-model-dev")
    model_id = models.register(network, models.sign(folder, [0, 0, 1, 1]), folder)
    true = supplier.table(CHOICES)
    false = resealed(written(supplier.table(CHOICES), 5, 256 + 192 * 3 + 160, word(7)), supplier.key)
    swapped = supplier.table(CHOICES)
    tables = {
        "true": supplier.publish(model_id, true),
        "false": supplier.publish(model_id, false),
        "swapped": supplier.publish(model_id, swapped, file=written(swapped, 4, 256 + 192, bytes(64))),
        "crossed": supplier.publish(model_id, supplier.table(CHOICES)),
    }
    audits = {
        name: request(network, model_id, crossed if name == "crossed" else plain, test_set=table)
        for name, table in tables.items()
    }
    ended = {
        name: wait_for_phase(network, audit, Phase.FINAL, Phase.EXPIRED, timeout=240) for name, audit in audits.items()
    }
    return Scene(Session.connect(network), ended, tables, model_id, plain)


def votes(scene: Scene, name: str) -> list[Verdict]:
    return [vote.verdict for vote in Board(scene.session).votes(scene.audits[name], scene.head)]


def test_audit__true_table__is_verified_and_stands_on_the_board(scene: Scene) -> None:
    audit, table_id = scene.audits["true"], scene.tables["true"]
    assert (audit.phase, audit.outcome) == (Phase.FINAL, Verdict.VALUES)
    assert votes(scene, "true") == [Verdict.VALUES] * 3
    result = dict(zip(lanes.lane_names(2), Board(scene.session).result(audit.id, scene.head), strict=True))
    assert lanes.counts(result) == COUNTS
    tables = Tables(scene.session)
    table = tables.table(table_id, scene.head)
    assert (table.state, table.audit_id) == (TableState.VERIFIED, audit.id)
    (appended,) = tables.appended(0, scene.head, table_id=table_id)
    assert tables.table_at(appended.index, scene.head) == table_id
    assert tables.counts(table_id, scene.head) == COUNTS


def test_audit__forged_row_behind_true_ends__is_invalid_by_its_first_fault_and_rejected(scene: Scene) -> None:
    audit, table_id = scene.audits["false"], scene.tables["false"]
    board, tables = Board(scene.session), Tables(scene.session)
    assert (audit.phase, audit.outcome) == (Phase.FINAL, Verdict.INVALID)
    assert sorted(votes(scene, "false")) == [Verdict.VALUES, Verdict.INVALID, Verdict.INVALID]
    fault = dict(zip(FAULT_LANES, board.result(audit.id, scene.head), strict=True))
    assert fault == {"kind": Kind.COMMITMENT_A, "row": 5, "branch": 3}
    (decided,) = board.decided(audit.id, 0, scene.head)
    assert decided.result == decided.lowest == decided.highest == tuple(fault.values())
    assert tables.table(table_id, scene.head).state is TableState.REJECTED
    (rejected,) = tables.rejected(0, scene.head, table_id=table_id)
    assert (rejected.audit_id, rejected.outcome) == (audit.id, Verdict.INVALID)
    assert tables.appended(0, scene.head, table_id=table_id) == ()


def test_audit__believer_of_a_false_table__loses_its_bond_and_nobody_else_does(scene: Scene) -> None:
    vault, terms = Vault(scene.session), spec("fairness-2-dev").terms
    seats = vault.all_seats(scene.head)
    honest = STAKE * UNIT + 3 * terms.fee_per_oracle + terms.inspection_fee
    assert [seat.free for seat in seats[:BELIEVER]] == [honest] * 2
    assert seats[BELIEVER].free == honest - terms.fee_per_oracle - terms.bond
    assert [seat.locked for seat in seats] == [0, 0, 0]
    masks = Progress.unpack(scene.audits["false"].progress)
    assert (masks.paid, masks.slashed) == (0b011, 0b100)


def test_audit__file_is_not_what_the_root_binds__is_invalid_spec_and_rejected(scene: Scene) -> None:
    assert scene.audits["swapped"].outcome is Verdict.INVALID_SPEC
    table = Tables(scene.session).table(scene.tables["swapped"], scene.head)
    assert table.state is TableState.REJECTED


def test_audit__policy_with_the_models_counts__tells_both(scene: Scene) -> None:
    audit = scene.audits["crossed"]
    assert audit.outcome is Verdict.VALUES
    names = lanes.lane_names(2, model=True)
    result = dict(zip(names, Board(scene.session).result(audit.id, scene.head), strict=True))
    assert lanes.counts(result) == COUNTS
    assert lanes.counts(result, model=True) == (0, 1, 0, 1, 1, 0, 1, 0)


def test_request__rejected_table__is_refused(network: AddressBook, scene: Scene) -> None:
    with pytest.raises(Reverted) as refused:
        request(network, scene.model_id, scene.policy_id, test_set=scene.tables["false"])
    assert refused.value.name == "TableRejected"


def test_node__killed_in_the_middle_of_a_check__checks_again_and_votes_in_time(
    network: AddressBook, oracles: list[Oracle], scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> None:
    supplier, killed = Supplier(network, tmp_path_factory.mktemp("later")), oracles[0]
    assert killed.stop() == 0
    killed.start({"event": "computation.started"})
    table_id = supplier.publish(scene.model_id, supplier.table([k % 8 for k in range(400)]))
    audit_id = request(network, scene.model_id, scene.policy_id, test_set=table_id)
    assert killed.wait_for_death(60) == -9
    assert killed.execute("SELECT * FROM ballots WHERE audit_id = ?", audit_id) == []
    killed.start()
    ended = wait_for_phase(network, audit_id, Phase.FINAL, timeout=240)
    assert ended.outcome is Verdict.VALUES
    assert Progress.unpack(ended.progress).paid == 0b111
