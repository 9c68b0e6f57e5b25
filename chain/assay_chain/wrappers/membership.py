"""`Membership`: who was admitted, as what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assay_chain.reverts import explain
from assay_chain.roles import Role

if TYPE_CHECKING:
    from web3.contract.contract import ContractFunction
    from web3.types import TxReceipt

    from assay_chain.session import Session


@dataclass(frozen=True)
class Member:
    """An admitted account and what it was admitted as."""

    address: str
    roles: frozenset[Role]


class Membership:
    """The gatekeeper's roles."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("Membership")

    def has_role(self, role: Role, address: str, block: int) -> bool:
        """Whether an account was admitted in a role."""
        return bool(self._session.call(self._contract.functions.hasRole(role.id, address), block))

    def require(self, role: Literal[Role.CLIENT, Role.SUPPLIER], address: str, block: int) -> None:
        """Refuse beforehand what the contracts would refuse to an account without the role.

        Raises:
            Reverted: ``NotClient`` or ``NotSupplier``, as the contracts say it; culprit that party.
        """
        if not self.has_role(role, address, block):
            raise explain(f"Not{role.capitalize()}", {"caller": address})

    def roles_of(self, address: str, block: int) -> frozenset[Role]:
        """Every role of an account."""
        return frozenset(role for role in Role if self.has_role(role, address, block))

    def members(self, block: int) -> tuple[Member, ...]:
        """Every admitted account, by address."""
        roles: dict[str, set[Role]] = {}
        for role in Role:
            for address in self._session.call(self._contract.functions.getRoleMembers(role.id), block):
                roles.setdefault(address, set()).add(role)
        return tuple(Member(address, frozenset(held)) for address, held in sorted(roles.items()))

    def admit(self, address: str, roles: Iterable[Role]) -> tuple[TxReceipt, ...]:
        """Give an account the roles that it does not have yet, one transaction each. Gatekeepers only."""
        return tuple(self._session.send(call) for call in self.admission(address, roles).values())

    def revoke(self, address: str, roles: Iterable[Role] = tuple(Role)) -> tuple[TxReceipt, ...]:
        """Take those roles (all by default) from an account, one transaction each. Gatekeepers only."""
        return tuple(self._session.send(call) for call in self.revocation(address, roles).values())

    def admission(self, address: str, roles: Iterable[Role]) -> dict[Role, ContractFunction]:
        """What `admit` would send, by role; nothing is sent."""
        missing = set(roles) - self.roles_of(address, self._session.latest().number)
        return {role: self._contract.functions.grantRole(role.id, address) for role in sorted(missing)}

    def revocation(self, address: str, roles: Iterable[Role] = tuple(Role)) -> dict[Role, ContractFunction]:
        """What `revoke` would send, by role; nothing is sent."""
        held = set(roles) & self.roles_of(address, self._session.latest().number)
        return {role: self._contract.functions.revokeRole(role.id, address) for role in sorted(held)}
