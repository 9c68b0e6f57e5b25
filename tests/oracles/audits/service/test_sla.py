"""Agreements: what is one, what its parameters mean, and what the counts say about its objectives."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Answer, Failure, Target
from assay_oracles.audits.service import sla
from assay_oracles.audits.service.judging import judge, judge_counts
from assay_oracles.audits.service.probe import Probe
from assay_oracles.audits.service.sla import Objective, Observation
from assay_oracles.audits.whitebox import manifest

DOCUMENT: dict[str, Any] = {
    "schema": "assay/sla/1",
    "name": "gold",
    "parties": {"provider": "P", "client": "C", "supporting": ["S"]},
    "parameters": {
        "useful": {"all": ["answered", "right", "prompt"]},
        "prompt": {"not": "slow"},
        "slow": {"resource": "late", "milliseconds": 200},
        "answered": {"resource": "answered"},
        "right": {"resource": "correct"},
        "agreeing": {"resource": "agreeing"},
        "three": {"resource": "label", "class": 3},
        "either": {"any": ["right", "agreeing"]},
    },
    "objectives": [
        {"name": "useful", "then": {"parameter": "useful", "op": ">=", "share": 0.9}},
        {
            "name": "threes",
            "if": ["answered", "three"],
            "then": {"parameter": "right", "op": ">=", "share": 0.8},
            "confidence": 0.99,
        },
    ],
}


def changed(**members: Any) -> dict[str, Any]:
    """The document with other members; None takes one away."""
    document = copy.deepcopy(DOCUMENT) | members
    return {name: value for name, value in document.items() if value is not None}


def test_values__of_each_kind__as_documented() -> None:
    agreement = sla.parse(DOCUMENT)
    good = agreement.values(Observation(0.1, label=3, predicted=3, expected=4))
    assert good == {
        "answered": True,
        "right": True,
        "slow": False,
        "prompt": True,
        "useful": True,
        "agreeing": False,
        "three": True,
        "either": True,
    }
    late = agreement.values(Observation(0.2001, label=2, predicted=3, expected=3))
    assert (late["slow"], late["useful"], late["right"], late["either"]) == (True, False, False, True)
    assert not agreement.values(Observation(0.2, label=3, predicted=3))["slow"], "exactly the threshold is in time"
    missing = agreement.values(Observation(None, label=3))
    assert (missing["answered"], missing["slow"], missing["right"], missing["agreeing"]) == (False, True, False, False)


@pytest.mark.parametrize("order", list(itertools.permutations(["a", "b", "c", "d"]))[:12])
def test_values__whatever_the_order_of_definitions__the_same(order: tuple[str, ...]) -> None:
    specs = {"a": {"resource": "answered"}, "b": {"not": "a"}, "c": {"any": ["a", "b"]}, "d": {"all": ["c", "b"]}}
    document = changed(
        parameters={name: specs[name] for name in order},
        objectives=[{"name": "o", "then": {"parameter": "d", "op": "<=", "share": 1}}],
    )
    assert sla.parse(document).values(Observation(0.1)) == {"a": True, "b": False, "c": True, "d": False}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "sla-schema"),
        (changed(schema="assay/sla/2"), "sla-schema"),
        (changed(parties=None), "sla-schema"),
        (changed(parties={}), "sla-schema"),
        (changed(objectives=[]), "no-objective"),
        (changed(more=1), "sla-schema"),
        (changed(parameters={"p": {"resource": "late"}}), "sla-schema"),
        (changed(parameters={"p": {"resource": "p95"}}), "sla-schema"),
        (changed(parameters={"P": {"resource": "answered"}}), "sla-schema"),
        (changed(parameters={"p": {"not": "p"}}), "circular-parameter"),
        (changed(parameters={"p": {"all": ["q"]}, "q": {"any": ["p"]}}), "circular-parameter"),
        (changed(parameters={"p": {"all": ["q"]}}), "unknown-parameter"),
        (changed(parameters={"p": {"resource": "answered"}}), "unknown-parameter"),
        (changed(objectives=DOCUMENT["objectives"][:1] * 2), "repeated-objective"),
    ],
)
def test_parse__no_agreement__refused_with_its_reason(document: Any, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        sla.parse(document)
    assert caught.value.code == code


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b"[" * 100_000, b"NaN"])
def test_load__no_json__refused(data: bytes) -> None:
    with pytest.raises(SpecError):
        sla.load(data)


def test_load__manifest_with_an_agreement__the_agreement() -> None:
    document = {"schema": "assay/manifest/1", "name": "m", "sla": DOCUMENT}
    assert sla.load(json.dumps(document).encode()).name == "gold"
    with pytest.raises(SpecError):
        sla.load(json.dumps(document | {"sla": None}).encode())


@pytest.mark.parametrize("agreement", [DOCUMENT, changed(objectives=[])])
def test_manifest__with_an_agreement__checked_with_it(agreement: dict[str, Any]) -> None:
    closed = {"schema": "assay/manifest/1", "name": "m", "version": "1", "claims": [], "sla": agreement}
    if agreement is DOCUMENT:
        found = manifest.read(json.dumps(closed).encode()).sla
        assert found is not None
        assert found.objectives[0].name == "useful"
    else:
        with pytest.raises(SpecError) as caught:
            manifest.read(json.dumps(closed).encode())
        assert caught.value.code == "no-objective"


def test_parse__definitions_that_fan_out__in_linear_time() -> None:
    parameters: dict[str, Any] = {"p0": {"resource": "answered"}}
    for number in range(1, 64):
        parameters[f"p{number}"] = {"all": [f"p{number - 1}"] * 16}
    document = changed(
        parameters=dict(reversed(parameters.items())),
        objectives=[{"name": "o", "then": {"parameter": "p63", "op": ">=", "share": 0.5}}],
    )
    assert sla.parse(document).values(Observation(0.1))["p63"]


@pytest.mark.parametrize(
    ("op", "share", "successes", "trials", "state"),
    [
        (">=", 0.95, 200, 200, "kept"),
        (">=", 0.99, 200, 200, "undecided"),
        (">=", 0.95, 100, 200, "broken"),
        ("<=", 0.05, 0, 200, "kept"),
        ("<=", 0.05, 5, 200, "undecided"),
        ("<=", 0.05, 30, 200, "broken"),
        ("<=", 1.0, 200, 200, "kept"),
        (">=", 0.0, 0, 200, "kept"),
        (">=", 0.5, 0, 0, "undecided"),
    ],
)
def test_judge_counts__by_the_exact_interval__state(
    op: Any, share: float, successes: int, trials: int, state: str
) -> None:
    objective = Objective("o", (), "p", op, share, 0.95)
    assert judge_counts(objective, successes, trials).judgement.state == state


def test_judge_counts__rule_of_three__hundred_good_ones_show_about_three_percent() -> None:
    low, high = judge_counts(Objective("o", (), "p", "<=", 0.05, 0.95), 0, 100).interval
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_judge__an_honest_service_at_its_bound__broken_in_at_most_five_percent_of_runs() -> None:
    random = np.random.default_rng(5)
    objective = Objective("o", (), "p", "<=", 0.05, 0.95)
    states = [judge_counts(objective, int(random.binomial(300, 0.05)), 300).judgement.state for _ in range(2000)]
    assert states.count("broken") <= 131
    assert states.count("kept") <= 131


def test_judge__condition__only_its_queries_count() -> None:
    seen = [Observation(0.1, label=3, predicted=3)] * 40 + [Observation(0.1, label=2, predicted=3)] * 500
    useful, threes = judge(sla.parse(DOCUMENT), seen)
    assert (threes.successes, threes.trials, threes.judgement.state) == (40, 40, "kept")
    assert (useful.trials, useful.judgement.state) == (540, "broken")


def probe(queries: int, reference: Target | None = Target.SUPPLIER) -> Probe:
    """A probe of ten samples whose label is their number."""
    inputs = np.arange(10.0).reshape(10, 1)
    return Probe(inputs, np.arange(10), 7, sla.parse(DOCUMENT), queries=queries, reference=reference)


def answered(label: int, seconds: float) -> Answer:
    """A sure answer."""
    return Answer(np.eye(10)[[label]], seconds=seconds)


def test_probe__fixed_number_of_single_queries__whatever_is_answered() -> None:
    method = probe(50)
    asked = []
    while (query := method.ask()) is not None:
        asked.append((query.target, len(query.inputs)))
        method.tell(Failure("no") if len(asked) % 4 == 0 else answered(int(query.inputs[0, 0]), 0.1))
    assert sum(target is Target.PROVIDER for target, _ in asked) == 50
    assert {count for _, count in asked} == {1}
    assert dict(method.cost) == {Target.PROVIDER: 50, Target.SUPPLIER: 50}
    assert method.claims[0].trials == 50
    assert method.claims[0].successes == 25, "every second answer of the provider is missing"
    assert method.result.silent


def test_probe__lost_by_ourselves__not_the_services_fault() -> None:
    method = probe(10, None)
    count = 0
    while (query := method.ask()) is not None:
        count += 1
        method.tell(Failure("killed", lost=True) if count == 3 else answered(int(query.inputs[0, 0]), 0.1))
    assert (method.claims[0].successes, method.claims[0].trials) == (9, 9)


def test_schema__committed__is_what_the_document_shows() -> None:
    assert sla.load(json.dumps(DOCUMENT).encode()).document == DOCUMENT
