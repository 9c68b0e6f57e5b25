"""The order of work, and how it is stopped. The examiner is scripted; what a real one finds is tested elsewhere."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from assay_oracles.node import bench as module
from assay_oracles.node.bench import Bench
from assay_oracles.node.computation import Assignment
from assay_oracles.node.config import Limits
from assay_oracles.node.finding import Finding
from assay_oracles.node.sandbox import Sandbox
from assay_oracles.node.telemetry import Telemetry
from assay_oracles.protocol.consensus import Verdict

from tests.oracles.node.harness import eventually
from tests.oracles.node.test_sandbox import HOSTILE

VALUES = Finding(Verdict.VALUES)
LATER = Finding(Verdict.UNAVAILABLE, code="artifact-unavailable", culprit="supplier", transient=True)


@dataclass
class Script:
    """Finds what it is told, when it is told."""

    findings: list[Finding] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def examine(self, assignment: Assignment, sandbox: Any, stop: threading.Event) -> Finding:
        self.started.append(assignment.audit_id)
        while not self.go.is_set():
            if stop.wait(0.02):
                self.stopped.append(assignment.audit_id)
                return LATER
        return self.findings.pop(0) if self.findings else VALUES

    def drop(self, audit_id: int, seed: bytes) -> None:
        pass


def assignment(audit_id: int, commit_end: int = 100) -> Assignment:
    return Assignment(audit_id, bytes(32), commit_end, None, None, None, "")  # type: ignore[arg-type]


def key(audit_id: int) -> tuple[int, bytes]:
    return audit_id, bytes(32)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def bench(script: Script, tmp_path: Path) -> Iterator[Bench]:
    sandbox = Sandbox(Limits(), inputs=tmp_path / "in", scratch=tmp_path / "scratch", command=HOSTILE)
    bench = Bench(script, sandbox, Telemetry())  # type: ignore[arg-type]
    yield bench
    bench.close()
    assert list((tmp_path / "scratch").glob("*")) == [], "the spare worker was ended"


def test_bench__several_waiting__the_most_urgent_comes_first(bench, script):
    bench.submit(assignment(1))
    eventually(lambda: script.started == [1], 20, "the first starts")
    for audit_id, commit_end in ((2, 300), (3, 100), (4, 200)):
        bench.submit(assignment(audit_id, commit_end))
    script.go.set()
    eventually(lambda: bench.finding(key(2)), 10, "the last is done")
    assert script.started == [1, 3, 4, 2]


def test_submit__known_assignment__is_not_done_twice(bench, script):
    script.go.set()
    bench.submit(assignment(1))
    eventually(lambda: bench.finding(key(1)), 20, "done")
    bench.submit(assignment(1))
    time.sleep(0.2)
    assert script.started == [1]


def test_drop__while_worked_on__stops_it_and_leaves_no_finding(bench, script):
    bench.submit(assignment(1))
    eventually(lambda: script.started, 20, "it starts")
    bench.drop(key(1))
    eventually(lambda: script.stopped == [1], 5, "it stops")
    eventually(lambda: not bench.knows(key(1)), 5, "it is forgotten")
    assert bench.finding(key(1)) is None


def test_drop__while_waiting__never_starts(bench, script):
    bench.submit(assignment(1))
    bench.submit(assignment(2))
    bench.drop(key(2))
    script.go.set()
    eventually(lambda: bench.finding(key(1)), 20, "done")
    time.sleep(0.2)
    assert script.started == [1]


def test_bench__transient_finding__is_tried_again_until_it_is_none(bench, script, monkeypatch):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.3)
    script.findings = [LATER, LATER, VALUES]
    script.go.set()
    bench.submit(assignment(1))
    first = eventually(lambda: bench.finding(key(1)), 20, "a first finding")
    assert first is LATER, "there is something to vote if the deadline comes now"
    eventually(lambda: bench.finding(key(1)) is VALUES, 5, "a better one")
    time.sleep(0.5)
    assert script.started == [1, 1, 1]


def test_bench__worker_cannot_start__says_so_and_still_works_on_what_needs_none(script, tmp_path):
    telemetry = Telemetry()
    broken = Sandbox(Limits(), inputs=tmp_path, scratch=tmp_path / "s", command=("/bin/false",))
    script.go.set()
    bench = Bench(script, broken, telemetry)  # type: ignore[arg-type]
    try:
        eventually(lambda: bench.trouble, 10, "trouble")
        assert bench.trouble is not None
        assert bench.trouble.code == "worker-died"
        assert telemetry.registry.get_sample_value("assay_worker_healthy") == 0
        bench.submit(assignment(1))
        eventually(lambda: bench.finding(key(1)), 10, "done")
    finally:
        bench.close()


def test_close__while_working__stops_it_quickly(script, tmp_path):
    sandbox = Sandbox(Limits(), inputs=tmp_path / "in", scratch=tmp_path / "scratch", command=HOSTILE)
    bench = Bench(script, sandbox, Telemetry())  # type: ignore[arg-type]
    bench.submit(assignment(1))
    eventually(lambda: script.started, 20, "it starts")
    before = time.monotonic()
    bench.close()
    assert time.monotonic() - before < 2
    assert script.stopped == [1]
