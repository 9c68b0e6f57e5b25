"""Attacks on the sandbox by code that runs inside it, through the real confinement. The node must survive them all."""

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.node.config import MIB, Limits
from assay_oracles.node.sandbox import ComputationFailed, Sandbox

from tests.oracles.node.harness import eventually

LIMITS = Limits(memory_bytes=512 * MIB, cpu_seconds=2, wall_seconds=20, file_bytes=MIB, open_files=64)
HOSTILE = (sys.executable, "-I", str(Path(__file__).with_name("hostile.py")))
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces this")


def sandbox_with(limits: Limits, tmp_path: Path) -> Sandbox:
    (tmp_path / "artifacts").mkdir(exist_ok=True)
    return Sandbox(limits, inputs=tmp_path / "artifacts", scratch=tmp_path / "scratch", command=HOSTILE)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    box = sandbox_with(LIMITS, tmp_path)
    yield box
    box.close()


def run(box: Sandbox, do: str, **job: object) -> dict[str, int]:
    return box.run({"do": do, **job}, threading.Event())


def failure(box: Sandbox, do: str, **job: object) -> ComputationFailed:
    with pytest.raises(ComputationFailed) as caught:
        run(box, do, **job)
    assert run(box, "wrong_lanes", value=5) == {"lane": 5}, "the sandbox must work on after an attack"
    return caught.value


def test_run__more_memory_than_allowed__fails_as_out_of_memory(sandbox):
    assert failure(sandbox, "exhaust_memory").code == "out-of-memory"


def test_run__more_memory_than_allowed_through_torch__fails(sandbox):
    error = failure(sandbox, "exhaust_memory_in_torch")
    assert error.code in {"computation-failed", "out-of-memory", "worker-died"}


def test_run__endless_loop__is_killed_at_the_processor_limit(sandbox):
    before = time.monotonic()
    error = failure(sandbox, "loop_forever")
    assert error.code == "worker-died"
    assert "SIGKILL" in error.message or "SIGXCPU" in error.message
    assert time.monotonic() - before < LIMITS.wall_seconds


def test_run__endless_sleep__is_killed_at_the_wall_clock_limit(tmp_path):
    box = sandbox_with(Limits(wall_seconds=1), tmp_path)
    assert failure(box, "sleep_forever").code == "out-of-time"
    box.close()


def test_run__stopped_from_another_thread__ends_at_once(sandbox):
    stop = threading.Event()
    sandbox.warm()
    threading.Timer(0.3, stop.set).start()
    before = time.monotonic()
    with pytest.raises(ComputationFailed) as caught:
        sandbox.run({"do": "sleep_forever"}, stop)
    assert caught.value.code == "cancelled"
    assert time.monotonic() - before < 2


def test_run__worker_leaves_children__they_are_killed_with_its_group(sandbox):
    child = run(sandbox, "leave_children")["child"]
    for _ in range(50):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("a child of the worker outlived its job")


def test_run__endless_output__is_stopped_with_bounded_memory(sandbox):
    before = psutil.Process().memory_info().rss
    assert failure(sandbox, "flood").code in {"answer-too-large", "answer-malformed"}
    assert psutil.Process().memory_info().rss - before < 64 * MIB


def test_run__gigabytes_on_stderr__are_drained_and_the_job_succeeds(sandbox):
    assert run(sandbox, "flood_stderr") == {"written": 2000}


@pytest.mark.parametrize("value", [-1, 1 << 32, 1.5, "7", None, True, [1]])
def test_run__lane_that_is_no_uint32__is_malformed(sandbox, value):
    assert failure(sandbox, "wrong_lanes", value=value).code == "answer-malformed"


def test_run__more_lanes_than_a_policy_can_have__is_malformed(sandbox):
    assert failure(sandbox, "many_lanes").code == "answer-malformed"


