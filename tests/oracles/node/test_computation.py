"""What an audit's bytes deserve: real files and, where it comes to computing, a real worker; no chain."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
from assay_chain.wrappers.models import Claim, Model, Op
from assay_chain.wrappers.policies import Kind, LaneSpec
from assay_oracles.audits.whitebox import metrics
from assay_oracles.node.computation import Artifacts, Examiner
from assay_oracles.node.config import Limits
from assay_oracles.node.finding import Finding
from assay_oracles.node.sandbox import Sandbox
from assay_oracles.protocol.consensus import Verdict

from tests.oracles.node import models
from tests.oracles.node.conftest import spec
from tests.oracles.node.examining import LIMITS, SEED, Bench, policy, surveys


class Recorded:
    """Answers with lanes that a real worker computed before: where only what follows is of interest."""

    def __init__(self, lanes: dict[str, int]) -> None:
        self.lanes = lanes

    def run(self, job: object, stop: threading.Event) -> dict[str, int]:
        return self.lanes


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    yield bench
    bench.sandbox.close()


def digits(**changes: object) -> bytes:
    return models.manifest(models.digits(), lambda document: document.update(changes))


@pytest.fixture(scope="module")
def honest(bench) -> Finding:
    """What a node finds of the honest model."""
    return bench.examine(bench.assignment(digits()))


def test_examine__honest_model__finds_values_in_the_order_of_the_policy(bench, honest):
    assert honest.verdict is Verdict.VALUES
    assert tuple(name for name, _ in honest.lanes) == metrics.lane_names(10)
    assert metrics.derive(dict(honest.lanes))["accuracy"].value > 0.97
    assert bench.stages[:2] == ["fetch", "compute"]


def test_examine__same_audit_in_another_worker__finds_the_very_same(bench, honest):
    again = bench.examine(bench.assignment(digits()))
    assert again.document(1, SEED, b"m", None) == honest.document(1, SEED, b"m", None)


def test_examine__another_seed__changes_the_sketch_and_nothing_that_is_a_fact(bench, honest):
    once, other = dict(honest.lanes), dict(bench.examine(bench.assignment(digits(), seed=bytes(32))).lanes)
    changed = {name for name in once if once[name] != other[name]}
    assert {"sketch_0", "sketch_1"} <= changed <= {"sketch_0", "sketch_1", "robust_correct"}


def test_examine__recipe_too_long_for_the_processor_limit__is_unavailable(bench):
    def hog(document: models.Document) -> None:
        document["recipe"]["epochs"] = 1000

    recipe = models.digits("digits-recipe")
    tight = Sandbox(replace(LIMITS, cpu_seconds=1), inputs=bench.config.artifacts, scratch=bench.config.data_dir)
    examiner = Examiner(Artifacts.of(bench.config, True), surveys(bench.config), lambda *_: None)
    found = examiner.examine(bench.assignment(models.manifest(recipe, hog)), tight, threading.Event())
    tight.close()
    assert (found.verdict, found.code, found.culprit) == (Verdict.UNAVAILABLE, "worker-died", "local")
    assert not found.transient


def test_template__libraries_are_loaded__runs_no_thread_that_a_fork_would_lose(bench: Bench) -> None:
    bench.sandbox.warm()
    assert bench.sandbox._template is not None
    assert psutil.Process(bench.sandbox._template._process.pid).num_threads() == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", None),
        (b"\xff\xfe", None),
        (b'{"schema": "assay/manifest/1"}', None),
        (b"[" * 100_000, None),
        (b'{"a": ' * 50_000, None),
        (b"9" * 100_000, None),
        (b'{"n": NaN, "schema": "assay/manifest/1"}', None),
    ],
)
def test_examine__bytes_that_are_no_manifest__is_invalid_and_the_suppliers_fault(bench, data, code):
    claimless = bench.store.put(data)
    model = Model(1, "0x", 0, 1, claimless.digest, claimless.uri, ())
    found = bench.examine(replace(bench.assignment(digits()), model=model))
    assert (found.verdict, found.culprit) == (Verdict.INVALID_SPEC, "supplier")


def test_examine__closed_model__has_nothing_to_recompute_and_is_invalid(bench):
    closed = {
        "schema": "assay/manifest/1",
        "name": "secret",
        "version": "1",
        "claims": [{"metric": "demographic_parity_difference", "op": "<=", "bound": 0.1, "tolerance": 0}],
    }
    found = bench.examine(bench.assignment(json.dumps(closed).encode()))
    assert (found.verdict, found.code, found.culprit) == (Verdict.INVALID_SPEC, "closed-model", "supplier")


def test_examine__declared_size_is_not_the_true_one__is_invalid(bench):
    def resize(document: models.Document) -> None:
        document["weights"]["bytes"] += 1

    found = bench.examine(bench.assignment(models.manifest(models.digits(), resize)))
    assert (found.verdict, found.code) == (Verdict.INVALID_SPEC, "wrong-size")


def test_examine__weights_are_no_safetensors__is_invalid(bench):
    junk = bench.store.put(b"\x80\x04pickled")

    def replace_weights(document: models.Document) -> None:
        document["weights"] = {"digest": "sha256:" + junk.digest.hex(), "uri": junk.uri, "bytes": junk.size}

    found = bench.examine(bench.assignment(models.manifest(models.digits(), replace_weights)))
    assert (found.verdict, found.culprit) == (Verdict.INVALID_SPEC, "supplier")


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims[:-1],
        lambda claims: (*claims, Claim("balanced_accuracy", Op.AT_LEAST, 1, 0)),
        lambda claims: (replace(claims[0], bound_micro=claims[0].bound_micro + 1), *claims[1:]),
        lambda claims: (replace(claims[0], tolerance_micro=1), *claims[1:]),
        lambda claims: (replace(claims[0], op=Op.AT_MOST), *claims[1:]),
    ],
)
def test_examine__registry_claims_differ_from_the_manifest__is_invalid(bench, change):
    assignment = bench.assignment(digits())
    altered = replace(assignment.model, claims=tuple(change(assignment.model.claims)))
    found = bench.examine(replace(assignment, model=altered))
    assert (found.verdict, found.code, found.culprit) == (Verdict.INVALID_SPEC, "claims-differ", "supplier")


def test_examine__registry_claims_in_another_order__are_the_same(bench, honest):
    assignment = bench.assignment(digits())
    turned = replace(assignment.model, claims=tuple(reversed(assignment.model.claims)))
    found = bench.examine(replace(assignment, model=turned), sandbox=Recorded(dict(honest.lanes)))
    assert found.lanes == honest.lanes


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.BOTH])
def test_examine__model_without_a_service__is_unavailable_and_says_nothing_against_the_supplier(bench, kind):
    foreign = policy(terms=replace(policy().terms, kind=kind))
    found = bench.examine(bench.assignment(digits(), policy=foreign))
    assert (found.verdict, found.code, found.culprit) == (Verdict.UNAVAILABLE, "no-service", "client")


def test_examine__policy_with_a_lane_that_this_version_does_not_know__is_unavailable(bench):
    bogus = LaneSpec("entropy", "nats", 6, 0, 10, 0)
    found = bench.examine(bench.assignment(digits(), policy=policy(lanes=(*policy().lanes[:-1], bogus))))
    assert (found.verdict, found.code) == (Verdict.UNAVAILABLE, "not-supported")
    assert "entropy" in found.message


def test_examine__policy_for_another_number_of_classes__is_unavailable_and_says_nothing_against_the_supplier(bench):
    two = spec("whitebox-2-dev")
    found = bench.examine(bench.assignment(digits(), policy=policy(lanes=two.lanes, orders=two.orders)))
    assert (found.verdict, found.code, found.culprit) == (Verdict.UNAVAILABLE, "policy-mismatch", "client")


@pytest.mark.parametrize(
    "narrow",
    [
        lambda p: replace(p, lanes=(replace(p.lanes[0], maximum=3), *p.lanes[1:])),
        lambda p: replace(p, orders=(*p.orders, (32, 20))),  # robust_correct, correct_0
    ],
)
def test_examine__policy_too_narrow_for_the_result__is_unavailable_because_the_reveal_would_be_refused(
    bench, honest, narrow
):
    recorded = Recorded(dict(honest.lanes))
    found = bench.examine(bench.assignment(digits(), policy=narrow(policy())), sandbox=recorded)
    assert (found.verdict, found.code) == (Verdict.UNAVAILABLE, "lane-out-of-range")


def test_examine__manifest_is_gone__is_unavailable_for_now(bench):
    assignment = bench.assignment(digits())
    gone = replace(assignment.model, uri=assignment.model.uri + ".gone", manifest=b"\1" * 32)
    found = bench.examine(replace(assignment, model=gone))
    assert (found.verdict, found.transient) == (Verdict.UNAVAILABLE, True)


def test_examine__store_has_other_bytes__is_unavailable_not_invalid(bench):
    """A store could serve wrong bytes to one oracle only: no reason to accuse the supplier on-chain."""
    assignment = bench.assignment(digits())
    swapped = replace(assignment.model, manifest=b"\2" * 32)
    found = bench.examine(replace(assignment, model=swapped))
    assert (found.verdict, found.code) == (Verdict.UNAVAILABLE, "wrong-digest")


def test_examine__artifact_larger_than_this_node_takes__is_unavailable(bench):
    limits = replace(LIMITS, artifact_bytes=1000)
    found = bench.examine(
        bench.assignment(digits(version="large")), limits=limits, data_dir=bench.config.data_dir / "x"
    )
    assert (found.verdict, found.code) == (Verdict.UNAVAILABLE, "artifact-too-large")


@pytest.mark.parametrize("development", [True, False])
@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data",
        "https::file:///etc/passwd",
        "simplecache::file:///etc/passwd",
        "ftp://example.org/m",
        "../manifest.json",
        "",
    ],
)
def test_examine__uri_that_is_not_allowed__is_unavailable_and_never_opened(bench, uri, development):
    assignment = bench.assignment(digits())
    found = bench.examine(replace(assignment, model=replace(assignment.model, uri=uri)), development=development)
    assert found.verdict is Verdict.UNAVAILABLE
    assert found.code in {"protocol-not-allowed", "unsupported-uri"}


def test_examine__file_uri_on_a_real_network__is_refused(bench):
    found = bench.examine(bench.assignment(digits()), development=False)
    assert (found.verdict, found.code, found.culprit) == (Verdict.UNAVAILABLE, "protocol-not-allowed", "supplier")


def test_examine__client_brings_a_malformed_test_set__is_invalid_and_the_clients_fault(bench):
    junk = bench.store.put(b"\xff" * 100)
    found = bench.examine(bench.assignment(digits(), test_set=junk.digest, test_set_uri=junk.uri))
    assert (found.verdict, found.culprit) == (Verdict.INVALID_SPEC, "client")


def test_examine__client_brings_another_test_set__it_is_the_one_measured(bench):
    own = bench.store.put(models.digits() / "train.safetensors")
    found = bench.examine(bench.assignment(digits(), test_set=own.digest, test_set_uri=own.uri))
    assert sum(number for name, number in found.lanes if name.startswith("support_")) == 1347


def test_examine__client_withholds_its_test_set__is_unavailable_and_the_clients_fault(bench):
    found = bench.examine(bench.assignment(digits(), test_set=b"\3" * 32, test_set_uri="file:///gone"))
    assert (found.verdict, found.culprit) == (Verdict.UNAVAILABLE, "client")


def test_document__unavailable_for_whatever_reason__is_one_and_the_same():
    """So that the vote can be opened without the journal; and what ails this machine is nobody's business."""
    full = Finding(Verdict.UNAVAILABLE, code="cache-unwritable", culprit="local", message="/home/alice")
    document = full.document(1, SEED, b"\1", None)
    assert document == Finding(Verdict.UNAVAILABLE).document(1, SEED, b"\1", None)
    assert json.loads(document)["reason"] is None


def test_document__invalid_spec__tells_code_and_culprit_but_not_the_message():
    full = Finding(Verdict.INVALID_SPEC, code="schema", culprit="supplier", message="test.labels: are not labels")
    document = json.loads(full.document(1, SEED, b"\1", None))
    assert document["reason"] == {"code": "schema", "culprit": "supplier"}
    assert "labels" not in json.dumps(document["reason"])


def test_prune__cache_too_large__the_least_recently_used_go(tmp_path):
    import os

    for age, name in enumerate("abcd"):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    Artifacts(tmp_path, (), Limits(cache_bytes=250)).prune()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    Artifacts(tmp_path / "missing", (), Limits(cache_bytes=1)).prune()
