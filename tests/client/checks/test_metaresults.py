"""Metaresults by real HTTP: the zoo's cheats, hostile data beside answers, keys from the wrong hands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from assay_client.checks import journal as journals
from assay_client.checks import keys, methods
from assay_client.checks.endpoints.info import parse
from assay_client.cli import app
from assay_client.zoo.supplier import SIGNER
from assay_oracles.audits.evidence.method import Target

from tests.client.checks import hostile
from tests.client.checks.conftest import Check
from tests.client.checks.hostile import serving

OTHER = f"0x{'11' * 20}"
ONLY = ("--methods", "metaresult")
UNIFORM = [[0.1] * 10]


@pytest.mark.parametrize(
    ("provider", "code", "refused"),
    [
        ("/honest", 0, None),
        ("/slow?ms=1", 0, None),
        ("/weak", 1, "no record"),
        ("/cache", 1, "no record"),
        ("/forger", 1, "not signed by the supplier"),
        ("/rounding", 1, "signed for another answer"),
        ("/mix?f=0.5", 1, "no record"),
    ],
)
def test_provider__checked_by_records__as_expected(check: Check, provider: str, code: int, refused: str | None) -> None:
    found, report = check(provider, *ONLY)
    assert found == code, report["methods"]
    facts = report["methods"][0]["facts"]
    assert facts["signer"] == SIGNER
    assert refused is None or refused in facts["refused"]
    assert 0.5 < facts["explainability"]["rating"] <= 1


@pytest.mark.parametrize(("provider", "code"), [("/honest", 0), ("/forger", 1), ("/weak", 1)])
def test_provider__checked_by_explanations__as_expected(check: Check, provider: str, code: int) -> None:
    found, report = check(provider, *ONLY, "--set", "metaresult.proof=explanations")
    assert found == code, report["methods"]
    assert report["methods"][0]["facts"]["signer"] is None


def test_key__named_by_the_client__counts_more_than_what_the_supplier_declares(check: Check) -> None:
    code, report = check("/honest", *ONLY, "--set", f"metaresult.signer=0x{'11' * 20}")
    assert code == 2
    assert "not signed by the supplier" in report["methods"][0]["silent"]
    assert report["queries_by_target"].keys() == {"supplier"}


@pytest.mark.parametrize(("agreed", "typed", "code"), [(SIGNER, None, 0), (OTHER, None, 2), (OTHER, SIGNER, 0)])
def test_key__named_by_the_agreement__counts_more_than_what_the_supplier_declares_and_less_than_what_is_typed(
    check: Check, tmp_path: Path, agreed: str, typed: str | None, code: int
) -> None:
    objective = {"name": "up", "then": {"parameter": "up", "op": ">=", "share": 0.1}}
    document = {"schema": "assay/sla/1", "name": "s", "parties": {"provider": "P"}, "signer": agreed}
    document |= {"parameters": {"up": {"resource": "answered"}}, "objectives": [objective]}
    (tmp_path / "sla.json").write_text(json.dumps(document))
    options = ("--set", f"metaresult.signer={typed}") if typed else ()
    found, report = check("/honest", "--sla", str(tmp_path / "sla.json"), *ONLY, "--budget", "800", *options)
    assert found == code, report["methods"]
    assert report["methods"][0]["facts"].get("signer", agreed) == (typed or agreed)


def test_key__in_an_agreement_of_a_supplier_that_declares_none__metaresults_run_unasked() -> None:
    plain = parse(hostile.INFO, lambda _, what, __: ValueError(what))
    options = keys.resolved({}, {"signer": SIGNER}, None)
    assert "metaresult" in methods.chosen((), Target.SUPPLIER, keys.signed(plain, options))
    assert "metaresult" not in methods.chosen((), Target.SUPPLIER, keys.signed(plain, keys.resolved({}, {}, None)))


@pytest.mark.parametrize("option", ["signer=0x12", "signer=", "proof=faith"])
def test_option__wrong__usage(check: Check, option: str) -> None:
    found, error = check("/honest", *ONLY, "--set", f"metaresult.{option}")
    assert (found, error["error"]["code"], error["error"]["culprit"]) == (64, "bad-option", "local")


def test_supplier__declares_no_metaresults__usage_and_never_unasked(check: Check) -> None:
    with serving(hostile.uniform) as service:
        code, error = check("/honest", *ONLY, "--against", service.url, against=None)
    assert (code, error["error"]["code"]) == (64, "no-metaresults")
    plain = parse(hostile.INFO, lambda _, what, __: ValueError(what))
    signing = parse(hostile.INFO | {"signer": SIGNER}, lambda _, what, __: ValueError(what))
    assert "metaresult" not in methods.chosen((), Target.SUPPLIER, plain)
    assert "metaresult" in methods.chosen((), Target.SUPPLIER, signing)
    assert "metaresult" not in methods.chosen((), Target.REFERENCE, signing)


def test_provider__declares_a_key_of_its_own__nobody_asks_it(check: Check, zoo: str) -> None:
    with serving(hostile.uniform, hostile.INFO | {"signer": f"0x{'11' * 20}"}) as service:
        code, report = check(service.url, *ONLY)
    assert code == 1
    assert report["methods"][0]["facts"]["signer"] == SIGNER


@pytest.mark.parametrize("budget", ["72", "2"])
def test_budget__too_small_for_a_round__usage(check: Check, budget: str) -> None:
    code, error = check("/honest", *ONLY, "--budget", budget)
    assert (code, error["error"]["code"]) == (64, "budget-too-small")


@pytest.mark.parametrize("key", ["signer", "explanations"])
@pytest.mark.parametrize("value", [1, [], "0x", "key", {"baseline": "0"}, {"baseline": 1e300}])
def test_info__wrong_metaresults__malformed(check: Check, key: str, value: Any) -> None:
    with serving(hostile.uniform, hostile.INFO | {key: value}) as service:
        code, error = check(service.url, *ONLY)
    assert (code, error["error"]["code"], error["error"]["culprit"]) == (3, "bad-info", "provider")


@pytest.mark.parametrize(
    "meta",
    [[], "x", {"record": []}, {"record": {"time": 1}}, {"attributions": [[[["x"]]]], "record": {"signature": "é"}}],
)
def test_meta__of_any_shape__no_proof_and_never_a_crash(check: Check, meta: Any) -> None:
    with serving(hostile.document({"probs": UNIFORM, "model": "x", "meta": meta})) as service:
        code, report = check(service.url, *ONLY)
    assert code == 1
    assert set(report["methods"][0]["facts"]["refused"]) <= {"no record", "not a record"}


@pytest.mark.parametrize("meta", [b"1e999", b'{"record": {"time": -1e999}}', b"[" * 500 + b"]" * 500])
def test_meta__cannot_be_written_down__malformed_and_the_provider_is_blamed(check: Check, meta: bytes) -> None:
    body = b'{"probs": ' + json.dumps(UNIFORM).encode() + b', "meta": ' + meta + b"}"
    with serving(hostile.raw(body)) as service:
        code, error = check(service.url, *ONLY)
    assert (code, error["error"]["code"], error["error"]["culprit"]) == (3, "bad-meta", "provider")


def test_nonces__of_two_runs_with_one_seed__never_the_same(check: Check, tmp_path: Path) -> None:
    nonces: list[str] = []
    for name in ("one", "two"):
        assert check("/forger", *ONLY, "--report", str(tmp_path / name))[0] == 1
        _, exchanges = journals.read(tmp_path / name / journals.NAME)
        nonces += [exchange.asked["nonce"] for exchange in exchanges if exchange.asked["nonce"] is not None]
    assert len(set(nonces)) == len(nonces) > 50


def test_report__of_a_forger__replays_rates_the_supplier_and_names_what_was_refused(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, report = check("/forger", *ONLY)
    assert app.run(["check", "--replay", str(tmp_path / "report")]) == 1
    rating = report["methods"][0]["facts"]["explainability"]["rating"]
    assert f"rated {rating:.2f} of 1" in (tmp_path / "report" / "report.html").read_text()
    assert f"explainability {rating:.2f} (deletion" in capsys.readouterr().out
    evidence = report["methods"][0]["facts"]["evidence"]
    assert {entry["refused"] for entry in evidence} == {"not signed by the supplier"}
