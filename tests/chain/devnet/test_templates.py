"""The templates for a consortium's network, as far as they can be checked without its nodes; and its deployment."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from assay_chain import addressbook, keystore
from assay_chain.devnet.embedded.ledger import Ledger
from assay_chain.devnet.embedded.node import Node
from assay_chain.devnet.genesis import Genesis
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Member, Membership
from eth_account import Account

FOLDER = Path(__file__).parents[3] / "hardhat-free-devnet"
BESU = FOLDER / "besu"


@pytest.fixture(scope="module")
def network() -> dict:
    return json.loads((BESU / "network.json").read_text())


def test_genesis__london_and_free_gas__from_the_first_block(network):
    config = network["genesis"]["config"]
    assert config["londonBlock"] == 0
    assert not [name for name in config if name.lower().startswith(("shanghai", "cancun", "prague"))]
    assert config["zeroBaseFee"] is True
    assert int(network["genesis"]["baseFeePerGas"], 16) == 0
    assert tomllib.loads((BESU / "node.toml").read_text())["min-gas-price"] == 0


def test_genesis__qbft__makes_empty_blocks_and_tolerates_a_fault(network):
    qbft = network["genesis"]["config"]["qbft"]
    assert not [name for name in qbft if "empty" in name.lower()]
    assert qbft["requesttimeoutseconds"] > qbft["blockperiodseconds"]
    assert network["blockchain"]["nodes"]["count"] >= 4
    assert "extraData" not in network["genesis"]  # made with the keys


def test_genesis__alloc__holds_no_keys_and_no_well_known_accounts(network):
    assert network["genesis"]["alloc"] == {}


def test_genesis__read_by_the_embedded_engine__is_a_chain(network, tmp_path):
    path = tmp_path / "genesis.json"
    path.write_text(json.dumps(network["genesis"]))
    node = Node(Ledger(Genesis.load(path)))
    node.mine()
    assert node.call("eth_chainId", []) == hex(network["genesis"]["config"]["chainId"])
    assert node.call("eth_getBlockByNumber", ["latest"])["gasLimit"] == hex(30_000_000)


def test_node__rpc__is_on_loopback_without_administration():
    node = tomllib.loads((BESU / "node.toml").read_text())
    assert node["rpc-http-host"] == "127.0.0.1"
    assert node["host-allowlist"] == ["localhost", "127.0.0.1"]
    assert node["rpc-http-api"] == ["ETH", "NET", "WEB3"]
    assert "rpc-ws-enabled" not in node


def test_node__peers__are_the_listed_ones_only():
    node = tomllib.loads((BESU / "node.toml").read_text())
    assert node["discovery-enabled"] is False
    assert node["permissions-nodes-config-file-enabled"] is True
    permissions = BESU / node["permissions-nodes-config-file"]
    allowed = tomllib.loads(permissions.read_text())["nodes-allowlist"]
    assert allowed == json.loads((BESU / node["static-nodes-file"]).read_text())
    assert len(permissions.read_text().splitlines()) == 2  # Besu's own updates work by lines


def test_lock_file__npm__names_no_registry():
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert lock["packages"]["node_modules/@foundry-rs/anvil-linux-amd64"]["version"] == "1.7.1"


def test_deploy_script__on_a_running_chain__hands_over_to_the_gatekeeper(engine, tmp_path):
    keystore.write(engine.alice, tmp_path / "key.json", "secret", work=2)
    (tmp_path / "password").write_text("secret\n")
    treasury, gatekeeper, out = Account.create().address, Account.create().address, tmp_path / "book" / "network.json"
    command = [sys.executable, FOLDER / "deploy.py", "--rpc", engine.url, "--chain-id", "4242", "--block-seconds", "2"]
    who = ["--keystore", tmp_path / "key.json", "--password-file", tmp_path / "password", "--treasury", treasury]
    rest = ["--gatekeeper", gatekeeper, "--store", "s3://bucket/assay", "--out", out]
    subprocess.run([*command, *who, *rest], check=True, timeout=120)
    book = addressbook.load(out)
    assert not book.development
    session = Session.connect(book)
    members = Membership(session).members(session.head().number)
    assert members == (Member(gatekeeper, frozenset({Role.GATEKEEPER})),)