@pytest.mark.parametrize(("do", "fate"), [("segfault", "SIGSEGV"), ("abort", "SIGKILL"), ("leave", "exit code 7")])
def test_run__worker_crashes__fails_and_says_how(sandbox, do, fate):
    error = failure(sandbox, do)
    assert error.code == "worker-died"
    assert fate in error.message


def test_run__spec_error_inside__is_raised_outside_with_its_culprit(sandbox):
    with pytest.raises(SpecError) as caught:
        run(sandbox, "blame_supplier")
    error = caught.value
    assert (error.code, error.culprit, error.field) == ("schema", "supplier", "test.labels")
    assert (error.message, error.hint) == ("test.labels: are not labels", "publish labels")


@pytest.mark.parametrize(("code", "culprit"), [("schema", "oracle"), ("schema", ""), (7, "supplier"), (None, "client")])
def test_run__spec_error_that_no_computation_raises__is_malformed(sandbox, code, culprit):
    assert failure(sandbox, "blame", code=code, culprit=culprit).code == "answer-malformed"


def test_run__fault_inside__comes_out_as_it_was(sandbox):
    assert run(sandbox, "accuse", kind=8, row=(1 << 32) - 1, branch=7) == Fault(Kind.DUPLICATE, (1 << 32) - 1, 7)


@pytest.mark.parametrize(
    ("kind", "row", "branch"),
    [(0, 1, 0), (9, 1, 0), (True, 1, 0), ("4", 1, 0), ([], 1, 0), (4, 0, 0), (4, -1, 0), (4, 1 << 32, 0), (4, 1, None)],
)
def test_run__fault_that_no_table_has__is_malformed(sandbox, kind, row, branch):
    """The board would refuse it at the reveal, which costs the bond."""
    assert failure(sandbox, "accuse", kind=kind, row=row, branch=branch).code == "answer-malformed"


def test_run__library_prints_to_stdout__cannot_forge_an_answer(sandbox):
    assert run(sandbox, "print_to_stdout") == {"honest": 1}


@linux
def test_run__connects_to_a_server_on_this_machine__is_refused(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        failure(sandbox, "connect", host="127.0.0.1", port=port)
        assert sandbox.enforced["network"] is True
        with pytest.raises(TimeoutError):
            server.accept()


@linux
def test_run__sends_a_datagram__it_never_arrives(sandbox):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.5)
        failure(sandbox, "send_datagram", host="127.0.0.1", port=receiver.getsockname()[1])
        with pytest.raises(TimeoutError):
            receiver.recv(16)


@linux
def test_run__reads_the_keystore__is_refused_though_its_user_could(sandbox, tmp_path):
    keystore = tmp_path / "keystore.json"
    keystore.write_text("secret")
    keystore.chmod(0o600)
    error = failure(sandbox, "read", path=str(keystore))
    assert "PermissionError" in error.message
    assert sandbox.enforced["files"] is True


@linux
def test_run__reads_the_memory_or_environment_of_the_node__is_refused(sandbox):
    for name in ("environ", "mem", "maps"):
        assert "PermissionError" in failure(sandbox, "read", path=f"/proc/{os.getpid()}/{name}").message


@linux
def test_run__writes_outside_its_scratch_directory__is_refused(sandbox, tmp_path):
    for target in (tmp_path / "journal.sqlite", tmp_path / "artifacts" / "poisoned"):
        assert "PermissionError" in failure(sandbox, "write", path=str(target), size=1).message
        assert not target.exists()


def test_run__reads_an_artifact__succeeds(sandbox, tmp_path):
    (tmp_path / "artifacts" / "weights").write_bytes(b"12345")
    assert run(sandbox, "read", path=str(tmp_path / "artifacts" / "weights")) == {"bytes": 5}


def test_run__writes_a_small_file_in_its_scratch_directory__succeeds_and_is_removed(sandbox, tmp_path):
    assert run(sandbox, "write", path="note", size=1000) == {"written": 1000}
    assert list((tmp_path / "scratch").iterdir()) == []


