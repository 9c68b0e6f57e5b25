"""Deploying a network: contracts that know each other from birth, checked to the last immutable, and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from web3.utils.address import get_create_address

from assay_chain import artifacts
from assay_chain.addressbook import CONTRACTS
from assay_chain.errors import Refused, Usage
from assay_chain.node_errors import translated
from assay_chain.roles import Role
from assay_chain.wrappers.membership import Member, Membership
from assay_chain.wrappers.policies import Policies

if TYPE_CHECKING:
    from assay_chain.policies.types import PolicySpec
    from assay_chain.session import Session


def deploy(
    session: Session,
    treasury: str,
    gatekeeper: str,
    *,
    block_seconds: float,
    minimum_stake: int,
    unbonding_blocks: int,
    table_bond: int,
    demand_bond: int,
    answer_blocks: int,
    policies: Sequence[PolicySpec],
) -> dict[str, str]:
    """Deploy a network, add its policies, and hand it to its gatekeeper.

    The deployer admits nobody and keeps no right: it is gatekeeper only while it adds the policies (unless it is the
    one to be). Run it once, from an account that does nothing else meanwhile; after an error start over.

    Args:
        session: of the deployer, on a book without contracts.
        treasury: checksummed address that mints tokens and is owed slashes and forfeits.
        gatekeeper: checksummed address of the first gatekeeper.
        block_seconds: the chain's block time.
        minimum_stake: least stake of an active seat, in the token's smallest unit; the largest bond of a policy.
        unbonding_blocks: longer than 200 blocks and twice the three phases of every policy.
        table_bond: what a supplier deposits for every fairness table, in the token's smallest unit.
        demand_bond: what who asks for a row of a table deposits; it should cover the gas of an answer.
        answer_blocks: how long a row that was asked for can be shown; at least 120 s of blocks with real bonds.
        policies: added in this order.

    Returns:
        The contracts' addresses by name.

    Raises:
        Usage: the session has no account.
        Refused: another transaction of the deployer came between, or the deployed network is not the one planned.
        Reverted: a contract refused its parameters, or a policy.
    """
    if session.account is None:
        raise Usage(
            "deploying needs an account", code="no-account", culprit="local", hint="Connect with the deployer's."
        )
    deployer = session.account.address
    with translated():
        nonce = session.w3.eth.get_transaction_count(deployer, "pending")
    contracts: dict[str, str] = {name: get_create_address(deployer, nonce + i) for i, name in enumerate(CONTRACTS)}  # type: ignore[arg-type]
    planned = _immutables(
        contracts,
        treasury,
        block_seconds=max(1, int(block_seconds)),
        minimum_stake=minimum_stake,
        unbonding_blocks=unbonding_blocks,
        table_bond=table_bond,
        demand_bond=demand_bond,
        answer_blocks=answer_blocks,
    )
    for name in CONTRACTS:
        code = artifacts.load(name)
        arguments = (deployer,) if name == "Membership" else tuple(planned[name].values())
        receipt = session.send(session.w3.eth.contract(abi=code.abi, bytecode=code.bytecode).constructor(*arguments))
        if receipt["contractAddress"] != contracts[name]:
            raise _failed(f"{name} was deployed at {receipt['contractAddress']} instead of {contracts[name]}")
    network = session.on(replace(session.book, contracts=contracts, block_time=block_seconds))
    for spec in policies:
        Policies(network).add(spec)
    _hand_over(network, deployer, gatekeeper)
    _verify(network, planned, gatekeeper)
    return contracts


def _immutables(
    contracts: dict[str, str],
    treasury: str,
    *,
    block_seconds: int,
    minimum_stake: int,
    unbonding_blocks: int,
    table_bond: int,
    demand_bond: int,
    answer_blocks: int,
) -> dict[str, dict[str, Any]]:
    """What each contract must answer for ever, by getter, in the order of its constructor's parameters."""
    membership, vault = contracts["Membership"], contracts["Vault"]
    return {
        "AssayToken": {"treasury": treasury},
        "Membership": {},
        "Policies": {"membership": membership, "vault": vault, "blockSeconds": block_seconds},
        "ModelRegistry": {"membership": membership},
        "Vault": {
            "token": contracts["AssayToken"],
            "membership": membership,
            "board": contracts["AuditBoard"],
            "tables": contracts["FairnessBoard"],
            "treasury": treasury,
            "minimumStake": minimum_stake,
            "unbondingBlocks": unbonding_blocks,
        },
        "FairnessBoard": {
            "membership": membership,
            "models": contracts["ModelRegistry"],
            "auditBoard": contracts["AuditBoard"],
            "vault": vault,
            "tableBond": table_bond,
            "demandBond": demand_bond,
            "answerBlocks": answer_blocks,
        },
        "AuditBoard": {
            "membership": membership,
            "policies": contracts["Policies"],
            "models": contracts["ModelRegistry"],
            "vault": vault,
            "tables": contracts["FairnessBoard"],
        },
    }


def _hand_over(network: Session, deployer: str, gatekeeper: str) -> None:
    if gatekeeper == deployer:
        return
    membership = Membership(network)
    membership.admit(gatekeeper, [Role.GATEKEEPER])
    membership.revoke(deployer, [Role.GATEKEEPER])


def _verify(network: Session, planned: dict[str, dict[str, Any]], gatekeeper: str) -> None:
    block = network.latest().number
    for name, getters in planned.items():
        for getter, expected in getters.items():
            found = network.call(network.contract(name).functions[getter](), block)
            if found != expected:
                raise _failed(f"{name}.{getter} is {found} instead of {expected}")
    if Membership(network).members(block) != (Member(gatekeeper, frozenset({Role.GATEKEEPER})),):
        raise _failed("somebody besides the gatekeeper has a role")


def _failed(what: str) -> Refused:
    return Refused(
        f"the deployment failed: {what}",
        code="bad-deployment",
        culprit="chain",
        hint="Abandon these contracts and deploy again, from an account that sends nothing else meanwhile.",
    )
