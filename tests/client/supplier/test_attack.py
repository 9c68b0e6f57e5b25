"""`assay supplier attack` as a supplier runs it."""

import hashlib
import json

import pytest
from assay_client.cli.app import run
from assay_oracles.audits.robustness import attacks, generator


def _run(capsys, *args):
    capsys.readouterr()
    code = run(["supplier", "attack", *map(str, args), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_train__a_table__writes_what_it_declares_and_does_better_than_nothing(cancer, tmp_path, capsys):
    path = tmp_path / "out" / "g.safetensors"
    code, report = _run(capsys, "train", cancer, path, "--steps", 60)
    assert code == 0
    assert attacks.parse(report["attack"]).digest == hashlib.sha256(path.read_bytes()).digest()
    assert generator.load(path).shape == (30,)
    assert report["error"] > report["error_unchanged"] + 0.2
    assert report["range"][0] < report["range"][1]


def test_train__file_exists__refused_and_left_alone(cancer, tmp_path, capsys):
    path = tmp_path / "g"
    path.write_text("precious")
    code, answer = _run(capsys, "train", cancer, path, "--steps", 1)
    assert (code, answer["error"]["code"], path.read_text()) == (5, "file-exists", "precious")


@pytest.mark.parametrize("options", [("--reach", 0), ("--reach", 2), ("--steps", 0), ("--hidden", 0), ("--seed", -1)])
def test_train__bad_settings__says_which(cancer, tmp_path, capsys, options):
    code, answer = _run(capsys, "train", cancer, tmp_path / "g", *options)
    assert code == 3
    assert options[0][2:] in answer["error"]["message"]


def test_train__closed_model__malformed(tmp_path, capsys):
    assert run(["supplier", "init", str(tmp_path / "m"), "--example", "diabetes"]) == 0
    code, answer = _run(capsys, "train", tmp_path / "m", tmp_path / "g")
    assert (code, answer["error"]["culprit"]) == (3, "supplier")


def test_list__every_attack__with_its_parameters(capsys):
    code, answer = _run(capsys, "list")
    assert code == 0
    assert {one["name"] for one in answer["attacks"]} == set(attacks.KINDS)
