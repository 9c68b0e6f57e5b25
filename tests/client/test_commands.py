"""Commands that need no oracle: gatekeeper, policies, keys, stakes, listings. In JSON and for people."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from assay_chain import keystore
from assay_chain.addressbook import AddressBook
from assay_client.cli import app
from assay_client.sdk import Client
from assay_client.supplier.publishing import Publication

pytestmark = pytest.mark.xdist_group("client")

Run = Callable[..., Any]


@pytest.fixture
def run(book: AddressBook, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must exit 0 with --json; returns its object."""

    def run(*words: str) -> Any:
        capsys.readouterr()
        assert app.run([*words, "--network", str(book.path), "--json"]) == 0, capsys.readouterr().out
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def newcomer(tmp_path: Path) -> tuple[str, tuple[str, ...]]:
    """An account that the devnet did not make: its address, and the options that act as it."""
    path, password_file = tmp_path / "key.json", tmp_path / "password"
    password_file.write_text("secret\n")
    account = keystore.create(path, "secret", work=2)
    return account.address, ("--keystore", str(path), "--password-file", str(password_file))


def test_newcomer__admitted_and_given_tokens__stakes_and_leaves_without_anybodys_help(
    run: Run, newcomer: tuple[str, tuple[str, ...]]
) -> None:
    address, acting = newcomer
    run("gatekeeper", "admit", address, "--role", "oracle")  # also pays its gas, this being a development network
    run("gatekeeper", "mint", address, "250")
    staked = run("oracle", "stake", "200", *acting)
    assert (staked["free"], staked["balance"], staked["active"]) == ("200", "50", True)
    leaving = run("oracle", "unbond", "200", *acting)
    assert (leaving["unbonding"], leaving["active"]) == ("200", False)
    assert leaving["release_block"] > leaving["block"]
    back = run("oracle", "unbond", "0", *acting)
    assert back["unbonding"] == "0"
    assert run("oracle", "activate", *acting)["active"]
    assert run("oracle", "status", address) | {"block": 0} == run("oracle", "status", address) | {"block": 0}
    assert run("oracle", "withdraw", *acting)["amount"] == "0"
    run("gatekeeper", "revoke", address)
    run("oracle", "unbond", "200", *acting)  # leaving needs no role


