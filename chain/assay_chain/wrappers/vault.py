"""`Vault`: stakes, escrow and what is owed. Amounts are in the token's smallest unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay_chain.wrappers.token import Permit, Token

if TYPE_CHECKING:
    from web3.contract.contract import ContractEvent
    from web3.types import TxReceipt

    from assay_chain.session import Session


_PERMIT_SECONDS: Final = 3600


@dataclass(frozen=True)
class Seat:
    """An oracle's permanent place and its stake.

    Attributes:
        index: 0 to 255, the bit of the seat in masks.
        operator: whose it is.
        free: stake that can be bonded or unbonded.
        locked: stake bonded to open audits.
        strikes: consecutive audits missed as unavailable.
        jailed_until: the seat cannot be activated before this block.
        active: whether it can be drawn.
    """

    index: int
    operator: str
    free: int
    locked: int
    strikes: int
    jailed_until: int
    active: bool


@dataclass(frozen=True)
class Movement:
    """What happened to a seat: ``Staked``, ``Released``, ``Rewarded`` or ``Slashed``."""

    event: str
    seat: int
    amount: int
    block: int
    tx_hash: bytes


class Vault:
    """Every token of the network."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("Vault")

    @property
    def address(self) -> str:
        """Where the contract is: the spender of permits and allowances."""
        return self._contract.address

    def stake(self, amount: int, permit: Permit) -> TxReceipt:
        """Add stake; takes a permanent seat on first use and activates it when it qualifies. Oracles only."""
        return self._session.send(self._contract.functions.stake(amount, permit.abi()))

    def permit(self, amount: int) -> Permit:
        """Sign that the vault may take so much from the session's account within the hour; nothing is sent here."""
        assert self._session.account is not None, "a permit is signed"
        deadline = self._session.latest().timestamp + _PERMIT_SECONDS
        return Token(self._session).sign_permit(self._session.account, self.address, amount, deadline)

    def activate(self) -> TxReceipt:
        """Make the caller's seat drawable again. Oracles only."""
        return self._session.send(self._contract.functions.activate())

    def unbond(self, amount: int) -> TxReceipt:
        """Announce that stake leaves; replaces an earlier announcement; zero cancels it."""
        return self._session.send(self._contract.functions.unbond(amount))

    def release(self) -> TxReceipt:
        """Take announced stake after the unbonding period, as far as it is still free."""
        return self._session.send(self._contract.functions.release())

    def withdraw(self) -> TxReceipt:
        """Take what the caller is owed."""
        return self._session.send(self._contract.functions.withdraw())

    def deactivate(self, seat: int) -> TxReceipt:
        """Clear the active bit of a seat whose operator lost the oracle role. Anyone."""
        return self._session.send(self._contract.functions.deactivate(seat))

    def seat_of(self, operator: str, block: int) -> int | None:
        """The index of an operator's seat, if it has one."""
        number = int(self._read("numberOf", operator, block=block))
        return number - 1 if number else None

    def seat(self, index: int, block: int) -> Seat:
        """One seat; an operator of zeros when nobody has taken it."""
        return self._seat(index, self.active_mask(block), block)

    def all_seats(self, block: int) -> tuple[Seat, ...]:
        """Every seat taken, by index."""
        active = self.active_mask(block)
        return tuple(self._seat(index, active, block) for index in range(self.seats(block)))

    def seats(self, block: int) -> int:
        """Number of seats taken; they are numbered from 0."""
        return int(self._read("seats", block=block))

    def unbonding(self, seat: int, block: int) -> tuple[int, int]:
        """Announced amount, and the block after which it can be released."""
        amount, release_block = self._read("unbonding", seat, block=block)
        return int(amount), int(release_block)

    def active_mask(self, block: int) -> int:
        """Bitmap of drawable seats."""
        return int(self._read("activeMask", block=block))

    def owed(self, account: str, block: int) -> int:
        """What an account can withdraw."""
        return int(self._read("owed", account, block=block))

    def total_owed(self, block: int) -> int:
        """Sum of what all accounts can withdraw."""
        return int(self._read("totalOwed", block=block))

    def escrowed(self, block: int) -> int:
        """Sum of all clients' payments not yet settled, and of all bonds of tables and demands."""
        return int(self._read("escrowed", block=block))

    def bonded(self, block: int) -> int:
        """Sum of all bonds of tables and demands."""
        return int(self._read("bonded", block=block))

    def treasury(self, block: int) -> str:
        """Who is owed slashed bonds and forfeits."""
        return str(self._read("treasury", block=block))

    def minimum_stake(self, block: int) -> int:
        """Least free stake of an active seat, also the largest bond a policy may ask."""
        return int(self._read("minimumStake", block=block))

    def unbonding_blocks(self, block: int) -> int:
        """Unbonding period in blocks."""
        return int(self._read("unbondingBlocks", block=block))

    def movements(self, from_block: int, to_block: int, seat: int | None = None) -> tuple[Movement, ...]:
        """How stakes changed in a range of blocks, of one seat or of all, in the order of the chain."""
        events = self._contract.events
        kinds: list[ContractEvent] = [events.Staked, events.Released, events.Rewarded, events.Slashed]
        filters = {} if seat is None else {"seat": seat}
        entries = [entry for kind in kinds for entry in self._session.logs(kind, from_block, to_block, filters)]
        entries.sort(key=lambda entry: (entry["blockNumber"], entry["logIndex"]))
        return tuple(
            Movement(
                event=entry["event"],
                seat=entry["args"]["seat"],
                amount=entry["args"]["amount"],
                block=entry["blockNumber"],
                tx_hash=bytes(entry["transactionHash"]),
            )
            for entry in entries
        )

    def _seat(self, index: int, active: int, block: int) -> Seat:
        operator = self._read("operatorOf", index, block=block)
        free, locked, strikes, jailed_until = self._read("seat", index, block=block)
        return Seat(index, operator, free, locked, strikes, jailed_until, active=bool(active >> index & 1))

    def _read(self, function: str, *args: Any, block: int) -> Any:
        return self._session.call(self._contract.functions[function](*args), block)
