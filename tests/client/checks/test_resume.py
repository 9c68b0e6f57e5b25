"""Killed in the middle and resumed: nothing is asked twice, and the report is that of a run never killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from assay_client.checks import journal as journals
from assay_client.checks.journal import Journal
from assay_client.cli import app

from tests.client.checks.conftest import Check
from tests.client.checks.tap import Tap

SAME = ("verdict", "e_value", "p_cheat", "queries", "queries_by_target", "methods", "stopped", "trace")


def start(tap: Tap, zoo: str, folder: Path, pace: str) -> subprocess.Popen[bytes]:
    """A check as a process of its own."""
    line = ["check", tap.url, "--against", f"{zoo}/supplier", "--methods", "benchmark", "--seed", "1"]
    line += ["--pace", pace, "--report", str(folder), "--json"]
    return subprocess.Popen([sys.executable, "-m", "assay_client.cli", *line], stdout=subprocess.PIPE)


def resume(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    """Go on with the run in a folder."""
    capsys.readouterr()
    code = app.run(["check", "--resume", str(folder), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def answers(folder: Path) -> list[str]:
    """The kinds of the records so far, without the plan."""
    path = folder / journals.NAME
    lines = path.read_bytes().split(b"\n")[1:-1] if path.exists() else []
    return [next(iter(json.loads(line))) for line in lines]


def pause_after_an_answer(process: psutil.Process, folder: Path, records: int) -> None:
    """Stop a run between two queries, however long its pauses are: while it is stopped, nothing is being asked."""
    while True:
        process.suspend()
        while (status := process.status()) != psutil.STATUS_STOPPED:
            assert status != psutil.STATUS_ZOMBIE, "it ended by itself"
            time.sleep(0.001)
        found = answers(folder)
        if len(found) >= records and found[-1] == "answer":
            return
        process.resume()
        time.sleep(0.02)


def test_run__killed_between_two_queries_and_resumed__same_report_and_nothing_asked_twice(
    check: Check, tap: Tap, zoo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "killed"
    process = start(tap, zoo, folder, "0.1")
    pause_after_an_answer(psutil.Process(process.pid), folder, 12)
    process.kill()
    process.communicate()
    assert answers(folder)[-1] == "answer"
    # The pauses need not be waited for again.
    path = folder / journals.NAME
    path.write_bytes(path.read_bytes().replace(b'"pace":0.1', b'"pace":0.0', 1))
    code, resumed = resume(folder, capsys)
    assert code == 0
    assert len(set(tap.bodies)) == len(tap.bodies)
    _, whole = check("/honest", "--methods", "benchmark", "--report", str(tmp_path / "whole"))
    assert {name: resumed[name] for name in SAME} == {name: whole[name] for name in SAME}


def test_run__killed_while_a_query_is_out__it_is_lost_not_asked_twice(
    tap: Tap, zoo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "killed"
    tap.hold = 5
    process = start(tap, zoo, folder, "0")
    assert tap.held.wait(60)
    process.kill()
    process.communicate()
    assert answers(folder)[-1] == "asked"
    code, report = resume(folder, capsys)
    assert code == 0
    assert len(set(tap.bodies)) == len(tap.bodies)
    assert report["queries"] == sum(report["queries_by_target"].values())
    assert report["methods"][0]["facts"]["unanswered"] == 0, "what we lost is no fault of the provider's"
    assert app.run(["check", "--replay", str(folder)]) == 0


def test_run__interrupted_by_ctrl_c__reports_what_is_known_and_goes_on_later(
    tap: Tap, zoo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "interrupted"
    tap.hold = 4
    process = start(tap, zoo, folder, "0")
    assert tap.held.wait(60)
    process.send_signal(2)
    out, _ = process.communicate(timeout=60)
    report = json.loads(out)
    assert process.returncode == 2
    assert (report["stopped"], report["verdict"]) == ("interrupted", "inconclusive")
    assert app.run(["check", "--replay", str(folder)]) == 2
    code, resumed = resume(folder, capsys)
    assert (code, resumed["stopped"]) == (0, "settled")
    assert len(set(tap.bodies)) == len(tap.bodies)


def test_resume__a_finished_run__asks_nothing_and_says_the_same(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, report = check("/honest", "--methods", "replay")
    before = (tmp_path / "report" / journals.NAME).read_bytes()
    code, again = resume(tmp_path / "report", capsys)
    assert code == 0
    assert again["methods"] == report["methods"]
    assert (tmp_path / "report" / journals.NAME).read_bytes() == before


def test_resume__torn_last_line__dropped(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("/honest", "--methods", "replay")
    path = tmp_path / "report" / journals.NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    plan, exchanges = journals.read(path)
    journal = Journal.reopen(path.parent)
    journal.close()
    assert journal.plan == plan
    assert journal.exchanges[-1].reply == journals.LOST
    assert len(exchanges) == whole.count(b'"asked"')


def test_report__folder_of_another_run__refused(check: Check) -> None:
    check("/honest", "--methods", "replay")
    code, error = check("/honest", "--methods", "replay")
    assert (code, error["error"]["code"]) == (5, "folder-not-empty")


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[]\n", b'{"plan": 1}\n', b"\xff\n", b'{"plan": {}}\n{}\n'])
def test_resume__no_journal__malformed(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / journals.NAME).write_bytes(content)
    code, error = resume(tmp_path, capsys)
    assert (code, error["error"]["code"]) == (3, "bad-journal")


def test_resume__samples_exchanged__refused(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("/honest", "--methods", "replay", "--report", str(tmp_path / "one"))
    data = tmp_path / "one" / "data.safetensors"
    content = bytearray(data.read_bytes())
    content[-1000] ^= 1
    data.write_bytes(content)
    code, error = resume(tmp_path / "one", capsys)
    assert code == 3
    assert error["error"]["culprit"] == "local"


def test_resume__while_it_still_runs__refused(
    tap: Tap, zoo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tap.hold = 2
    process = start(tap, zoo, tmp_path / "running", "0")
    assert tap.held.wait(60)
    code, error = resume(tmp_path / "running", capsys)
    process.kill()
    process.communicate()
    assert (code, error["error"]["code"]) == (5, "in-use")
