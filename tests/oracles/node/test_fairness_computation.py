"""What a published table deserves: real files; no chain. Workers take seconds to start, so most tests compute here."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assay_chain.wrappers.fairness import Published
from assay_oracles.audits.fairness import lanes
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.params import Params
from assay_oracles.node import jobs
from assay_oracles.node.computation import Assignment
from assay_oracles.node.finding import Finding
from assay_oracles.protocol.consensus import Verdict

from tests.oracles.audits.fairness import forge
from tests.oracles.node import models
from tests.oracles.node.examining import LIMITS, SEED, Bench, policy
from tests.oracles.node.tables import published, resealed, written

CHOICES = [0, 3, 5, 6, 7, 7]
CLOSED = json.dumps({"schema": "assay/manifest/1", "name": "secret", "version": "1", "claims": []}).encode()
JUNK = b"no manifest at all"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    yield bench
    bench.sandbox.close()


def assigned(
    bench: Bench, data: bytes, name: str = "fairness-2-dev", manifest: bytes = JUNK, **told: object
) -> Assignment:
    """An audit of a table that was published as the file says, but for what is `told` otherwise."""
    table: Published = replace(published(data, bench.store.put(data)), **told)  # type: ignore[arg-type]
    assignment = bench.assignment(b"", policy=policy(name), table=table)
    artifact = bench.store.put(manifest)
    return replace(assignment, model=replace(assignment.model, manifest=artifact.digest, uri=artifact.uri))


class Here:
    """Computes what a worker would, in this process; jobs and answers take the way through JSON."""

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> dict[str, int] | Fault:
        return jobs.compute(json.loads(json.dumps(job)))


def examine(bench: Bench, assignment: Assignment, **changes: object) -> Finding:
    return bench.examine(assignment, sandbox=Here(), **changes)


@pytest.mark.parametrize("confined", [True, False], ids=["worker", "here"])
def test_examine__true_table__finds_its_counts_and_never_asks_for_the_manifest(bench: Bench, confined: bool) -> None:
    assignment = assigned(bench, forge.honest(CHOICES))
    found = bench.examine(assignment) if confined else examine(bench, assignment)
    assert found.verdict is Verdict.VALUES
    assert tuple(name for name, _ in found.lanes) == lanes.lane_names(2)
    assert found.raw[:8] == (1, 0, 0, 1, 0, 1, 1, 2)


def test_examine__six_groups__fit_their_policy(bench: Bench) -> None:
    found = examine(bench, assigned(bench, forge.honest([0, 23], Params(groups=6)), "fairness-6-dev"))
    assert (found.verdict, len(found.lanes)) == (Verdict.VALUES, 25)


def test_examine__false_row__names_kind_row_and_branch(bench: Bench) -> None:
    data = resealed(written(forge.honest(CHOICES), 4, 256 + 192 * 5 + 160, forge.word(3)), forge.KEY)
    found = bench.examine(assigned(bench, data))  # by a confined worker
    assert (found.verdict, found.lanes) == (Verdict.INVALID, (("kind", 4), ("row", 4), ("branch", 5)))
    assert (found.code, found.culprit) == ("false-row", "supplier")
    document = json.loads(found.document(1, SEED, b"\1", b"\2"))
    assert (document["verdict"], document["lanes"]) == ("INVALID", {"kind": 4, "row": 4, "branch": 5})
    assert document["reason"] is None
    again = examine(bench, assigned(bench, data))
    assert again.document(1, SEED, b"\1", b"\2") == found.document(1, SEED, b"\1", b"\2")


@pytest.mark.parametrize(
    ("spoil", "told", "code"),
    [
        (lambda data: data[:-1], {}, "malformed-table"),
        (lambda data: written(data, 3, 0, bytes(64)), {}, "wrong-root"),
        (lambda data: data, {"chain_id": 5}, "another-table"),
        (lambda data: data, {"tally": 1}, "another-table"),
    ],
    ids=["truncated", "root", "another chain", "other counts"],
)
def test_examine__file_is_not_the_published_table__is_invalid_spec(
    bench: Bench, spoil: Any, told: dict[str, object], code: str
) -> None:
    data = forge.honest(CHOICES)
    record = published(data, bench.store.put(data))
    file = bench.store.put(spoil(data))
    table = replace(record, file=file.digest, uri=file.uri, **told)  # type: ignore[arg-type]
    found = examine(bench, replace(assigned(bench, data), table=table))
    assert (found.verdict, found.code, found.culprit) == (Verdict.INVALID_SPEC, code, "supplier")


def test_examine__store_has_other_bytes__is_unavailable(bench: Bench) -> None:
    found = examine(bench, assigned(bench, forge.honest(CHOICES), file=b"\2" * 32))
    assert (found.verdict, found.code) == (Verdict.UNAVAILABLE, "wrong-digest")


def test_examine__file_is_gone__is_unavailable_for_now(bench: Bench) -> None:
    found = examine(bench, assigned(bench, forge.honest(CHOICES), file=b"\3" * 32, uri="file:///gone/table"))
    assert (found.verdict, found.transient) == (Verdict.UNAVAILABLE, True)


def test_examine__table_beyond_this_nodes_limits__is_unavailable_before_anything_is_fetched(bench: Bench) -> None:
    limits = replace(LIMITS, artifact_bytes=10_000)
    found = examine(bench, assigned(bench, forge.honest(CHOICES), uri="file:///gone/table"), limits=limits)
    assert (found.verdict, found.code, found.transient) == (Verdict.UNAVAILABLE, "artifact-too-large", False)
    assert "6 rows" in found.message


def test_examine__policy_of_another_number_of_groups__rejects_no_table(bench: Bench) -> None:
    """INVALID_SPEC would: any client could then destroy any table with a request that does not fit."""
    found = examine(bench, assigned(bench, forge.honest(CHOICES), "fairness-6-dev"))
    assert (found.verdict, found.code, found.culprit) == (Verdict.UNAVAILABLE, "policy-mismatch", "client")


# ------------------------------------------------------------------------------------- the model's own counts beside it


def crossed(bench: Bench, manifest: bytes, data: bytes | None = None) -> Finding:
    return examine(bench, assigned(bench, data or forge.honest(CHOICES), "fairness-2-model-dev", manifest))


def test_examine__policy_with_the_models_counts__recomputes_them(bench: Bench, tmp_path: Path) -> None:
    found = crossed(bench, models.sign(tmp_path, [0, 0, 1, 1]))
    assert found.verdict is Verdict.VALUES
    assert found.raw[:8] == (1, 0, 0, 1, 0, 1, 1, 2)
    assert found.raw[9:] == (0, 1, 0, 1, 1, 0, 1, 0)


def test_examine__false_table_of_a_model_that_cannot_be_recomputed__is_invalid_first(bench: Bench) -> None:
    data = resealed(written(forge.honest(CHOICES), 2, 0, bytes(64)), forge.KEY)
    assert crossed(bench, CLOSED, data).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("groups", "classes", "code"),
    [(None, 2, "other-groups"), ([0, 1, 2, 0], 2, "other-groups"), ([0, 1, 1, 0], 3, "not-binary")],
    ids=["no groups", "three groups", "three classes"],
)
def test_examine__model_cannot_be_cross_checked__rejects_no_table(
    bench: Bench, tmp_path: Path, groups: list[int] | None, classes: int, code: str
) -> None:
    found = crossed(bench, models.sign(tmp_path, groups, classes))
    assert (found.verdict, found.code, found.culprit) == (Verdict.UNAVAILABLE, code, "client")


@pytest.mark.parametrize(("manifest", "code"), [(CLOSED, "closed-model"), (JUNK, "manifest-not-json")])
def test_examine__no_open_manifest__rejects_no_table(bench: Bench, manifest: bytes, code: str) -> None:
    found = crossed(bench, manifest)
    assert (found.verdict, found.code) == (Verdict.UNAVAILABLE, code)
