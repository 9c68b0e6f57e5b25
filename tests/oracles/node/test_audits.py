"""Three real oracle processes on a real chain, several audits at once, from request to settlement."""

import hashlib
from collections.abc import Iterator

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase, Verdict
from assay_chain.wrappers.policies import Kind, Policies
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.whitebox import metrics

from tests.oracles.node import models
from tests.oracles.node.conftest import add_policy, spec
from tests.oracles.node.harness import (
    Oracle,
    Wire,
    eventually,
    request,
    stake,
    wait_for_phase,
)

pytestmark = pytest.mark.xdist_group("node-audits")
NAMES = ("oracle-1", "oracle-2", "oracle-3")


@pytest.fixture(scope="module")
def wire(network: AddressBook) -> Iterator[Wire]:
    wire = Wire(network.rpc)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def oracles(network, wire, tmp_path_factory) -> Iterator[list[Oracle]]:
    """Three staked oracles; the last one talks to the chain over the wire."""
    limits = {"cpu_seconds": 5}
    settings = [{"limits": limits}, {"limits": limits}, {"limits": limits, "rpc": wire.url}]
    running = []
    for name, own in zip(NAMES, settings, strict=True):
        stake(network, name)
        running.append(Oracle(network, name, tmp_path_factory.mktemp(name), own).start())
    yield running
    for oracle in running:
        oracle.kill()


@pytest.fixture(scope="module")
def policy_id(network) -> int:
    session = Session.connect(network)
    found = Policies(session).by_name("whitebox-10-dev", session.latest().number)
    assert found is not None
    return found.id


def test_node__caught_up_and_staked__is_ready_and_says_what_is_enforced(oracles):
    for oracle in oracles:
        status, body = eventually(
            lambda oracle=oracle: (found := oracle.get("/ready"))[1]["details"].get("sandbox") and found, 60, "ready"
        )
        assert (status, body["reasons"]) == (200, [])
        assert body["details"]["sandbox"].keys() == {"network", "memory", "files"}
        assert oracle.get("/live")[0] == 200


def test_node__three_oracles_and_four_audits_at_once__each_ends_as_its_bytes_deserve(network, oracles, policy_id):
    session = Session.connect(network)
    board, vault = Board(session), Vault(session)
    before = [seat.free for seat in vault.all_seats(session.latest().number)]

    honest = models.digits()
    recipe = models.digits("digits-recipe")
    data = models.manifest(honest)
    good = models.register(network, data, honest)

    def hog(document: models.Document) -> None:
        document["recipe"]["epochs"] = 1000

    def unknown_layer(document: models.Document) -> None:
        document["architecture"][1] = {"layer": "python", "code": "import os"}

    def lose_weights(document: models.Document) -> None:
        document["weights"]["uri"] += ".gone"

    expected = {
        request(network, good, policy_id): Verdict.VALUES,
        request(network, models.register(network, models.manifest(honest, unknown_layer), honest, []), policy_id): (
            Verdict.INVALID_SPEC
        ),
        request(network, models.register(network, models.manifest(recipe, hog), recipe), policy_id): (
            Verdict.UNAVAILABLE
        ),
        request(network, models.register(network, models.manifest(honest, lose_weights), honest), policy_id): (
            Verdict.UNAVAILABLE
        ),
    }
    for audit_id, verdict in expected.items():
        ended = wait_for_phase(network, audit_id, Phase.FINAL, Phase.EXPIRED)
        assert (ended.phase, ended.outcome) == (Phase.FINAL, verdict)
        head = session.latest().number
        assert len(board.committed(audit_id, 0, head)) == len(NAMES)
        assert len(board.revealed(audit_id, 0, head)) == len(NAMES)

    policy = spec()
    values = next(audit_id for audit_id, verdict in expected.items() if verdict is Verdict.VALUES)
    names = [lane.name for lane in policy.lanes]
    result = dict(zip(names, board.result(values, session.latest().number), strict=True))
    assert metrics.derive(result)["accuracy"].value > 0.97
    votes = board.revealed(values, 0, session.latest().number)
    assert len({vote.evidence for vote in votes}) == 1, "on one machine, honest nodes find the very same"

    earned = policy.terms.fee_per_oracle + policy.terms.inspection_fee + 2 * policy.terms.stipend
    seats = vault.all_seats(session.latest().number)
    assert [seat.free - was for seat, was in zip(seats, before, strict=True)] == [earned] * len(NAMES)
    assert [seat.locked for seat in seats] == [0] * len(NAMES)