def test_stake__too_little__says_how_much_is_missing_until_it_is_drawn(
    book: AddressBook, run: Run, newcomer: tuple[str, tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    address, acting = newcomer
    run("gatekeeper", "admit", address, "--role", "oracle")
    run("gatekeeper", "mint", address, "250")

    def said(*words: str) -> list[str]:
        assert app.run([*words, "--network", str(book.path)]) == 0
        return capsys.readouterr().out.splitlines()

    assert said("oracle", "status", address)[-1] == "It cannot be drawn: 100 more are needed."
    assert said("oracle", "stake", "10", *acting)[-1] == "It cannot be drawn: 90 more are needed."
    assert not any("drawn" in line for line in said("oracle", "stake", "90", *acting))
    assert said("oracle", "unbond", "0.5", *acting)[-1] == "It cannot be drawn: 0.5 more are needed."
    run("oracle", "unbond", "0", *acting)
    assert said("oracle", "status", address)[-1] == "It cannot be drawn until: assay oracle activate"
    before = run("oracle", "status", address)
    assert app.run(["oracle", "stake", "0", *acting, "--network", str(book.path)]) == 64
    assert run("oracle", "status", address) | {"block": 0} == before | {"block": 0}
    run("gatekeeper", "revoke", address)
    assert said("oracle", "status", address)[-1] == "It cannot be drawn: a gatekeeper has to admit it as an oracle."


def test_members__after_admit_and_revoke__follow(run: Run, newcomer: tuple[str, tuple[str, ...]]) -> None:
    address, _ = newcomer

    def roles() -> list[str]:
        members = run("gatekeeper", "members")["members"]
        return next((member["roles"] for member in members if member["address"] == address), [])

    run("gatekeeper", "admit", address, "--role", "client", "--role", "viewer")
    assert roles() == ["client", "viewer"]
    run("gatekeeper", "revoke", address, "--role", "viewer")
    assert roles() == ["client"]
    run("gatekeeper", "revoke", address)
    assert roles() == []


def test_policy__added_retired_resumed__is_what_the_file_says(run: Run, tmp_path: Path) -> None:
    standard = resources.files("assay_chain.policies") / "standard" / "whitebox-2.json"
    document = json.loads(standard.read_text())
    document["name"] = "mine"
    document["terms"]["fee_per_oracle"] = "12.5"
    document["terms"]["bond"] = "100"
    document["terms"] |= {phase: {"blocks": 60} for phase in ("commit", "reveal", "dispute")}
    document["terms"]["development"] = True
    (tmp_path / "policy.json").write_text(json.dumps(document))
    number = run("policy", "add", str(tmp_path / "policy.json"))["policy_id"]
    shown = run("policy", "show", "mine")
    assert (shown["policy_id"], shown["fee_per_oracle"], len(shown["lanes"])) == (number, "12.5", 12)
    run("policy", "retire", "mine")
    assert run("policy", "show", str(number))["retired"]
    listed = {policy["policy_id"]: policy for policy in run("policy", "list")["policies"]}
    assert listed[number]["retired"]
    run("policy", "retire", str(number), "--resume")
    assert not run("policy", "show", "mine")["retired"]
    run("policy", "retire", "mine")  # other tests request under the standard ones


def test_keys__new_and_show__never_show_the_key_and_never_overwrite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    password, path = tmp_path / "password", tmp_path / "key.json"
    password.write_text("correct horse\n")
    words = [str(path), "--password-file", str(password)]
    assert app.run(["keys", "new", *words]) == 0
    first = capsys.readouterr().out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert app.run(["keys", "show", *words]) == 0
    assert capsys.readouterr().out.strip() in first
    kept = path.read_bytes()
    assert app.run(["keys", "new", *words]) == 5
    assert path.read_bytes() == kept


def test_oracle_init__twice__keeps_the_first_key(tmp_path: Path) -> None:
    assert app.run(["oracle", "init", str(tmp_path / "o")]) == 0
    kept = (tmp_path / "o" / "key.json").read_bytes()
    assert app.run(["oracle", "init", str(tmp_path / "o")]) == 5
    assert (tmp_path / "o" / "key.json").read_bytes() == kept
    assert stat.S_IMODE((tmp_path / "o" / "password").stat().st_mode) == 0o600


def test_request_status_votes__through_the_command__say_the_same(
    run: Run, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    requested = run("audit", "request", "breast-cancer", "--max-fee", "30")
    assert requested["cost"] == "30"
    number = str(requested["audit_id"])
    status = run("audit", "status", number)
    assert (status["phase"], status["roster"], status["committed"], status["revealed"]) == ("committing", 3, 0, 0)
    assert status["deadline_block"] > status["block"] >= requested["block"]
    votes = run("audit", "votes", number)["votes"]
    assert [vote["standing"] for vote in votes] == ["open"] * 3
    assert number in [str(entry["audit_id"]) for entry in run("audit", "list", "breast-cancer")["audits"]]
    assert app.run(["audit", "wait", number, "--timeout", "0", "--network", str(client.session.book.path)]) == 2
    assert app.run(["audit", "settle", number, "--network", str(client.session.book.path)]) == 2


def test_models__listed__with_what_cannot_be_read(run: Run, published: Publication) -> None:
    (model,) = (entry for entry in run("supplier", "models")["models"] if entry["model_id"] == published.model_id)
    assert (model["name"], model["manifest_digest"]) == ("breast-cancer", published.digest.hex())


@pytest.mark.parametrize(
    "line",
    [
        "gatekeeper members",
        "policy list",
        "policy show 1",
        "supplier models",
        "audit list breast-cancer",
        "oracle status oracle-1",
        "withdraw",
        "audit open",
        "version",
    ],
)
def test_output__for_people__is_text_without_traceback(
    line: str, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    network = [] if line == "version" else ["--network", str(client.session.book.path)]
    capsys.readouterr()
    assert app.run([*line.split(), *network]) == 0
    out, err = capsys.readouterr()
    assert out.strip()
    assert not out.startswith("{")
    assert "Traceback" not in err
