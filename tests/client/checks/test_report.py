"""A report can be checked by anyone: it replays to the same verdict, and whatever is changed shows."""

from __future__ import annotations

import gc
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from assay_client.checks.endpoints.http import Manners
from assay_client.checks.report import html, signing
from assay_client.cli import app

from tests.client.checks.conftest import Check

Replay = Callable[..., tuple[int, dict[str, Any]]]
SLA = {
    "schema": "assay/sla/1",
    "name": "gold",
    "parties": {"provider": "<script>alert(1)</script>"},
    "parameters": {"answered": {"resource": "answered"}, "slow": {"resource": "late", "milliseconds": 5000}},
    "objectives": [
        {"name": "available", "then": {"parameter": "answered", "op": ">=", "share": 0.9}},
        {"name": "<b>fast</b>", "if": ["answered"], "then": {"parameter": "slow", "op": "<=", "share": 0.1}},
    ],
}


@pytest.fixture(scope="module")
def made(zoo: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a failed check with an agreement that is kept."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "sla.json").write_text(json.dumps(SLA))
    line = ["check", f"{zoo}/perturb?share=0.3", "--against", f"{zoo}/supplier", "--sla", str(folder / "sla.json")]
    assert app.run([*line, "--budget", "600", "--seed", "1", "--pace", "0", "--report", str(folder / "r")]) == 1
    return folder / "r"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Replay:
    """Runs `assay check --replay`."""

    def run(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = app.run(["check", "--replay", str(folder), "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_replay__untouched__same_verdict_and_exit_code(folder: Path, replay: Replay) -> None:
    code, report = replay(folder)
    assert code == 1
    assert report["verdict"] == "fail"
    assert report["sla"] == "pass"
    assert {method["name"] for method in report["methods"]} == {"benchmark", "metaresult", "replay"}


def test_replay__untouched__says_that_it_was_recomputed_and_a_run_does_not(
    folder: Path, replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    _, report = replay(folder)
    answers = sum(line.startswith('{"answer"') for line in (folder / "journal.jsonl").read_text().splitlines())
    assert report["recomputed"] == answers > 0
    app.run(["check", "--replay", str(folder)])
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == f"Recomputed from {answers} recorded answers: the report is right."


def test_report__keys_of_the_fixed_interface__are_there(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    assert report["schema"] == "assay/check/1"
    assert {"verdict", "p_cheat", "prior", "e_value", "alpha", "queries", "seed", "report_digest"} <= set(report)
    for method in report["methods"]:
        assert {"name", "verdict", "e_value", "estimate", "interval", "queries"} <= set(method)


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "pass"), ("e_value", 1.0), ("seed", 2), ("queries", 1), ("caveats", []), ("stopped", "asked")],
)
def test_replay__a_field_changed__detected(folder: Path, replay: Replay, field: str, value: object) -> None:
    path = folder / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    assert replay(folder)[0] == 3


@pytest.mark.parametrize(("field", "value"), [("verdict", "pass"), ("e_value", 1.0), ("claims", []), ("trace", [])])
def test_replay__changed_and_signed_again__does_not_follow_from_the_answers(
    folder: Path, replay: Replay, field: str, value: object
) -> None:
    path = folder / "report.json"
    forged = signing.seal(json.loads(path.read_text()) | {field: value}, None)
    path.write_text(json.dumps(forged))
    code, error = replay(folder)
    assert code == 3
    assert field in error["error"]["message"]


@pytest.mark.parametrize("name", ["journal.jsonl", "data.safetensors"])
def test_replay__a_byte_of_what_it_rests_on_flipped__detected(folder: Path, replay: Replay, name: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    assert replay(folder)[0] == 3


def test_replay__answers_exchanged_and_everything_signed_again__shows_another_signer(
    folder: Path, replay: Replay
) -> None:
    """Who changes the answers too makes another report: only the signer's name tells."""
    signer = json.loads((folder / "report.json").read_text())["signer"]
    path = folder / "report.json"
    path.write_text(json.dumps(signing.seal(json.loads(path.read_text()), None)))
    assert replay(folder)[0] == 1
    assert replay(folder, "--signer", signer)[0] == 3


@pytest.mark.parametrize("signature", ["", "00", "zz", "00" * 65, None, 7])
def test_replay__no_signature__detected(folder: Path, replay: Replay, signature: object) -> None:
    path = folder / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"signature": signature}))
    assert replay(folder)[0] == 3


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "assay/check/2"}'])
def test_replay__no_report__malformed(folder: Path, replay: Replay, content: str) -> None:
    (folder / "report.json").write_text(content)
    assert replay(folder)[0] == 3


