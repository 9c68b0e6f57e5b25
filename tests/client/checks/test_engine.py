"""How methods share a run: random order, one budget, the same again from the same seed."""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from assay_client.checks import methods
from assay_client.checks.building import build
from assay_client.checks.data import Pool
from assay_client.checks.endpoints.base import Party
from assay_client.checks.endpoints.info import Info
from assay_client.checks.endpoints.local import LocalEndpoint
from assay_client.checks.journal import Journal
from assay_client.checks.plan import Plan, Side
from assay_client.checks.targets import Targets
from assay_client.cli import app
from assay_oracles.audits.evidence.method import Target

INFO = Info((2,), 3, batch=4)
POOL = Pool("points", np.random.default_rng(0).random((400, 2)), np.zeros(400, dtype=np.int64))
PLAN = Plan(
    provider=Side("P", INFO),
    reference=Side("S", INFO),
    kind=Target.SUPPLIER,
    methods=("agreement", "benchmark"),
    options={},
    budget=400,
    alpha=0.05,
    prior=0.5,
    seed=1,
    pace=0.0,
    seed_config={},
    sla=None,
    data={"name": "points", "digest": POOL.digest, "samples": 400},
    started="2026-01-01T00:00:00+00:00",
)


def sure(inputs: np.ndarray) -> np.ndarray:
    """Always the first class."""
    return np.tile([1.0, 0.0, 0.0], (len(inputs), 1))


def run(plan: Plan, folder: Path) -> Journal:
    """Run a plan against two equal functions; gives the journal."""
    endpoints = [LocalEndpoint(sure, INFO, Party("local", name)) for name in "PS"]
    journal = Journal.create(folder, plan)
    build(plan, POOL).engine.run(journal, Targets(*endpoints, Target.SUPPLIER).ask, lambda progress: None)
    journal.close()
    return journal


def order(journal: Journal) -> list[str]:
    """Which method asked, query by query."""
    return [exchange.asked["method"] for exchange in journal.exchanges]


def test_order__of_two_methods__interleaved_and_decided_by_the_seed(tmp_path: Path) -> None:
    one, same, other = (
        order(run(replace(PLAN, seed=seed), tmp_path / name)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == same
    assert one != other
    changes = sum(before != after for before, after in itertools.pairwise(one))
    assert changes > len(one) / 4


@pytest.mark.parametrize("budget", [4, 7, 50, 399])
def test_budget__of_two_methods_together__kept(tmp_path: Path, budget: int) -> None:
    assert run(replace(PLAN, budget=budget), tmp_path).spent <= budget


def test_pace__mean_of_the_pauses__is_about_kept_and_they_vary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    run(replace(PLAN, pace=0.5), tmp_path)
    assert len(pauses) > 50
    assert 0.3 < np.mean(pauses) < 0.7
    assert np.std(pauses) > 0.2


def test_plan__written_and_read__the_same() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN


def test_seeds__of_different_uses_and_runs__differ() -> None:
    seeds = {replace(PLAN, seed=seed).seed_of(what) for seed in (1, 2) for what in ("order", "benchmark")}
    assert len(seeds) == 4


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A method in one file of its own, beside the others."""
    (tmp_path / "extra.py").write_text(
        "from assay_client.checks.methods import benchmark\n"
        "ABOUT = 'a copy'\nDEFAULT = ()\nOPTIONS = {'colour': 'of no use'}\n"
        "def build(setting):\n"
        "    assert setting.options == {'colour': 'red'}\n"
        "    return benchmark.build(setting)\n"
    )
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path)])
    yield "extra"
    sys.modules.pop(f"{methods.__name__}.extra", None)


def test_method__added_as_one_file__is_known_and_built_with_its_options(added: str, tmp_path: Path) -> None:
    assert added in methods.names()
    plan = replace(PLAN, methods=(added,), options={added: {"colour": "red"}})
    assert len(run(plan, tmp_path / "run").exchanges) > 10


def test_zoo__port_taken__usage(capsys: pytest.CaptureFixture[str], zoo: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert app.run(["zoo", "serve", "--port", str(taken.getsockname()[1])]) == 64
    assert "port" in capsys.readouterr().err


def test_zoo__unknown_fields_and_nonsense__refused(zoo: str) -> None:
    import urllib.error
    import urllib.request

    def post(path: str, body: bytes) -> int:
        request = urllib.request.Request(zoo + path, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code

    for inputs in ("", "[]", "[1]", '["x"]', '[[[["a"]]]]', "[[[[0]]]]"):
        assert post("/honest/classify", f'{{"inputs": {inputs}}}'.encode()) == 422
    assert post("/supplier/instances/nobody/classify", b'{"inputs": [[[[0]]]]}') == 404
    assert post("/supplier/instances", b'{"seed_config": {"seed": "x"}}') == 422
