"""Test accounts: an address that remembers its key."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from eth_account import Account as EthAccount
from eth_utils import keccak

ZERO = "0x" + "00" * 20


class Account(str):
    """An address, lower case, with the private key that signs for it."""

    key: bytes

    @classmethod
    @cache
    def named(cls, name: str) -> Account:
        """The account of a name, the same in every run."""
        key = keccak(text=f"assay test account {name}")
        account = cls(EthAccount.from_key(key).address.lower())
        account.key = key
        return account


class Permit(NamedTuple):
    """An EIP-2612 permit as the contracts take it; all zero is none."""

    value: int = 0
    deadline: int = 0
    v: int = 0
    r: bytes = b"\0" * 32
    s: bytes = b"\0" * 32


def sign_permit(
    owner: Account, *, token: str, name: str, chain_id: int, spender: str, value: int, nonce: int, deadline: int
) -> Permit:
    """Signs a permit with the owner's key."""
    fields = [("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256")]
    signed = EthAccount.sign_typed_data(
        owner.key,
        domain_data={"name": name, "version": "1", "chainId": chain_id, "verifyingContract": token},
        message_types={"Permit": [{"name": n, "type": t} for n, t in [*fields, ("deadline", "uint256")]]},
        message_data={"owner": owner, "spender": spender, "value": value, "nonce": nonce, "deadline": deadline},
    )
    return Permit(value, deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