def test_run__writes_a_huge_file__fails(sandbox):
    error = failure(sandbox, "write", path="note", size=2 * MIB)
    assert error.code in {"computation-failed", "worker-died"}


def test_run__opens_too_many_files__fails(sandbox):
    assert "Too many open files" in failure(sandbox, "open_many_files").message


@linux
def test_run__kills_the_node__is_refused(sandbox):
    bystander = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert "PermissionError" in failure(sandbox, "kill_parent", pid=bystander.pid).message
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_run__secrets_in_the_environment_of_the_node__never_reach_the_worker(sandbox, monkeypatch):
    monkeypatch.setenv("ORACLE_PASSWORD", "hunter2")
    told = run(sandbox, "tell_environment", secret="hunter2")
    assert told["mentions"] == 0
    assert told["variables"] <= 6


def test_run__open_files_of_the_node__never_reach_the_worker(sandbox, tmp_path):
    with open(tmp_path / "keystore.json", "w") as keystore:
        os.set_inheritable(keystore.fileno(), True)
        assert run(sandbox, "tell_descriptors")["open"] <= 4


@linux
def test_run__node_is_killed__template_and_worker_end_too(tmp_path):
    here = f"Path({str(tmp_path)!r})"
    code = (
        "import sys, threading, time; from pathlib import Path\n"
        "from assay_oracles.node.config import Limits; from assay_oracles.node.sandbox import Sandbox\n"
        f"box = Sandbox(Limits(), inputs={here}, scratch={here}, command={HOSTILE!r})\n"
        "box.warm(); print('warm', flush=True)\n"
        "box.run({'do': 'sleep_forever'}, threading.Event())\n"
    )
    node = psutil.Popen([sys.executable, "-c", code], stdout=-1)
    assert node.stdout.readline()
    both = eventually(lambda: found if len(found := node.children(recursive=True)) == 2 else None, 5, "a worker works")
    node.kill()
    node.wait()
    assert psutil.wait_procs(both, timeout=5)[1] == []


def test_warm__worker_cannot_start__fails_and_says_so(tmp_path):
    box = Sandbox(
        LIMITS, inputs=tmp_path, scratch=tmp_path / "s", command=(sys.executable, "-c", "raise SystemExit(3)")
    )
    with pytest.raises(ComputationFailed, match="exit code 3"):
        box.warm()
    assert box.enforced is None


def test_run__template_died_while_waiting__a_new_one_takes_the_job(sandbox):
    sandbox.warm()
    template = psutil.Process(sandbox._template._process.pid)
    template.kill()
    eventually(lambda: template.status() == psutil.STATUS_ZOMBIE, 5, "the template is dead")
    assert run(sandbox, "wrong_lanes", value=3) == {"lane": 3}


def test_run__template_dies_under_a_worker__fails_and_the_next_job_has_a_new_one(sandbox):
    sandbox.warm()
    template = psutil.Process(sandbox._template._process.pid)
    threading.Timer(0.5, template.kill).start()
    assert "its template has ended: killed by SIGKILL" in failure(sandbox, "sleep_forever").message


def test_run__template_hangs__fails_and_the_next_job_has_a_new_one(sandbox):
    sandbox.warm()
    sandbox._template._control.settimeout(0.5)
    psutil.Process(sandbox._template._process.pid).suspend()
    with pytest.raises(ComputationFailed, match="did not answer"):
        run(sandbox, "wrong_lanes", value=3)
    assert run(sandbox, "wrong_lanes", value=3) == {"lane": 3}


def test_run__job_after_job__each_starts_from_the_same_clean_state(sandbox):
    assert [run(sandbox, "leave_a_mark") for _ in range(3)] == [{"marks": 0}] * 3


@linux
def test_run__attacks_the_template__is_refused(sandbox):
    assert "PermissionError" in failure(sandbox, "kill_template").message
    for name in ("environ", "mem", "maps"):
        assert (
            "PermissionError" in failure(sandbox, "read", path=f"/proc/{sandbox._template._process.pid}/{name}").message
        )
