"""Three real oracle processes ask services over HTTP: the zoo's supplier, a slow provider, one with another model, and
one that is down. One oracle is killed in the middle of its queries."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Phase, Verdict
from assay_chain.wrappers.vault import Vault
from assay_client import verified
from assay_client.verified import Report
from assay_oracles.audits.metric import Metric
from assay_oracles.audits.service.homogeneity import uneven
from assay_oracles.protocol.roster import Progress

from tests.client.checks.tap import Tap
from tests.e2e.harness import good, here
from tests.oracles.node import models
from tests.oracles.node.conftest import add_policy
from tests.oracles.node.harness import UNIT, Oracle, stake, wait_for_phase

NAMES = ("oracle-1", "oracle-2", "oracle-3")
STAKE = 700
INPUTS = 30
LATE_MS = 2000
SECONDS_OF_QUERIES = 6
SLA = {
    "schema": "assay/sla/1",
    "name": "digits",
    "parties": {"provider": "zoo"},
    "parameters": {
        "up": {"resource": "answered"},
        "late": {"resource": "late", "milliseconds": LATE_MS},
        "same": {"resource": "agreeing"},
    },
    "objectives": [
        {"name": "up", "then": {"parameter": "up", "op": ">=", "share": 0.9}},
        {"name": "prompt", "then": {"parameter": "late", "op": "<=", "share": 0.5}},
        {"name": "same", "if": ["up"], "then": {"parameter": "same", "op": ">=", "share": 0.93}},
    ],
}


@dataclass(frozen=True)
class Scene:
    """Audits that have ended, by name, with their reports, and what passed on its way to the honest service."""

    session: Session
    audits: dict[str, Audit]
    reports: dict[str, Report]
    tap: Tap
    oracles: list[Oracle]

    def metric(self, name: str, metric: str) -> Metric:
        return self.reports[name].metrics[f"service_{metric}"]

    def states(self, name: str) -> dict[str, str]:
        found = self.reports[name].service
        assert found is not None
        return {each.objective.name: each.judgement.state for each in found.objectives}


@pytest.fixture(scope="module")
def oracles(network: AddressBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Oracle]]:
    running = []
    for name in NAMES:
        stake(network, name, STAKE)
        running.append(Oracle(network, name, tmp_path_factory.mktemp(name)).start())
    yield running
    for oracle in running:
        oracle.kill()


def offered(name: str, url: str, *, closed: bool) -> bytes:
    """The digits example, offered as a service; closed: of the model only what its samples look like."""

    def offer(document: models.Document) -> None:
        document |= {"name": name, "sla": SLA}
        document["service"] = {
            "url": url,
            "inputs": INPUTS,
            "per_second": 20,
            "timeout_ms": 8000,
            "thresholds_ms": [LATE_MS],
        }
        if closed:
            document["claims"] = []
            for member in ("architecture", "weights", "training_set", "recipe"):
                document.pop(member, None)

    return models.manifest(models.digits(), offer)


@pytest.fixture(scope="module")
def scene(
    network: AddressBook, zoo: str, oracles: list[Oracle], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("models")
    for kind, like in (("both", "both-10-dev"), ("service", "service-dev")):
        add_policy(network, f"patient-{kind}", commit=800, reveal=400, like=like)
    with Tap(f"{zoo}/supplier") as tap:
        subjects = {
            "honest": (tap.url, "both"),
            "other": (f"{zoo}/weak", "both"),
            "slow": (f"{zoo}/slow?ms=2500", "service"),
            "down": ("http://127.0.0.1:9", "service"),
        }
        numbers = {}
        for name, (url, kind) in subjects.items():
            models.register(network, offered(name, url, closed=kind == "service"), folder)
            options = ("--kind", kind, "--policy", f"patient-{kind}")
            numbers[name] = good(network, "audit", "request", name, *options)["audit_id"]
        oracles[-1].wait_for("survey.started", timeout=90)
        time.sleep(SECONDS_OF_QUERIES)
        oracles[-1].kill()
        oracles[-1].start()
        ended = {
            name: wait_for_phase(network, number, Phase.FINAL, Phase.EXPIRED, timeout=270)
            for name, number in numbers.items()
        }
        session = Session.connect(network)
        head = session.latest().number
        reports = {name: verified.report(session, number, head) for name, number in numbers.items()}
        yield Scene(session, ended, reports, tap, oracles)


def test_audit__every_service__all_oracles_vote_values_and_none_is_slashed(scene: Scene) -> None:
    for name, audit in scene.audits.items():
        votes = Board(scene.session).votes(audit, scene.session.latest().number)
        assert [vote.verdict for vote in votes] == [Verdict.VALUES] * 3, name
        assert (audit.phase, audit.outcome) == (Phase.FINAL, Verdict.VALUES), name
        assert Progress.unpack(audit.progress).slashed == 0, name
    vault, head = Vault(scene.session), scene.session.latest().number
    assert all(vault.seat(seat, head).free >= STAKE * UNIT for seat in range(3))


def test_audit__honest_service__model_and_service_verified_in_one_vote(scene: Scene) -> None:
    report = scene.reports["honest"]
    accuracy = report.metrics["accuracy"].value
    assert accuracy is not None
    assert accuracy > 0.95
    assert scene.metric("honest", "answered").value == 1
    agreement = scene.metric("honest", "agreement")
    assert agreement.ratio is not None
    assert agreement.ratio[1] == 3 * INPUTS
    assert agreement.value is not None
    assert agreement.value > 0.93
    found = report.service
    assert found is not None
    for evenness in (found.between_oracles, found.between_halves):  # who was late, a busy machine decides
        assert not uneven([p for event, p in evenness.p_values.items() if event != f"late_{LATE_MS}"])
    assert not report.broken


def test_audit__honest_service__oracles_ask_about_disjoint_inputs_once_each(scene: Scene) -> None:
    """On the wire: 90 different inputs, and only what the killed oracle had in flight a second time."""
    asked = scene.tap.bodies
    again = sum(event["queries"] for event in scene.oracles[-1].events if event["event"] == "survey.asking_again")
    assert len(set(asked)) == 3 * INPUTS
    assert 3 * INPUTS <= len(asked) <= 3 * INPUTS + again


def test_audit__service_of_another_model__agreement_falls(scene: Scene) -> None:
    honest, other = (scene.metric(name, "agreement") for name in ("honest", "other"))
    assert honest.value is not None
    assert other.value is not None
    assert other.max is not None
    assert other.value < honest.value
    assert other.max < 1
    assert scene.reports["other"].metrics["accuracy"] == scene.reports["honest"].metrics["accuracy"]


def test_audit__slow_service_of_a_closed_model__late_and_its_agreement_broken(scene: Scene) -> None:
    report = scene.reports["slow"]
    assert set(report.metrics) == {"service_answered", "service_accuracy", f"service_late_{LATE_MS}"}
    assert scene.metric("slow", f"late_{LATE_MS}").value == 1
    assert scene.metric("slow", "answered").value == 1
    assert scene.states("slow") == {"up": "kept", "prompt": "broken", "same": "undecided"}
    assert report.broken


def test_audit__service_that_is_down__is_measured_as_such(scene: Scene) -> None:
    assert scene.metric("down", "answered").value == 0
    assert scene.metric("down", "accuracy").value is None
    assert scene.states("down")["up"] == "broken"
    assert len(scene.reports["down"].voters) == 3


def test_metrics__command__tells_shares_evenness_and_what_became_of_the_agreement(
    network: AddressBook, scene: Scene
) -> None:
    done = here(network, "metrics", "slow")
    assert done.code == 1
    assert done.out["kind"] == "service"
    late = done.out["metrics"][f"service_late_{LATE_MS}"]
    assert (late["value"], late["max"], late["unit"]) == (1.0, 1.0, "ratio")
    assert 0.9 < late["min"] < 1
    found = done.out["service"]
    assert (found["oracles"], found["asked"], found["answered"]) == (3, 3 * INPUTS, 3 * INPUTS)
    assert {name: each["uneven"] for name, each in found["evenness"].items()} == {"oracles": False, "halves": False}
    assert {each["objective"]: each["state"] for each in found["objectives"]} == scene.states("slow")
    assert [claim["state"] for claim in here(network, "metrics", "honest").out["claims"]].count("kept") >= 1


def test_request__what_a_model_does_not_offer__is_refused_before_anything_is_paid(
    network: AddressBook, scene: Scene, tmp_path: Path
) -> None:
    """Scene: a closed model is registered there."""
    models.register(
        network, models.manifest(models.digits(), lambda document: document.update(name="unserved")), tmp_path
    )
    for model, kind, code in (
        ("unserved", "service", "no-service"),
        ("unserved", "both", "no-service"),
        ("slow", "both", "closed-model"),
    ):
        done = here(network, "audit", "request", model, "--kind", kind)
        assert (done.code, done.error["code"]) == (3, code)
