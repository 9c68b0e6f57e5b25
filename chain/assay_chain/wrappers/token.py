"""`AssayToken`: balances, allowances and permits. Amounts are in the token's smallest unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3.types import TxReceipt

    from assay_chain.session import Session


@dataclass(frozen=True)
class Permit:
    """An EIP-2612 permit: a signed allowance, valid once and until `deadline` (seconds since 1970)."""

    value: int
    deadline: int
    v: int
    r: bytes
    s: bytes

    @classmethod
    def none(cls) -> Self:
        """The permit of who relies on an allowance given before."""
        return cls(0, 0, 0, bytes(32), bytes(32))

    def abi(self) -> tuple[int, int, int, bytes, bytes]:
        """The Solidity struct."""
        return self.value, self.deadline, self.v, self.r, self.s


class Token:
    """The network's token."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("AssayToken")

    @property
    def address(self) -> str:
        """Where the contract is."""
        return self._contract.address

    def balance_of(self, account: str, block: int) -> int:
        """What an account holds."""
        return self._read("balanceOf", account, block=block)

    def allowance(self, owner: str, spender: str, block: int) -> int:
        """What `spender` may take from `owner`."""
        return self._read("allowance", owner, spender, block=block)

    def total_supply(self, block: int) -> int:
        """Every token there is."""
        return self._read("totalSupply", block=block)

    def nonces(self, owner: str, block: int) -> int:
        """Number of permits of `owner` used so far."""
        return self._read("nonces", owner, block=block)

    def transfer(self, to: str, amount: int) -> TxReceipt:
        """Send tokens."""
        return self._session.send(self._contract.functions.transfer(to, amount))

    def approve(self, spender: str, amount: int) -> TxReceipt:
        """Let `spender` take up to `amount`; replaces what it was allowed before."""
        return self._session.send(self._contract.functions.approve(spender, amount))

    def mint(self, to: str, amount: int) -> TxReceipt:
        """Create tokens. The treasury only."""
        return self._session.send(self._contract.functions.mint(to, amount))

    def sign_permit(self, account: LocalAccount, spender: str, value: int, deadline: int) -> Permit:
        """Sign an allowance of `account` for `spender`, to be sent by anyone; nothing is sent here.

        The nonce is the one after the latest block, so one permit of an account can be under way at a time. Chain and
        contract in the signed domain are the address book's, whatever the node says.
        """
        latest = self._session.latest().number
        domain = self._session.call(self._contract.functions.eip712Domain(), latest)
        signed = account.sign_typed_data(
            domain_data={
                "name": domain[1],
                "version": domain[2],
                "chainId": self._session.book.chain_id,
                "verifyingContract": self.address,
            },
            message_types={
                "Permit": [
                    {"name": "owner", "type": "address"},
                    {"name": "spender", "type": "address"},
                    {"name": "value", "type": "uint256"},
                    {"name": "nonce", "type": "uint256"},
                    {"name": "deadline", "type": "uint256"},
                ]
            },
            message_data={
                "owner": account.address,
                "spender": spender,
                "value": value,
                "nonce": self.nonces(account.address, latest),
                "deadline": deadline,
            },
        )
        return Permit(value, deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))

    def _read(self, function: str, *args: Any, block: int) -> int:
        return int(self._session.call(self._contract.functions[function](*args), block))
