"""Steganography over HTTP: a zoo whose supplier reads messages, and a client with a kit of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from assay_client.cli import app


@pytest.fixture(scope="module")
def stego(home: Path):
    """What the zoo says of itself."""
    command = [sys.executable, "-m", "assay_client.cli", "zoo", "serve", "--stego", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def check(stego, tmp_path, capsys):
    def run(path, *options):
        line = ["check", stego["url"] + path, "--against", stego["supplier"], "--report", str(tmp_path / "report")]
        line += ["--methods", "steganography", "--seed", "1", "--pace", "0", "--json"]
        code = app.run([*line, *options])
        return code, json.loads(capsys.readouterr().out)

    return lambda path, *options: run(path, "--set", f"steganography.kit={stego['kit']}", *options)


def test_check__provider_forwards__passes_and_the_report_replays(check, tmp_path, capsys):
    code, report = check("/honest")
    assert (code, report["verdict"]) == (0, "pass")
    (method,) = report["methods"]
    assert method["facts"]["supplier_hits"] > 250
    assert app.run(["check", "--replay", str(tmp_path / "report"), "--json"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("path", ["/weak", "/stale", "/mix?f=0.5", "/mix?f=0.8"])
def test_check__provider_answers_by_itself__fails_after_few_containers(check, path):
    code, report = check(path)
    assert (code, report["verdict"]) == (1, "fail")
    (method,) = report["methods"]
    assert method["facts"]["hits"] + method["facts"]["misses"] <= 60


def test_check__no_kit__says_how_to_name_one(stego, capsys):
    code = app.run(
        ["check", stego["url"] + "/weak", "--against", stego["supplier"], "--methods", "steganography", "--json"]
    )
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["error"]["code"]) == (64, "no-kit")
    assert "steganography.kit=FILE" in answer["error"]["hint"]


def test_check__kit_that_is_none__names_the_file(check, tmp_path):
    wrong = tmp_path / "kit"
    wrong.write_bytes(b"no tensors")
    code, answer = check("/weak", "--set", f"steganography.kit={wrong}")
    assert code == 3
    assert str(wrong) in answer["error"]["message"]
