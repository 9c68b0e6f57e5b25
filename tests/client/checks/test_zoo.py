"""Every provider of the zoo, by real HTTP: the honest one passes, and each cheat is seen by what can see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from assay_client.cli import app
from assay_client.zoo import models
from assay_client.zoo.providers import PROVIDERS
from assay_client.zoo.supplier import MAX_INSTANCES, SEED_CONFIG, Instances

from tests.client.checks.conftest import Check

HONEST_TO_AUDITORS = "Authorization: Bearer auditor"


@pytest.mark.parametrize(
    ("provider", "methods", "code"),
    [
        ("/honest", "benchmark,replay", 0),
        ("/weak", "benchmark", 1),
        ("/weak", "replay", 1),
        ("/stale", "benchmark", 1),
        ("/stale", "replay", 1),
        ("/quantised", "benchmark", 0),
        ("/quantised", "replay", 1),
        ("/rounding", "benchmark", 0),
        ("/rounding", "replay", 1),
        ("/mix?f=0.5", "benchmark,replay", 1),
        ("/cache", "benchmark,replay", 0),
        ("/selective", "replay", 1),
        ("/warmup?k=20", "replay", 1),
        ("/warmup?k=5000", "replay", 0),
        ("/slow?ms=20", "benchmark,replay", 0),
        ("/perturb", "benchmark", 1),
        ("/perturb", "replay", 1),
        ("/forger", "benchmark,replay", 1),
    ],
)
def test_provider__checked_by_a_method__as_expected(check: Check, provider: str, methods: str, code: int) -> None:
    found, report = check(provider, "--methods", methods, "--budget", "2000")
    assert found == code, report["methods"]
    assert report["verdict"] == {0: "pass", 1: "fail"}[code]
    assert report["queries"] <= 2000


def test_sticky__asked_as_an_auditor_and_as_anybody__two_faces(check: Check, tmp_path: Path, zoo: str) -> None:
    headers = tmp_path / "headers"
    headers.write_text(HONEST_TO_AUDITORS)
    known = check("/sticky", "--provider-headers", str(headers), "--report", str(tmp_path / "known"))
    assert known[0] == 0
    assert check("/sticky", "--report", str(tmp_path / "unknown"))[0] == 1
    assert "Bearer" not in (tmp_path / "known" / "journal.jsonl").read_text()


def test_supplier__started_with_fresh_randomness__replay_is_silent_and_the_honest_not_accused(check: Check) -> None:
    code, report = check("/honest", "--methods", "replay", "--seed-config", '{"seed": null, "noise": 0.3}')
    assert code == 2
    assert "not deterministic" in report["methods"][0]["silent"]


def test_supplier__started_from_another_seed__answers_differ_although_deterministic(check: Check) -> None:
    code, report = check("/honest", "--methods", "replay", "--seed-config", '{"seed": 7, "noise": 0.3}')
    assert code == 1
    assert report["methods"][0]["silent"] is None


def test_seed_config__wrong__the_supplier_refuses_and_replay_says_so(check: Check) -> None:
    _, report = check("/honest", "--methods", "replay", "--seed-config", '{"sed": 7}')
    assert "422" in report["methods"][0]["silent"]


def test_list__the_gap_of_the_weak_model__is_at_least_five_points(zoo: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["zoo", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["accuracy"]["gap"] >= 0.05
    assert [provider["name"] for provider in listed["providers"]] == [kind.NAME for kind in PROVIDERS]
    assert app.run(["zoo", "list"]) == 0
    assert "points" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["f=2", "f=x"])
def test_options__out_of_range__refused_by_the_zoo(check: Check, option: str) -> None:
    code, error = check(f"/mix?{option}", "--methods", "benchmark")
    assert code == 4
    assert error["error"]["culprit"] == "provider"
    assert "422" in error["error"]["message"]


def test_instances__more_than_are_kept__the_oldest_is_forgotten(zoo_models: None) -> None:
    instances = Instances(models.load())
    first, second, *_ = [instances.start(SEED_CONFIG) for _ in range(MAX_INSTANCES + 1)]
    assert instances.find(first) is None
    assert instances.find(second) is not None