def test_node__settling_races__are_lost_without_paying_for_reverted_transactions(oracles):
    """Depends on the audits above: all of them were closed and finalized, by somebody, once each."""
    for duty in ("close", "finalize"):
        assert sum(len(oracle.seen("transaction.included", duty=duty)) for oracle in oracles) == 4
    for oracle in oracles:
        assert oracle.seen("transaction.reverted") == []


def test_node__policy_of_a_kind_it_does_not_know__votes_unavailable_and_says_so(network, oracles):
    good = models.register(network, models.manifest(models.digits(), lambda d: d.update(version="2")), models.digits())
    policy_id = add_policy(network, "service-1", commit=60, reveal=20, kind=Kind.SERVICE)
    audit_id = request(network, good, policy_id)
    ended = wait_for_phase(network, audit_id, Phase.FINAL)
    assert ended.outcome is Verdict.UNAVAILABLE
    event = oracles[0].wait_for("vote.journaled", audit_id=audit_id)
    assert event["code"] == "not-supported"
    assert "SERVICE" in event["reason"]


@pytest.mark.parametrize("lane", ["bogus", "support_10"])
def test_node__policy_with_other_lanes__unknown_is_unavailable_and_misfit_is_invalid(network, oracles, lane):
    base = spec()
    renamed = (*base.lanes[:-1], type(base.lanes[0])(lane, "samples", 0, 0, 10, 0))
    policy_id = add_policy(network, f"other-{lane}", commit=60, reveal=20, lanes=renamed)
    data = models.manifest(models.digits(), lambda d: d.update(version=lane))
    audit_id = request(network, models.register(network, data, models.digits()), policy_id)
    expected = Verdict.UNAVAILABLE if lane == "bogus" else Verdict.INVALID_SPEC
    assert wait_for_phase(network, audit_id, Phase.FINAL).outcome is expected


def test_node__registry_claims_differ_from_the_manifest__is_invalid(network, oracles, policy_id):
    data = models.manifest(models.digits(), lambda d: d.update(version="boasting"))
    claims = models.claims_of(data)
    boast = [*claims[:-1], type(claims[0])(claims[-1].metric, claims[-1].op, 999_999, 0)]
    audit_id = request(network, models.register(network, data, models.digits(), boast), policy_id)
    assert wait_for_phase(network, audit_id, Phase.FINAL).outcome is Verdict.INVALID_SPEC
    assert oracles[0].wait_for("vote.journaled", audit_id=audit_id)["code"] == "claims-differ"


def test_node__client_brings_its_own_test_set__it_is_used(network, oracles, policy_id, tmp_path):
    folder = models.digits()
    data = models.manifest(folder, lambda d: d.update(version="own"))
    model_id = models.register(network, data, folder)
    own = folder / "train.safetensors"  # any other labelled set of the same shape
    digest = hashlib.sha256(own.read_bytes()).digest()
    good = request(network, model_id, policy_id, test_set=digest, uri=own.as_uri())
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"\xff" * 100)
    bad = request(network, model_id, policy_id, test_set=hashlib.sha256(junk.read_bytes()).digest(), uri=junk.as_uri())
    assert wait_for_phase(network, good, Phase.FINAL).outcome is Verdict.VALUES
    session = Session.connect(network)
    lanes = Board(session).result(good, session.latest().number)
    assert sum(lanes[:10]) == 1347, "the training share of the digits"
    assert wait_for_phase(network, bad, Phase.FINAL).outcome is Verdict.INVALID_SPEC
    event = oracles[0].wait_for("vote.journaled", audit_id=bad)
    assert event["culprit"] == "client"


def test_node__chain_goes_away_in_the_middle_of_an_audit__recovers_by_itself_and_votes(
    network, oracles, wire, policy_id
):
    cut_off = oracles[2]
    data = models.manifest(models.digits(), lambda d: d.update(version="outage"))
    model_id = models.register(network, data, models.digits())
    eventually(lambda: cut_off.get("/ready")[0] == 200, 30, "ready before")
    wire.down = True
    audit_id = request(network, model_id, policy_id)
    status, body = eventually(lambda: (got := cut_off.get("/ready"))[0] == 503 and got, 30, "not ready while cut off")
    assert body["reasons"][0]["code"] == "node-unreachable"
    assert cut_off.get("/live")[0] == 200
    wire.down = False
    ended = wait_for_phase(network, audit_id, Phase.FINAL)
    assert ended.progress & 0b111 == 0b111, "all three committed"
    assert ended.outcome is Verdict.VALUES
    eventually(lambda: cut_off.get("/ready")[0] == 200, 30, "ready again")


def test_node__metrics__count_what_happened(oracles):
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
