"""`assay supplier explainability`: a supplier rates the explanations of its own model."""

import json

import pytest
from assay_client.cli.app import run


def _run(capsys, *args):
    capsys.readouterr()
    code = run(["supplier", "explainability", *map(str, args), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_rate__integrated_gradients_of_a_network__complete_and_repeatable(cancer, capsys):
    code, found = _run(capsys, cancer, "--samples", 5)
    assert code == 0
    assert found["completeness"] > 0.95
    assert found["rating"] == pytest.approx((found["deletion"] + found["completeness"] + found["stability"]) / 3)
    assert _run(capsys, cancer, "--samples", 5) == (0, found)
    assert _run(capsys, cancer, "--samples", 5, "--seed", 1)[1]["rating"] != found["rating"]


def test_rate__for_people__rating_and_its_parts(cancer, capsys):
    capsys.readouterr()
    assert run(["supplier", "explainability", str(cancer), "--samples", "2"]) == 0
    assert "explainability 0." in capsys.readouterr().out


def test_rate__more_samples_than_there_are__refused(cancer, capsys):
    code, answer = _run(capsys, cancer, "--samples", 100_000)
    assert (code, answer["error"]["code"]) == (5, "too-few-samples")


def test_rate__closed_model__malformed(tmp_path, capsys):
    assert run(["supplier", "init", str(tmp_path / "m"), "--example", "diabetes"]) == 0
    code, answer = _run(capsys, tmp_path / "m")
    assert code == 3
    assert answer["error"]["culprit"] == "supplier"
