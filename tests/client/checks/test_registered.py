"""`--against model:DIGEST`: the registered model, instantiated here, stands for the supplier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.models import Models
from assay_client.accounts import choose
from assay_client.checks.endpoints.registered import instantiate
from assay_client.cli import app
from assay_client.supplier import examples, publishing
from assay_client.zoo import models


@pytest.fixture(scope="module")
def digest(devnet: AddressBook, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the zoo's model, published on a chain of ours."""
    folder = tmp_path_factory.mktemp("published") / "digits"
    examples.write("digits", folder)
    session = Session.connect(devnet, choose(devnet, None, None, None, "supplier"))
    return publishing.publish(session, folder, compute=False).digest.hex()


@pytest.mark.parametrize(("provider", "code"), [("honest", 0), ("weak", 1)])
def test_model__registered__stands_for_the_supplier(
    zoo: str,
    devnet: AddressBook,
    digest: str,
    provider: str,
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = ["check", f"{zoo}/{provider}", "--against", f"model:{digest}", "--network", str(devnet.path), "--seed", "1"]
    capsys.readouterr()
    found = app.run([*line, "--pace", "0", "--report", str(tmp_path / "r"), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert found == code, report
    assert [method["name"] for method in report["methods"]] == ["benchmark"]
    assert report["methods"][0]["queries_by_target"].keys() == {"provider", "reference"}
    assert app.run(["check", "--replay", str(tmp_path / "r")]) == code


def test_model__instantiated__computes_what_the_published_weights_do(devnet: AddressBook, digest: str) -> None:
    found = instantiate(Session.connect(devnet), bytes.fromhex(digest))
    inputs = found.test.inputs[:20].astype(float)
    answer = found.endpoint.classify(inputs, None, lambda why: True)
    zoo_models = models.load()
    assert answer.probs == pytest.approx(zoo_models.network(zoo_models.current, inputs), abs=1e-9)


@pytest.mark.parametrize(("name", "code"), [("model:" + "00" * 32, 3), ("model:zz", 64), ("model:00", 64)])
def test_model__unknown_or_no_digest__said_plainly(
    zoo: str, devnet: AddressBook, name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["check", f"{zoo}/honest", "--against", name, "--network", str(devnet.path)]) == code
    assert "To do:" in capsys.readouterr().err


def test_signer__of_a_registered_model__is_the_account_that_registered_it_unless_several_did(
    zoo: str, devnet: AddressBook, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["check", f"{zoo}/honest", "--against", f"{zoo}/supplier", "--network", str(devnet.path), "--json"]
    line += ["--methods", "metaresult", "--set", f"metaresult.signer=model:{digest}"]
    capsys.readouterr()
    code = app.run([*line, "--pace", "0", "--report", str(tmp_path / "r")])
    report = json.loads(capsys.readouterr().out)
    assert code == 2, "the zoo signs with a key of its own"
    assert "not signed by the supplier" in report["methods"][0]["silent"]
    assert report["plan"]["options"]["metaresult"]["signer"] == devnet.accounts["supplier"].address

    impostor = Session.connect(devnet, choose(devnet, None, None, None, "gatekeeper"))
    members, other = Membership(impostor), devnet.accounts["gatekeeper"].address
    members.admit(other, [Role.SUPPLIER])
    try:
        Models(impostor).register(bytes.fromhex(digest), "file:///nowhere")
    finally:
        members.revoke(other, [Role.SUPPLIER])  # others use this chain too
    assert app.run([*line, "--dry-run"]) == 64
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "several-owners"
