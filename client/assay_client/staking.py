"""An oracle's stake: adding to it, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay_chain.amounts import format_amount
from assay_chain.errors import Refused, Usage
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Seat, Vault

if TYPE_CHECKING:
    from web3.types import TxReceipt


@dataclass(frozen=True)
class Standing:
    """How an oracle stands as of one block.

    Attributes:
        address: the oracle.
        admitted: whether it holds the oracle role.
        seat: its seat, or None before its first stake.
        balance: tokens outside the vault; `owed` is what it can withdraw.
        unbonding: announced amount, and the block after which it can be released.
        minimum: least stake that must stay in a seat that can be drawn, free or locked.
        block: as of when.
    """

    address: str
    admitted: bool
    seat: Seat | None
    balance: int
    owed: int
    unbonding: tuple[int, int]
    minimum: int
    block: int

    @property
    def missing(self) -> int:
        """How much more must stay in the seat until it can be drawn."""
        staying = self.seat.free + self.seat.locked - self.unbonding[0] if self.seat else 0
        return max(0, self.minimum - staying)

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be drawn, and what to do, as a sentence; None when it can."""
        jailed = self.seat.jailed_until if self.seat else 0
        if not self.admitted:
            return "It cannot be drawn: a gatekeeper has to admit it as an oracle."
        if self.missing:
            return f"It cannot be drawn: {format_amount(self.missing)} more are needed."
        if jailed > self.block:
            return f"It cannot be drawn before block {jailed}: it is jailed. Then: assay oracle activate"
        if self.seat is None or not self.seat.active:
            return "It cannot be drawn until: assay oracle activate"
        return None


def standing(session: Session, address: str, block: int) -> Standing:
    """Read how an oracle stands."""
    vault = Vault(session)
    index = vault.seat_of(address, block)
    return Standing(
        address=address,
        admitted=Membership(session).has_role(Role.ORACLE, address, block),
        seat=None if index is None else vault.seat(index, block),
        balance=Token(session).balance_of(address, block),
        owed=vault.owed(address, block),
        unbonding=(0, 0) if index is None else vault.unbonding(index, block),
        minimum=vault.minimum_stake(block),
        block=block,
    )


def stake(session: Session, amount: int) -> TxReceipt:
    """Move tokens of the session's account into its stake, in one transaction (permit).

    Raises:
        Usage: the amount is 0.
        Refused: it has less, or is no admitted oracle.
    """
    assert session.account is not None, "staking is signed"
    if amount == 0:
        raise Usage(
            "nothing would be staked",
            code="nothing-to-stake",
            culprit="local",
            hint="Stake more than 0; `assay oracle status ACCOUNT` shows what is missing.",
        )
    balance = Token(session).balance_of(session.account.address, session.latest().number)
    if balance < amount:
        raise Refused(
            f"{session.account.address} has {format_amount(balance)}, less than {format_amount(amount)}",
            code="insufficient-funds",
            culprit="oracle",
            hint="Stake less, or get tokens from the treasury.",
        )
    vault = Vault(session)
    return vault.stake(amount, vault.permit(amount))
