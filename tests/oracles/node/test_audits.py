"""Three real oracle processes on a real chain, several audits at once, from request to settlement."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Phase, Verdict
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.whitebox import metrics

from tests.oracles.node import models
from tests.oracles.node.conftest import add_policy, spec
from tests.oracles.node.harness import (
    UNIT,
    Oracle,
    Wire,
    eventually,
    request,
    stake,
    wait_for_phase,
)

NAMES = ("oracle-1", "oracle-2", "oracle-3")
STAKE = 700


@pytest.fixture(scope="module")
def wire(network: AddressBook) -> Iterator[Wire]:
    wire = Wire(network.rpc)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def oracles(network, wire, tmp_path_factory) -> Iterator[list[Oracle]]:
    """Three staked oracles; the second waits for confirmations, the last talks to the chain over the wire."""
    common = {"limits": {"cpu_seconds": 2}, "margin_seconds": 15}  # a busy machine takes its time
    settings = [common, {**common, "confirmations": 2}, {**common, "rpc": wire.url}]
    running = []
    for name, own in zip(NAMES, settings, strict=True):
        stake(network, name, STAKE)
        running.append(Oracle(network, name, tmp_path_factory.mktemp(name), own).start())
    yield running
    for oracle in running:
        oracle.kill()


@pytest.fixture(scope="module")
def policy_id(network: AddressBook) -> int:
    """Phases that leave a busy machine time; they end early when the whole roster has acted."""
    return add_policy(network, "patient", commit=1000, reveal=500)


@pytest.fixture(scope="module")
def settled(network, oracles, policy_id) -> dict[str, Audit]:
    """Five audits at once, each settled."""
    honest, recipe = models.digits(), models.digits("digits-recipe")

    def hog(document: models.Document) -> None:
        document["recipe"]["epochs"] = 1000

    def unknown_layer(document: models.Document) -> None:
        document["architecture"][1] = {"layer": "python", "code": "import os"}

    def lose_weights(document: models.Document) -> None:
        document["weights"] |= {"digest": "sha256:" + "11" * 32, "uri": (honest / "gone").as_uri()}

    def test_set(path: Path) -> dict[str, Any]:
        return {"test_set": hashlib.sha256(path.read_bytes()).digest(), "uri": path.as_uri()}

    model_id = models.register(network, models.manifest(honest), honest)
    malformed = models.register(network, models.manifest(honest, unknown_layer), honest, [])
    endless = models.register(network, models.manifest(recipe, hog), recipe)
    lost = models.register(network, models.manifest(honest, lose_weights), honest)
    hurried = add_policy(network, "hurried", commit=150, reveal=100)
    audits = {
        "honest": request(network, model_id, policy_id),
        "malformed": request(network, malformed, policy_id),
        "own-test-set": request(network, model_id, policy_id, **test_set(honest / "train.safetensors")),
        "lost": request(network, lost, hurried),
        "endless": request(network, endless, policy_id),
    }
    ended = (Phase.FINAL, Phase.EXPIRED)
    return {name: wait_for_phase(network, audit_id, *ended, timeout=240) for name, audit_id in audits.items()}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("honest", Verdict.VALUES),
        ("malformed", Verdict.INVALID_SPEC),
        ("own-test-set", Verdict.VALUES),
        ("lost", Verdict.UNAVAILABLE),
        ("endless", Verdict.UNAVAILABLE),
    ],
)
def test_node__several_audits_at_once__each_ends_as_its_bytes_deserve(network, settled, name, verdict):
    audit = settled[name]
    assert (audit.phase, audit.outcome) == (Phase.FINAL, verdict)
    session = Session.connect(network)
    board, head = Board(session), session.latest().number
    assert len(board.committed(audit.id, 0, head)) == len(NAMES)
    votes = board.revealed(audit.id, 0, head)
    assert [vote.verdict for vote in votes] == [verdict] * len(NAMES)
    if verdict is Verdict.VALUES:
        assert len({vote.evidence for vote in votes}) == 1, "on one machine, honest nodes find the very same"


def test_node__honest_model__is_verified_on_the_test_set_that_was_asked_for(network, settled):
    session = Session.connect(network)
    names = [lane.name for lane in spec().lanes]
    for name, samples in (("honest", 450), ("own-test-set", 1347)):
        lanes = Board(session).result(settled[name].id, session.latest().number)
        result = dict(zip(names, lanes, strict=True))
        assert sum(result[f"support_{label}"] for label in range(10)) == samples
        assert metrics.derive(result)["accuracy"].value > 0.97


def test_node__every_audit_settled__rewards_are_free_stake_and_nothing_stays_locked(network, settled):
    terms = spec().terms
    session = Session.connect(network)
    earned = 2 * terms.fee_per_oracle + terms.inspection_fee + 2 * terms.stipend
    for seat in Vault(session).all_seats(session.latest().number):
        assert (seat.free, seat.locked, seat.strikes) == (STAKE * UNIT + earned, 0, 0)


def test_node__settling_races__are_lost_without_paying_for_reverted_transactions(oracles, settled):
    for duty in ("close", "finalize"):
        assert sum(len(oracle.seen("transaction.included", duty=duty)) for oracle in oracles) == len(settled)
    for oracle in oracles:
        assert oracle.seen("transaction.reverted") == []


def test_node__faults_of_others__are_logged_with_their_culprit(oracles, settled):
    for name, culprit in (("malformed", "supplier"), ("lost", "supplier"), ("endless", "local")):
        assert oracles[0].seen("vote.journaled", audit_id=settled[name].id, culprit=culprit)


def test_node__chain_goes_away_in_the_middle_of_an_audit__recovers_by_itself_and_votes(
    network, oracles, wire, policy_id
):
    cut_off = oracles[2]
    data = models.manifest(models.digits(), lambda d: d.update(version="outage"))
    model_id = models.register(network, data, models.digits())
    eventually(lambda: cut_off.get("/ready")[0] == 200, 30, "ready before")
    wire.down = True
    audit_id = request(network, model_id, policy_id)
    _, body = eventually(lambda: (got := cut_off.get("/ready"))[0] == 503 and got, 30, "not ready while cut off")
    assert body["reasons"][0]["code"] == "node-unreachable"
    assert cut_off.get("/live")[0] == 200
    wire.down = False
    ended = wait_for_phase(network, audit_id, Phase.FINAL, timeout=240)
    assert ended.progress & 0b111 == 0b111, "all three committed"
    assert ended.outcome is Verdict.VALUES
    eventually(lambda: cut_off.get("/ready")[0] == 200, 30, "ready again")


def test_node__metrics__count_what_happened(oracles, settled):
    _, text = oracles[0].get("/metrics")
    for line in (
        'assay_votes_total{verdict="VALUES"} 3.0',
        'assay_sandbox_enforced{limit="memory"} 1.0',
        "assay_ready 1.0",
        "assay_strikes 0.0",
        "assay_seat_active 1.0",
    ):
        assert line in text
    assert 'assay_stage_seconds_count{stage="compute"}' in text


def test_node__sigterm__stops_in_order(oracles):
    assert oracles[1].stop() == 0
    assert oracles[1].seen("node.stopped", signal="SIGTERM")
    assert oracles[1].seen("duty.bug") == oracles[1].seen("computation.bug") == oracles[1].seen("not-json") == []
