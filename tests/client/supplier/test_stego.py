"""`assay supplier stego train` as a supplier runs it, and the check with a kit that it wrote."""

import json

import numpy as np
import pytest
from assay_client.cli.app import run
from assay_oracles.audits.steganography import kit as kits
from assay_oracles.audits.steganography import service as services
from safetensors.numpy import save_file


def _run(capsys, *args):
    code = run(["supplier", "stego", "train", *map(str, args), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_train__digits_few_steps__writes_service_kits_and_an_honest_report(tmp_path, capsys):
    code, report = _run(capsys, tmp_path / "out", "--steps", 60, "--clients", 1)
    assert code == 0
    service = services.load(tmp_path / "out" / "service.safetensors")
    for name, found in report["kits"].items():
        kit = kits.load(tmp_path / "out" / name)
        assert kit.classes == service.classes == 10
        assert 0 <= found["hit_rate_bound"] <= found["hits"] / found["containers"] <= 1
        assert {r["source"] for r in found["adversaries"]} == {"published kit", "supplier's answers"}
    assert json.loads((tmp_path / "out" / "report.json").read_text())["kits"] == report["kits"]


def test_train__folder_with_files__refused_and_nothing_touched(tmp_path, capsys):
    (tmp_path / "mine").write_text("precious")
    code, answer = _run(capsys, tmp_path, "--steps", 1)
    assert (code, answer["error"]["code"]) == (5, "folder-not-empty")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_train__folder_that_cannot_be_made__refused_before_the_training(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    code, answer = _run(capsys, tmp_path / "file" / "out", "--steps", 10**9)
    assert (code, answer["error"]["code"]) == (5, "folder-refused")


@pytest.mark.parametrize(
    ("arrays", "options", "named"),
    [
        ({"inputs": np.zeros((4, 30)), "labels": np.zeros(4, dtype=np.int64)}, [], "images"),
        ({"inputs": np.eye(4).reshape(4, 4), "labels": np.arange(4)}, [], "images"),
        ({"inputs": np.full((4, 1, 2, 2), np.nan), "labels": np.arange(4)}, [], "NaN"),
        ({"inputs": np.eye(4).reshape(4, 1, 2, 2), "labels": np.arange(3)}, [], "labels"),
        ({"inputs": np.eye(4).reshape(4, 1, 2, 2)}, [], "labels"),
        ({"inputs": np.eye(4).reshape(4, 1, 2, 2), "labels": np.arange(4)}, ["--messages", 3], "at least 16"),
    ],
)
def test_train__bad_data_or_settings__says_what_is_wrong(tmp_path, capsys, arrays, options, named):
    path = tmp_path / "data.safetensors"
    save_file(arrays, path)
    code, answer = _run(capsys, tmp_path / "out", "--data", path, "--steps", 1, *options)
    assert code == 3
    assert named in answer["error"]["message"]
    assert not (tmp_path / "out").exists()