def test_junit__of_a_failed_check__counts_and_parses(folder: Path) -> None:
    suite = ElementTree.fromstring((folder / "junit.xml").read_text())
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert suite.get("tests") == str(len(cases)) == "6"
    assert cases["assay.check.verdict", "joined"].find("failure") is not None
    assert cases["assay.check.claims", "available"].find("failure") is None
    assert int(suite.get("failures", "")) == len(suite.findall("*/failure"))


def test_html__with_strangers_words__is_escaped_and_needs_no_network(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    assert "<b>fast" not in page
    assert "&lt;b&gt;fast" in page
    assert "<script" not in page
    assert not re.search(r"(src|href|url)\s*[=(]", page)
    assert page.count("<svg") >= 4


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--budget", "0"),
        ("--budget", "-5"),
        ("--alpha", "1"),
        ("--alpha", "nan"),
        ("--prior", "0"),
        ("--prior", "1.5"),
        ("--seed", "-1"),
        ("--timeout", "-1"),
        ("--pace", "nan"),
    ],
)
def test_wishes__out_of_range__usage_that_names_the_option_and_its_range(check: Check, option: str, value: str) -> None:
    code, said = check("/honest", option, value)
    assert (code, said["error"]["code"]) == (64, "out-of-range")
    assert said["error"]["message"].startswith(f"{option} is {value}")
    assert said["error"]["message"].count("--") == 1


@pytest.mark.parametrize("budget", [300, 4000, 100_000])
def test_cost__said_beforehand__adds_up_and_bounds_money_even_if_everything_is_repeated(
    check: Check, zoo: str, budget: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _, cost = check("/honest", "--dry-run", "--budget", str(budget))
    parts, each = cost["queries_by_target"], 0.001  # EUR, of both sides
    assert cost["queries"] == sum(parts.values())
    assert cost["money"]["EUR"] == pytest.approx(each * min(budget, cost["queries"]))
    most = min(budget, sum(Manners.attempts * count for count in parts.values()))
    assert cost["money_limit"]["EUR"] == pytest.approx(each * most)
    app.run(["check", f"{zoo}/honest", "--against", f"{zoo}/supplier", "--budget", str(budget), "--dry-run"])
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Cost:")]
    total, *told = map(int, re.findall(r"(\d+) (?:queries|to the)", line))
    assert (total, told) == (cost["queries"], list(parts.values()))


def test_dry_run__shows_the_cost__spends_nothing_and_leaves_no_connection(
    check: Check, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code, cost = check("/honest", "--dry-run", "--budget", "500")
    gc.collect()
    assert "Unclosed" not in caplog.text
    assert code == 0
    assert sum(cost["queries_by_target"].values()) > 0
    assert cost["money"]["EUR"] > 0
    assert not (tmp_path / "report").exists()


def test_methods__unknown__usage_that_lists_them(check: Check) -> None:
    code, error = check("/honest", "--methods", "magic")
    assert code == 64
    assert "benchmark" in error["error"]["hint"]


def test_set__unknown_option__usage(check: Check) -> None:
    assert check("/honest", "--methods", "benchmark", "--set", "benchmark.magic=1")[0] == 64


def test_plots__of_extreme_numbers__are_drawn() -> None:
    for trace in ([], [[1, 1e300]], [[5, 0.0], [10, 1e-300]]):
        assert "polyline" in html.plots.evidence(trace, 0.05)
    assert "circle" in html.plots.interval(2.0, -3.0, 7.0, None, -1.0, 1.0)
