"""Deployment: every immutable is checked, and whatever is not as planned fails loudly."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assay_chain import deploy as module
from assay_chain.addressbook import CONTRACTS, AddressBook
from assay_chain.amounts import UNIT
from assay_chain.deploy import deploy
from assay_chain.errors import Refused, Reverted, Usage
from assay_chain.policies import load_standard
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Member, Membership
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Token
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.abi import function_signature_to_4byte_selector

from tests.chain.lossy_node import Answer, Forward, LossyNode

Unlock = Callable[[str], LocalAccount]
TREASURY = Account.create().address
GATEKEEPER = Account.create().address
STANDARD = load_standard()
SOURCES = Path(__file__).parents[2] / "contracts"


def deployer(devnet: AddressBook, unlock: Unlock, rpc: str | None = None) -> Session:
    return Session.connect(replace(devnet, contracts={}), unlock("treasury"), rpc=rpc)


def run(session: Session, **changes: Any) -> dict[str, str]:
    settings: dict[str, Any] = {
        "block_seconds": 2.5,
        "minimum_stake": 1000 * UNIT,
        "unbonding_blocks": 100_000,
        "table_bond": 1000 * UNIT,
        "demand_bond": UNIT,
        "answer_blocks": 100,
        "policies": [],
        **changes,
    }
    return deploy(session, TREASURY, GATEKEEPER, **settings)


def test_deploy__all_standard_policies__is_a_network_that_belongs_to_its_gatekeeper(
    devnet: AddressBook, unlock: Unlock
) -> None:
    session = deployer(devnet, unlock)
    contracts = run(session, policies=STANDARD)
    assert set(contracts) == set(CONTRACTS)
    network = Session.connect(replace(devnet, contracts=contracts))
    block = network.latest().number
    assert Membership(network).members(block) == (Member(GATEKEEPER, frozenset({Role.GATEKEEPER})),)
    assert Token(network).total_supply(block) == 0
    policies = Policies(network)
    assert [policies.get(i + 1, block).name for i in range(policies.count(block))] == [spec.name for spec in STANDARD]
    production = policies.by_name("whitebox-10", block)
    assert production
    assert production.terms == next(spec for spec in STANDARD if spec.name == "whitebox-10").terms_at(2.5)
    assert network.call(network.contract("Policies").functions.blockSeconds(), block) == 2
    assert network.call(network.contract("AssayToken").functions.treasury(), block) == TREASURY


def test_deploy__every_immutable_of_the_sources__is_among_those_checked() -> None:
    amounts = ("block_seconds", "minimum_stake", "unbonding_blocks", "table_bond", "demand_bond", "answer_blocks")
    planned = module._immutables({name: name for name in CONTRACTS}, "treasury", **dict.fromkeys(amounts, 1))
    for name in CONTRACTS:
        assert sorted(immutables(name)) == sorted(planned[name])


def immutables(contract: str) -> list[str]:
    """The immutables that the sources declare in a contract and in those of ours that it inherits from."""
    source = SOURCES / f"{contract}.sol"
    if not source.exists():
        return []
    text = source.read_text()
    heading = re.search(rf"^(?:abstract )?contract {contract} is ([\w, \n]+)", text, re.MULTILINE)
    bases = re.findall(r"\w+", heading[1]) if heading else []
    declared = re.findall(r"\bimmutable (\w+);", text)
    return declared + [name for base in bases for name in immutables(base)]


def test_deploy__another_transaction_comes_between__fails_loudly(
    devnet: AddressBook, unlock: Unlock, lossy: LossyNode
) -> None:
    intruder = Token(Session.connect(devnet, unlock("treasury")))

    def intrude(request: Answer, forward: Forward) -> Answer:
        intruder.mint(GATEKEEPER, 1)
        return forward()

    lossy.plan["eth_estimateGas"] = [intrude]
    with pytest.raises(Refused, match="instead of") as caught:
        run(deployer(devnet, unlock, lossy.url))
    assert (caught.value.code, caught.value.culprit) == ("bad-deployment", "chain")


def test_deploy__immutable_is_not_as_planned__fails_loudly(
    devnet: AddressBook, unlock: Unlock, lossy: LossyNode
) -> None:
    selector = "0x" + function_signature_to_4byte_selector("board()").hex()

    def distort(request: Answer, forward: Forward) -> Answer:
        answer = forward()
        call = request["params"][0]
        return {**answer, "result": "0x" + "01".zfill(64)} if call.get("data", "").startswith(selector) else answer

    lossy.always["eth_call"] = distort
    with pytest.raises(Refused, match=r"Vault\.board is") as caught:
        run(deployer(devnet, unlock, lossy.url))
    assert caught.value.code == "bad-deployment"


def test_deploy__policy_that_the_vault_cannot_back__is_refused_in_words(devnet: AddressBook, unlock: Unlock) -> None:
    with pytest.raises(Reverted, match="bond is out of range"):
        run(deployer(devnet, unlock), minimum_stake=UNIT, policies=[STANDARD[1]])


def test_deploy__without_account__is_a_usage_error(devnet: AddressBook) -> None:
    with pytest.raises(Usage):
        run(Session.connect(replace(devnet, contracts={})))
