"""Portable reports: sound ones hold without a chain, and whatever is changed in one is noticed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from assay_chain.errors import MalformedInput
from assay_client import receipts
from assay_client.cli import app
from assay_client.reports.checking import check
from assay_client.reports.collecting import collect
from assay_client.reports.evidence import read
from fastapi import FastAPI

from tests.client.portal.conftest import Acting, History

pytestmark = pytest.mark.xdist_group("portal")

Report = dict[str, Any]
KINDS = ("slashing", "undecided", "appealed", "open")


@pytest.fixture(scope="module")
def reports(history: History, sign_as: Acting) -> dict[str, Report]:
    session = sign_as("client")
    head = session.head()
    return {name: collect(session, getattr(history, name), head) for name in KINDS}


@pytest.fixture
def report(reports: dict[str, Report]) -> Report:
    return copy.deepcopy(reports["slashing"])


def states(report: Report) -> dict[str, str]:
    return {each.name: each.state for each in check(report)}


def failing(report: Report) -> dict[str, str]:
    """Why each false statement is false."""
    return {each.name: each.detail for each in check(report) if each.state == "fails"}


@pytest.mark.parametrize("name", KINDS)
def test_check__what_the_chain_says__all_of_it_holds(reports: dict[str, Report], name: str) -> None:
    assert set(states(reports[name]).values()) == {"holds"}, check(reports[name])


def test_check__appealed_and_overturned__both_decisions_done_again(reports: dict[str, Report]) -> None:
    changed = copy.deepcopy(reports["appealed"])
    assert (changed["audit"]["appeal"], len(changed["audit"]["added"])) == ("replaced", 2)
    changed["audit"]["seats"].reverse()
    assert "fails" in states(changed).values()


def _lane(report: Report) -> None:
    report["ballots"][0]["lanes"]["correct_1"] += 1


def _verdict(report: Report) -> None:
    report["ballots"][4]["verdict"] = "unavailable"


def _oracle(report: Report) -> None:
    report["ballots"][0]["oracle"] = report["ballots"][1]["oracle"]


def _metric(report: Report) -> None:
    report["finding"]["metrics"]["accuracy"]["value"] = 0.99


def _result(report: Report) -> None:
    report["finding"]["outcome"] = report["audit"]["outcome"] = "unavailable"


def _tolerance(report: Report) -> None:
    report["policy"]["lanes"][3]["tolerance"] = 1000


def _fee(report: Report) -> None:
    report["policy"]["fee_per_oracle"] = "11"


def _client(report: Report) -> None:
    report["audit"]["client"] = report["ballots"][0]["oracle"]


def _claim(report: Report) -> None:
    report["model"]["claims"][0]["bound_micro"] = 1


def _manifest(report: Report) -> None:
    report["model"]["manifest_digest"] = "00" * 32


def _chain(report: Report) -> None:
    report["chain_id"] += 1


def _board(report: Report) -> None:
    report["contracts"]["AuditBoard"] = report["contracts"]["Vault"]


def _audit(report: Report) -> None:
    report["audit"]["audit_id"] += 1


def _hash(report: Report) -> None:
    report["evidence"][3]["hash"] = "0x" + "00" * 32


def _place(report: Report) -> None:
    report["evidence"][-1]["transactions"][0]["index"] += 1


def _silenced(report: Report) -> None:
    """An honest vote is left out."""
    reveals = [block for block in report["evidence"] if block["block"] > report["evidence"][4]["block"]]
    reveals[0]["transactions"].pop()


def _unsettled(report: Report) -> None:
    report["evidence"].pop()


def _undecided(report: Report) -> None:
    """What remains of the evidence is true, but says less than the summary."""
    del report["evidence"][-2:]


@pytest.mark.parametrize(
    "change",
    [
        _lane,
        _verdict,
        _oracle,
        _metric,
        _result,
        _tolerance,
        _fee,
        _client,
        _claim,
        _manifest,
        _chain,
        _board,
        _audit,
        _hash,
        _place,
        _silenced,
        _undecided,
        _unsettled,
    ],
)
def test_check__something_changed__fails(report: Report, change: Callable[[Report], None]) -> None:
    change(report)
    assert "fails" in states(report).values()


def test_check__contracts_elsewhere__nothing_holds_and_what_is_missing_is_said(report: Report) -> None:
    report["contracts"] = {name: f"0x{number:040x}" for number, name in enumerate(report["contracts"], 1)}
    found = failing(report)
    assert set(states(report)) - set(found) == {"inclusion"}
    missing = "the evidence has 0 events {} of the contracts that the report names, not one"
    assert found.pop("model") == missing.format("ModelRegistered")
    assert found.pop("policy") == missing.format("PolicyAdded")
    assert set(found.values()) == {missing.format("Requested")}


@pytest.mark.parametrize(
    ("last", "lost"),
    [
        ("Requested", {"seed", "roster", "votes", "outcome", "money", "summary"}),
        ("Opened", {"votes", "outcome", "money", "summary"}),
        ("Revealed", {"outcome", "money", "summary"}),
        ("Decided", {"money", "summary"}),
    ],
)
def test_check__evidence_that_ends_before_the_audit_did__what_it_lacks_fails(
    report: Report, last: str, lost: set[str]
) -> None:
    kept = max(event.entry.block for event in read(report).events if event.name == last)
    report["evidence"] = [block for block in report["evidence"] if block["block"] <= kept]
    assert set(failing(report)) == lost


@pytest.mark.parametrize("part", ["audit", "policy", "model"])
def test_check__part_without_its_fields__said_in_words_about_the_report(report: Report, part: str) -> None:
    needed = {"phase", "outcome", "seats", "committed", "revealed", "lanes", "max_roster", "kind", "audit_id"}
    report[part] = {name: value for name, value in report[part].items() if name in needed}
    found = failing(report)
    assert found
    for why in found.values():
        assert why.startswith("what the report says of it is incomplete") or "the evidence" in why


def test_check__metric_changed__only_it_is_named_with_both_values(report: Report) -> None:
    true = report["finding"]["metrics"]["accuracy"]["value"]
    _metric(report)
    said = f"the metrics, accuracy, value: the report says 0.99, the evidence {true}"
    assert failing(report) == {"summary": said}


def test_check__metric_added_or_lane_renamed__fails(report: Report) -> None:
    changed = copy.deepcopy(report)
    changed["finding"]["metrics"]["charm"] = changed["finding"]["metrics"]["accuracy"]
    assert failing(changed) == {"summary": "the metrics: only the report has 'charm'"}
    lanes = report["ballots"][0]["lanes"]
    lanes["wrong_1"] = lanes.pop("correct_1")
    assert set(failing(report)) == {"summary"}


def test_check__any_digit_of_the_evidence_changed__fails(reports: dict[str, Report]) -> None:
    chance = random.Random(5)
    sound = reports["slashing"]
    for _ in range(40):
        changed = copy.deepcopy(sound)
        block = chance.choice(changed["evidence"])
        transaction = chance.choice(block["transactions"])
        holder, name = chance.choice(
            [(block, "header"), (block, "hash"), (transaction, "raw"), (transaction, "receipt"), (transaction, "proof")]
        )
        nodes = holder[name] if isinstance(holder[name], list) else [holder[name]]
        node = chance.randrange(len(nodes))
        at = chance.randrange(2, len(nodes[node]))
        digit = chance.choice([each for each in "0123456789abcdef" if each != nodes[node][at]])
        nodes[node] = nodes[node][:at] + digit + nodes[node][at + 1 :]
        holder[name] = nodes if isinstance(holder[name], list) else nodes[0]
        assert "fails" in states(changed).values(), (name, at)


def test_check__chain_that_hashes_headers_otherwise__said_to_be_unproven(report: Report) -> None:
    for block in report["evidence"]:
        block["header"] = None
    found = states(report)
    assert found.pop("inclusion") == "unproven"
    assert set(found.values()) == {"holds"}


@pytest.mark.parametrize("document", [{}, {"schema": "assay/audit-report/2"}, {"schema": "assay/audit-report/1"}])
def test_check__no_report__malformed(document: Report) -> None:
    with pytest.raises(MalformedInput):
        check(document)


def test_command__report_of_a_gateway__vouched_for_by_its_receipt(
    member: httpx.Client,
    application: FastAPI,
    history: History,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = member.get(f"/api/v1/audits/{history.unanimous}/report")
    assert answer.status_code == 200
    file, signer = tmp_path / "report.json", application.state.signer.address
    file.write_bytes(answer.content)
    receipts.beside(file).write_text(answer.headers[receipts.HEADER])
    assert app.run(["audit", "verify-report", str(file), "--signer", signer, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["valid"]
    assert told["receipt"]["signer"] == signer
    assert app.run(["audit", "verify-report", str(file), "--signer", answer.json()["audit"]["client"]]) == 1
    receipts.beside(file).unlink()
    assert app.run(["audit", "verify-report", str(file), "--signer", signer, "--json"]) == 2
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["valid"], told["receipt"]) == (True, None)
    assert (told["checks"][-1]["name"], told["checks"][-1]["state"]) == ("receipt", "unproven")
    assert signer in told["checks"][-1]["detail"]
    receipts.beside(file).write_text(answer.headers[receipts.HEADER])
    file.write_bytes(answer.content + b" ")
    assert app.run(["audit", "verify-report", str(file)]) == 1


def test_command__report_from_the_node__checked_without_it(
    history: History, sign_as: Acting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, network = tmp_path / "report.json", str(sign_as("client").book.path)
    assert app.run(["audit", "report", str(history.slashing), "--out", str(file), "--network", network]) == 0
    assert app.run(["audit", "verify-report", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "5 commitments signed by their oracles" in shown
    assert "compare their hashes with any node" in shown
    assert app.run(["audit", "verify-report", str(file), "--signer", "zz"]) == 64
    document = json.loads(file.read_text())
    _metric(document)
    file.write_text(json.dumps(document))
    assert app.run(["audit", "verify-report", str(file)]) == 1
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) < 200
    assert "compare" not in shown
    file.write_text("[" * 100_000)
    assert app.run(["audit", "verify-report", str(file)]) == 3


@pytest.mark.parametrize("there", ["report.json", "report.json.receipt"])
def test_command__file_or_receipt_exists__refused_and_left_alone(
    there: str, sign_as: Acting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / there).write_text("precious")
    options = ["--out", str(tmp_path / "report.json"), "--network", str(sign_as("client").book.path), "--json"]
    assert app.run(["audit", "report", "1", *options]) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "file-exists"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {there: "precious"}
