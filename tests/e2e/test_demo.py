"""`assay demo` tells the truth, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.xdist_group("demo")

UP = ["-m", "assay_client.cli", "devnet"]
PATIENCE = 540


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running demo whose folder is below `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "assay_client.cli", "demo", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    yield process
    process.kill()
    process.wait()


def wait_until_started(tmp_path: Path) -> psutil.Process:
    """Wait until the demo's chain is starting; returns the process of `assay devnet up`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(log.read_text() for log in tmp_path.glob("assay-demo-*/network.log")):
            # The oldest one: a process that has just been forked still looks like its parent.
            networks = (found for found in family(tmp_path) if found.info["cmdline"][1:4] == UP)
            return min(networks, key=lambda found: found.info["create_time"])
        time.sleep(0.1)
    pytest.fail("the demo did not start")


def family(tmp_path: Path) -> list[psutil.Process]:
    """Every process that works in the demo's folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "create_time"]):
        if any(str(tmp_path) in word for word in process.info["cmdline"] or ()):
            found.append(process)
    return found


def assert_gone(tmp_path: Path) -> None:
    deadline = time.monotonic() + 30
    while family(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert family(tmp_path) == []
    assert list(tmp_path.glob("assay-demo-*")) == []


def test_demo__json__one_object_with_the_story_as_told(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    out, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    told = json.loads(out)
    assert told["schema"] == "assay/demo/1"
    honest, dishonest, hasty, fair, forged, colluding = told["audits"]
    for audit in told["audits"]:
        assert {"audit_id", "kind", "metrics", "claims", "votes", "payouts", "slashes", "gas", "blocks"} <= set(audit)
        assert audit["gas"]["total"] > 500_000
        assert max(audit["blocks"].values()) > audit["blocks"]["requested"]
    assert [audit["kind"] for audit in told["audits"]] == ["whitebox"] * 3 + ["fairness"] * 3
    assert all(audit["metrics"]["accuracy"]["unit"] == "ratio" for audit in (honest, dishonest, hasty))
    assert [len(audit["payouts"]) for audit in told["audits"]] == [5, 3, 3, 4, 3, 0]
    assert {slash["name"] for slash in dishonest["slashes"]} == {"oracle-4", "oracle-5"}
    assert {slash["name"] for slash in forged["slashes"]} == {"oracle-4"}
    assert honest["slashes"] == hasty["slashes"] == fair["slashes"] == []
    assert sum(fair["table"]["counts"]) == 442
    assert {claim["state"] for claim in fair["claims"]} == {"kept"}
    assert (forged["outcome"], forged["metrics"]) == ("invalid", {})
    assert (forged["table"]["fault"]["kind"], forged["table"]["fault"]["row"]) == ("challenge", 100)
    assert {vote["verdict"] for vote in colluding["votes"]} == {"values"}
    assert {slash["name"] for slash in colluding["slashes"]} == {f"oracle-{number}" for number in (1, 2, 3, 4)}
    assert (colluding["outcome"], colluding["metrics"], "overruled" in colluding["blocks"]) == ("none", {}, True)
    overturned, withheld = told["refutations"]
    assert {each["name"] for each in told["refutations"]} == {"verifier"}
    assert overturned["table_id"] == colluding["table"]["table_id"]
    assert (overturned["fault"]["kind"], overturned["fault"]["row"]) == ("commitment-b", 100)
    assert withheld["fault"]["kind"] == "withheld"
    assert honest["metrics"]["accuracy"]["value"] > 0.97
    assert {claim["state"] for claim in honest["claims"]} == {"kept"}
    assert {claim["state"] for claim in hasty["claims"]} == {"broken"}
    changes = [float(entry["after"]) - float(entry["before"]) for entry in told["balances"].values()]
    assert sum(changes) == 0
    assert_gone(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_demo__interrupted__ends_everyone_and_clears_away(
    number: signal.Signals, demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    wait_until_started(tmp_path)
    demo.send_signal(number)
    out, err = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert_gone(tmp_path)


def test_demo__killed_outright__its_processes_do_not_outlive_it(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    wait_until_started(tmp_path)
    demo.kill()
    demo.wait()
    deadline = time.monotonic() + 30
    while family(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert family(tmp_path) == []


def test_demo__an_actor_dies__fails_with_the_end_of_its_log(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    wait_until_started(tmp_path).kill()
    out, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 2
    error = json.loads(out)["error"]
    assert error["code"] == "actor-ended"
    assert error["message"].startswith("network ended")
    assert "starting the embedded engine" in error["message"], "the end of its log"
    assert_gone(tmp_path)
