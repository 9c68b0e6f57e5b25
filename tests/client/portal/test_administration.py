"""Administration over REST and with `--prepare`: keys stay at home, everything is in the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Membership
from assay_client.cli import app
from eth_account import Account
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI

from tests.client.portal.conftest import Acting, account_of

pytestmark = pytest.mark.xdist_group("portal")

Sign = Callable[[dict[str, Any], str], str]


@pytest.fixture
def sign(sign_as: Acting, network: AddressBook) -> Sign:
    """Sign a prepared call at home."""

    def sign(call: dict[str, Any], name: str) -> str:
        session, account = sign_as(name), account_of(network, name)
        fields = {"to": call["to"], "data": call["data"], "value": int(call["value"]), "chainId": call["chain_id"]}
        gas = {"gas": 300_000, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
        nonce = session.w3.eth.get_transaction_count(account.address)
        return account.sign_transaction({**fields, **gas, "nonce": nonce}).raw_transaction.to_0x_hex()

    return sign


def admin(client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    return client.post(f"/api/v1/admin/{path}", json=body)


def entries(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/admin/log").json()["entries"]
    return found


def roles(session: Session, account: LocalAccount) -> frozenset[Role]:
    return Membership(session).roles_of(account.address, session.latest().number)


def test_admission__prepared_signed_at_home_and_passed_on__is_on_the_chain_and_in_the_log(
    gatekeeper: httpx.Client, sign: Sign, sign_as: Acting
) -> None:
    session, newcomer = sign_as("gatekeeper"), Account.create()
    act = {"act": "admit", "account": newcomer.address, "roles": ["viewer"]}
    (call,) = admin(gatekeeper, "prepare", act).json()["transactions"]
    assert (call["function"], call["value"]) == ("grantRole(bytes32,address)", "0")
    assert roles(session, newcomer) == frozenset()
    sent = admin(gatekeeper, "transactions", {"raw": sign(call, "gatekeeper")})
    assert sent.status_code == 202, sent.text
    session.wait(bytes.fromhex(sent.json()["tx"][2:]))
    assert roles(session, newcomer) == {Role.VIEWER}
    assert admin(gatekeeper, "prepare", act).json()["transactions"] == []
    logged = entries(gatekeeper)
    assert [entry["act"] for entry in logged[:3]] == ["prepare", "administration", "prepare"]
    assert logged[1]["detail"]["hash"] == sent.json()["tx"]
    assert logged[1]["address"] == session.account.address  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("act", "function"),
    [
        ({"act": "pause"}, "pause()"),
        ({"act": "unpause"}, "unpause()"),
        ({"act": "withdraw"}, "withdraw()"),
        ({"act": "mint", "account": "0x" + "11" * 20, "amount": "1.5"}, "mint(address,uint256)"),
        ({"act": "retire-policy", "policy_id": 1}, "retire(uint32,bool)"),
    ],
)
def test_prepare__each_act__its_function(gatekeeper: httpx.Client, act: dict[str, Any], function: str) -> None:
    (call,) = admin(gatekeeper, "prepare", act).json()["transactions"]
    assert call["function"] == function
    assert call["description"]


@pytest.mark.parametrize(
    "act",
    [
        {},
        {"act": "reign"},
        {"act": "admit", "account": "somebody", "roles": ["viewer"]},
        {"act": "admit", "account": "0x" + "11" * 20, "roles": []},
        {"act": "admit", "account": "0x" + "11" * 20, "roles": ["king"]},
        {"act": "mint", "account": "0x" + "11" * 20, "amount": "-1"},
        {"act": "mint", "account": "0x" + "11" * 20, "amount": "1" * 40},
        {"act": "add-policy", "policy": {}},
        {"act": "retire-policy", "policy_id": 2**32},
    ],
)
def test_prepare__nonsense__refused(gatekeeper: httpx.Client, act: dict[str, Any]) -> None:
    answer = admin(gatekeeper, "prepare", act)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["hint"]


def test_administration__by_anyone_else__refused(member: httpx.Client, gateway: str) -> None:
    with httpx.Client(base_url=gateway) as stranger:
        for client, status in ((member, 403), (stranger, 401)):
            assert admin(client, "prepare", {"act": "pause"}).status_code == status
            assert admin(client, "transactions", {"raw": "0x00"}).status_code == status
            assert client.get("/api/v1/admin/log").status_code == status


def test_transactions__signed_by_another_or_no_administration__refused_and_logged(
    gatekeeper: httpx.Client, sign: Sign, network: AddressBook
) -> None:
    (pause,) = admin(gatekeeper, "prepare", {"act": "pause"}).json()["transactions"]
    stolen = admin(gatekeeper, "transactions", {"raw": sign(pause, "client")})
    assert (stolen.status_code, stolen.json()["error"]["code"]) == (403, "not-yours")
    elsewhere = admin(gatekeeper, "transactions", {"raw": sign({**pause, "chain_id": 1}, "gatekeeper")})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (403, "wrong-chain")
    approve = {**pause, "to": network.contracts["AssayToken"], "data": "0x095ea7b3" + "00" * 64}
    other = admin(gatekeeper, "transactions", {"raw": sign(approve, "gatekeeper")})
    assert (other.status_code, other.json()["error"]["code"]) == (403, "not-administration")
    assert admin(gatekeeper, "transactions", {"raw": "0xzz"}).status_code == 400
    codes = [entry["detail"].get("code") for entry in entries(gatekeeper) if entry["act"] == "refused"]
    assert {"not-yours", "wrong-chain", "not-administration"} <= set(codes)


def test_commands__prepare__unsigned_calls_that_need_no_key(
    network: AddressBook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    someone = "0x" + "22" * 20

    def prepared(*words: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert app.run([*words, "--prepare", "--network", str(network.path), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["schema"] == "assay/prepared/1"
        transactions: list[dict[str, Any]] = found["transactions"]
        return transactions

    assert prepared("gatekeeper", "admit", someone, "--role", "viewer")[0]["description"].startswith("Admit")
    assert prepared("gatekeeper", "revoke", someone) == []
    assert prepared("gatekeeper", "mint", someone, "5")[0]["contract"] == "AssayToken"
    assert prepared("gatekeeper", "pause")[0]["function"] == "pause()"
    assert prepared("gatekeeper", "unpause")[0]["function"] == "unpause()"
    assert prepared("policy", "retire", "1")[0]["contract"] == "Policies"
    assert prepared("withdraw")[0]["contract"] == "Vault"


def test_command__log__shown_and_checked(application: FastAPI, gatekeeper: httpx.Client, tmp_path: Path) -> None:
    folder = application.state.settings.directory
    assert app.run(["gatekeeper", "log", "--dir", str(folder), "--newest", "3"]) == 0
    lines = (folder / "audit-log.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "audit-log.jsonl").write_text("".join([lines[0].replace("login", "logon"), *lines[1:]]))
    assert app.run(["gatekeeper", "log", "--dir", str(tmp_path)]) == 3
