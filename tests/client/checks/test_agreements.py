"""`assay check URL --sla FILE`, by real HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.client.checks import hostile
from tests.client.checks.conftest import Check
from tests.client.checks.hostile import serving

ANSWERED = {"resource": "answered"}


def agreement(folder: Path, objectives: list[dict[str, Any]], **parameters: Any) -> str:
    """Write an agreement; gives its path."""
    document = {
        "schema": "assay/sla/1",
        "name": "test",
        "parties": {"provider": "P"},
        "parameters": {"answered": ANSWERED, **parameters},
        "objectives": objectives,
    }
    path = folder / "sla.json"
    path.write_text(json.dumps(document))
    return str(path)


def objective(name: str, parameter: str, op: str, share: float, *condition: str) -> dict[str, Any]:
    """One objective."""
    found = {"name": name, "then": {"parameter": parameter, "op": op, "share": share}}
    return found | ({"if": list(condition)} if condition else {})


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    """Answered, and most of it within two seconds."""
    return agreement(
        tmp_path,
        [objective("available", "answered", ">=", 0.9), objective("prompt", "slow", "<=", 0.2, "answered")],
        slow={"resource": "late", "milliseconds": 2000},
    )


def test_sla__honest_without_a_supplier__kept(check: Check, prompt: str) -> None:
    code, report = check("/honest", "--sla", prompt, "--budget", "60", against=None)
    assert (code, report["verdict"], report["sla"]) == (0, "pass", "pass")
    assert report["e_value"] is None
    assert report["queries"] == 60


def test_sla__slow_against_its_supplier__passes_every_method_and_breaks_the_agreement(
    check: Check, tmp_path: Path
) -> None:
    path = agreement(tmp_path, [objective("prompt", "slow", "<=", 0.5)], slow={"resource": "late", "milliseconds": 100})
    code, report = check("/slow?ms=110", "--sla", path, "--methods", "replay", "--budget", "200")
    assert code == 1
    assert (report["verdict"], report["sla"]) == ("pass", "fail")


def test_sla__weak_promises_the_suppliers_answers__broken(check: Check, tmp_path: Path) -> None:
    path = agreement(tmp_path, [objective("same", "agreeing", ">=", 0.99)], agreeing={"resource": "agreeing"})
    code, report = check("/weak", "--sla", path, "--methods", "agreement", "--budget", "400", "--alpha", "0.001")
    assert code == 1
    assert report["claims"][0]["state"] == "broken"


def test_sla__agreeing_without_a_supplier__usage(check: Check, tmp_path: Path) -> None:
    path = agreement(tmp_path, [objective("same", "agreeing", ">=", 0.9)], agreeing={"resource": "agreeing"})
    assert check("/weak", "--sla", path, against=None)[0] == 64


def test_sla__service_that_fails__broken_by_counts_each_asked_once(check: Check, prompt: str) -> None:
    with serving(hostile.status("503 Service Unavailable")) as service:
        code, report = check(service.url, "--sla", prompt, "--budget", "30", against=None)
        assert service.asked == 30
    assert code == 1
    assert [claim["state"] for claim in report["claims"]] == ["broken", "undecided"]


def test_sla__few_queries__undecided(check: Check, prompt: str) -> None:
    code, report = check("/honest", "--sla", prompt, "--budget", "4", against=None)
    assert (code, report["verdict"]) == (2, "inconclusive")


def test_sla__no_agreement__malformed(check: Check, tmp_path: Path) -> None:
    (tmp_path / "sla.json").write_text("{}")
    assert check("/honest", "--sla", str(tmp_path / "sla.json"), against=None)[0] == 3


def test_check__with_neither_supplier_nor_agreement__usage(check: Check) -> None:
    assert check("/honest", against=None)[1]["error"]["code"] == "nothing-to-check"
