"""The gatekeeper's and the treasury's acts as unsigned calls, for whoever signs them: a key at home, or a multisig."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay_chain.amounts import format_amount
from assay_chain.policies import PolicySpec
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.policies import Policies

if TYPE_CHECKING:
    from web3.contract.contract import ContractFunction

FUNCTIONS = frozenset(
    {
        ("AssayToken", "mint"),
        ("AuditBoard", "pause"),
        ("AuditBoard", "unpause"),
        ("Membership", "grantRole"),
        ("Membership", "revokeRole"),
        ("Policies", "add"),
        ("Policies", "retire"),
        ("Vault", "withdraw"),
    }
)
"""Contract and function of every such act."""


@dataclass(frozen=True)
class Prepared:
    """An unsigned call.

    Attributes:
        chain_id: of the chain that it is for.
        contract: the contract's name; `to` its address.
        function: Solidity signature.
        data: what is sent, 0x-prefixed; no native coin is.
        description: what it does, for whoever signs it.
    """

    chain_id: int
    contract: str
    to: str
    function: str
    data: str
    description: str
    value: str = "0"


class Administration:
    """Prepares acts on one network; sends nothing, and needs no account."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        self._session = session

    def admit(self, address: str, roles: Iterable[Role]) -> list[Prepared]:
        """Give an account the roles that it does not have yet."""
        calls = Membership(self._session).admission(address, roles)
        return [self._prepared("Membership", call, f"Admit {address} as {role}") for role, call in calls.items()]

    def revoke(self, address: str, roles: Iterable[Role] = tuple(Role)) -> list[Prepared]:
        """Take those roles from an account."""
        calls = Membership(self._session).revocation(address, roles)
        return [self._prepared("Membership", call, f"Revoke {role} from {address}") for role, call in calls.items()]

    def mint(self, address: str, amount: int) -> list[Prepared]:
        """Create tokens, in the smallest unit. To be sent by the treasury."""
        call = self._session.contract("AssayToken").functions.mint(address, amount)
        return [self._prepared("AssayToken", call, f"Create {format_amount(amount)} tokens for {address}")]

    def withdraw(self) -> list[Prepared]:
        """Take what the sender is owed: of the treasury, slashes and forfeits."""
        call = self._session.contract("Vault").functions.withdraw()
        return [self._prepared("Vault", call, "Withdraw everything that the sender is owed")]

    def pause(self) -> list[Prepared]:
        """Stop new requests."""
        call = self._session.contract("AuditBoard").functions.pause()
        return [self._prepared("AuditBoard", call, "Stop new requests")]

    def unpause(self) -> list[Prepared]:
        """Allow new requests again."""
        call = self._session.contract("AuditBoard").functions.unpause()
        return [self._prepared("AuditBoard", call, "Allow new requests again")]

    def add_policy(self, spec: PolicySpec) -> list[Prepared]:
        """Add a policy, which can be retired and never changed."""
        call = Policies(self._session).addition(spec)
        return [self._prepared("Policies", call, f"Add the {spec.kind.name.lower()} policy {spec.name}")]

    def retire_policy(self, policy_id: int, retired: bool) -> list[Prepared]:
        """Stop, or resume, requests under a policy."""
        call = Policies(self._session).retirement(policy_id, retired)
        return [self._prepared("Policies", call, f"{'Retire' if retired else 'Resume'} policy {policy_id}")]

    def _prepared(self, name: str, call: ContractFunction, description: str) -> Prepared:
        contract = self._session.contract(name)
        return Prepared(
            chain_id=self._session.book.chain_id,
            contract=name,
            to=contract.address,
            function=call.signature,
            data=contract.encode_abi(call.signature, args=call.args),
            description=description,
        )
