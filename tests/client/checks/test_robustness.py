"""`assay check URL --sla FILE` where the agreement promises robustness, by real HTTP; small budgets."""

from __future__ import annotations

import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assay_client.checks import journal as journals
from assay_client.checks.report import html
from assay_client.checks.robustness import GENERATOR
from assay_client.cli import app
from assay_oracles.audits.robustness.generator import LAYERS, Generator

from tests.client.checks import hostile
from tests.client.checks.conftest import Check
from tests.client.checks.hostile import serving

BUDGET, STARTS = 12, 4
EVERYTHING = BUDGET * STARTS * 10
SIMBA = {"name": "simba", "parameters": {"epsilon": 0.5}}


def claim(op: str, bound: float, metric: str = "robustness") -> dict[str, Any]:
    """A claimed score."""
    return {"metric": metric, "op": op, "bound": bound}


def promised(folder: Path, *claims: dict[str, Any], attack: Any = SIMBA, **terms: Any) -> str:
    """Write an agreement; gives its path."""
    document = {
        "schema": "assay/sla/1",
        "name": "robust",
        "parties": {"provider": "P"},
        "parameters": {},
        "objectives": [],
        "robustness": {"attack": attack, "range": [0, 1], "budget": BUDGET, "starts": STARTS, "claims": claims} | terms,
    }
    path = folder / "sla.json"
    path.write_text(json.dumps(document))
    return str(path)


def measure(check: Check, sla: str, *options: str, provider: str = "/supplier") -> tuple[int, dict[str, Any]]:
    """Check it with a budget that suffices."""
    return check(provider, "--sla", sla, "--budget", str(EVERYTHING), *options, against=None)


def test_claims__of_each_kind__kept_broken_and_undecided(check: Check, tmp_path: Path) -> None:
    sla = promised(tmp_path, claim(">=", 0.02), claim("<=", 0.02), claim(">=", 0.1, "robustness_3"))
    code, report = measure(check, sla)
    assert (code, report["verdict"], report["sla"], report["e_value"]) == (1, "fail", "fail", None)
    assert [one["state"] for one in report["claims"]] == ["kept", "broken", "undecided"]
    found = report["robustness"]
    assert report["queries"] <= EVERYTHING
    assert [one["ended"] for one in found["classes"]] == [STARTS] * 10
    assert found["all"]["total"] == sum(one["total"] for one in found["classes"])
    for one in found["classes"]:
        assert one["score_micro"] == one["total"] * 10**6 // (one["total"] + 100 * STARTS)
        reached = [curve[-1][0] for curve in one["curves"] if curve[-1][1] >= 0.9]
        assert one["censored"] == STARTS - len(reached)
        assert one["total"] == sum(reached) + BUDGET * one["censored"]


def test_report__replayed_and_rendered__the_same_numbers_and_a_plot_a_class(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, report = measure(check, promised(tmp_path, claim(">=", 0.02)))
    capsys.readouterr()
    assert app.run(["check", "--replay", report["folder"], "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["robustness"] == report["robustness"]
    page = html.render(report)
    assert page.count('aria-label="Probability of class') == 10
    assert page.count('class="course"') == 10 * STARTS


def test_run__cut_off_and_resumed__the_report_of_a_run_never_cut_off(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, whole = measure(check, promised(tmp_path, claim(">=", 0.02)))
    path = Path(whole["folder"]) / journals.NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: 2 * (len(lines) // 4) + 1]))
    capsys.readouterr()
    assert app.run(["check", "--resume", whole["folder"], "--json"]) == 0
    resumed = json.loads(capsys.readouterr().out)
    for name in ("robustness", "claims", "queries", "stopped"):
        assert resumed[name] == whole[name]


def test_budget__endpoint_that_counts__what_is_reported_and_never_more(check: Check, tmp_path: Path) -> None:
    sla = promised(tmp_path, claim(">=", 0.02), claim(">=", 0.106))
    with serving(hostile.uniform) as service:
        _, report = check(service.url, "--sla", sla, "--budget", str(EVERYTHING), against=None)
        assert service.asked == report["queries"] == EVERYTHING
    assert report["robustness"]["all"]["censored"] == 10 * STARTS
    with serving(hostile.uniform) as service:
        options = ("--sla", sla, "--budget", "100", "--report", str(tmp_path / "short"))
        code, report = check(service.url, *options, against=None)
        assert service.asked == report["queries"] <= 100
    assert code == 2
    assert [one["state"] for one in report["claims"]] == ["undecided", "undecided"]


def test_cost__dry_run__says_what_all_starts_would_take_and_asks_nothing(check: Check, tmp_path: Path) -> None:
    with serving(hostile.uniform) as service:
        sla = promised(tmp_path, claim(">=", 0.02))
        code, cost = check(service.url, "--sla", sla, "--budget", "9999", "--dry-run", against=None)
        assert (code, cost["queries_by_target"], service.asked) == (0, {"provider": EVERYTHING}, 0)


@pytest.mark.parametrize(
    "behaviour",
    [hostile.raw(b"<html>"), hostile.probs([[0.1] * 9])],
)
def test_hostile__nothing_but_nonsense__an_error_that_names_it(
    check: Check, tmp_path: Path, behaviour: hostile.Behaviour
) -> None:
    with serving(behaviour) as service:
        sla = promised(tmp_path, claim(">=", 0.02), budget=2)
        code, answer = check(service.url, "--sla", sla, "--budget", "200", against=None)
    assert (code, answer["error"]["culprit"]) == (3, "provider")


def test_hostile__every_second_answer_refused__never_kept(check: Check, tmp_path: Path) -> None:
    """Whoever is silent when an attack comes close must not be found robust."""
    turns = iter(range(10**6))

    def moody(connection: socket.socket, count: int) -> None:
        (hostile.raw(b"no") if next(turns) % 2 else hostile.uniform)(connection, count)

    with serving(moody) as service:
        sla = promised(tmp_path, claim(">=", 0.05))
        code, report = check(service.url, "--sla", sla, "--budget", str(EVERYTHING), against=None)
    assert (code, report["claims"][0]["state"]) == (2, "undecided")
    assert report["robustness"]["all"]["ended"] == 0


@pytest.fixture
def generator(tmp_path: Path) -> Path:
    """A generator's file, not fitted to anything."""
    forms = zip(LAYERS, ((4, 64 + 2 + 10), (4,), (64, 4), (64,)), strict=True)
    random = np.random.default_rng(0)
    path = tmp_path / "mine.safetensors"
    layers = {name: random.normal(size=form) for name, form in forms}
    path.write_bytes(Generator(layers, (1, 8, 8), 10, 2, 0.5).encode())
    return path


def cited(path: Path) -> dict[str, Any]:
    """The attack that an agreement declares for it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"name": "generator", "parameters": {"digest": f"sha256:{digest}"}}


def test_generator__cited_and_given__measured_and_kept_for_replays(
    check: Check, tmp_path: Path, generator: Path
) -> None:
    sla = promised(tmp_path, claim(">=", 0.011), attack=cited(generator))
    _, report = measure(check, sla, "--generator", str(generator))
    kept = Path(report["folder"]) / GENERATOR
    assert report["files"][GENERATOR] == hashlib.sha256(kept.read_bytes()).hexdigest()
    generator.unlink()
    assert app.run(["check", "--replay", report["folder"]]) == 0
    kept.write_bytes(kept.read_bytes()[:-1] + b"\0")
    assert app.run(["check", "--replay", report["folder"]]) == 3


def test_generator__missing_wrong_or_cited_by_nobody__refused(check: Check, tmp_path: Path, generator: Path) -> None:
    sla = promised(tmp_path, claim(">=", 0.011), attack=cited(generator))
    assert measure(check, sla)[1]["error"]["code"] == "no-generator"
    other = tmp_path / "other.safetensors"
    other.write_bytes(generator.read_bytes() + b"\0")
    assert measure(check, sla, "--generator", str(other))[1]["error"]["code"] == "wrong-generator"
    code, answer = measure(check, promised(tmp_path, claim(">=", 0.011)), "--generator", str(generator))
    assert (code, answer["error"]["code"]) == (64, "unused-generator")


@pytest.mark.parametrize(
    "terms",
    [
        {"attack": {"name": "boundary"}},
        {"attack": {"name": "simba", "parameters": {"epsilon": 2}}},
        {"attack": {"name": "simba", "code": "print()"}},
        {"attack": "simba"},
        {"range": [1, 0]},
        {"range": [0]},
        {"budget": 0},
        {"budget": 1.5},
        {"starts": 10**9},
        {"threshold": 0},
        {"from": "anywhere"},
        {"claims": []},
        {"claims": [claim(">=", 0.5, "robustness_10")]},
        {"claims": [claim(">=", 0.5, "robustness_x")]},
        {"claims": [claim(">=", 1.5)]},
        {"range": [0, 0.5], "from": "samples"},
    ],
)
def test_agreement__malformed_terms__refused_before_anything_is_asked(
    check: Check, tmp_path: Path, terms: dict[str, Any]
) -> None:
    with serving(hostile.uniform) as service:
        sla = promised(tmp_path, *terms.pop("claims", [claim(">=", 0.5)]), **terms)
        code, answer = check(service.url, "--sla", sla, against=None)
        assert (code, service.asked) == (3, 0)
        assert answer["error"]["hint"]
