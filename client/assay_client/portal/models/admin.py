"""Administration: acts to prepare, transactions to pass on, and the audit log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from assay_chain.roles import Role
from pydantic import Field

from .common import Address, Amount, Document, TxHash

PolicyId = Annotated[int, Field(ge=1, le=2**32 - 1)]


class Admit(Document):
    """Give an account roles."""

    act: Literal["admit"]
    account: Address
    roles: list[Role] = Field(min_length=1, max_length=len(Role))


class Revoke(Document):
    """Take roles from an account; every role if none is named."""

    act: Literal["revoke"]
    account: Address
    roles: list[Role] = Field(default_factory=lambda: list(Role), max_length=len(Role))


class Mint(Document):
    """Create tokens. The treasury sends it."""

    act: Literal["mint"]
    account: Address
    amount: Amount


class Plain(Document):
    """Stop or resume new requests; withdraw what the sender is owed."""

    act: Literal["pause", "unpause", "withdraw"]


class AddPolicy(Document):
    """Add a policy."""

    act: Literal["add-policy"]
    policy: dict[str, Any]
    """Of the schema assay/policy/1."""


class RetirePolicy(Document):
    """Stop or resume requests under a policy."""

    act: Literal["retire-policy", "resume-policy"]
    policy_id: PolicyId


Act = Annotated[Admit | Revoke | Mint | Plain | AddPolicy | RetirePolicy, Field(discriminator="act")]


class Call(Document):
    """An unsigned call: what a multisig's signers approve."""

    chain_id: int
    """Of the chain that it is for."""
    contract: str
    """The contract's name."""
    to: Address
    """The contract's address."""
    function: str
    """Solidity signature."""
    data: str
    """What is sent, in hexadecimal."""
    value: str
    """Native coin: none."""
    description: str
    """What it does."""


class Calls(Document):
    """What has to be signed."""

    transactions: list[Call]
    """In this order; none if nothing is left to do."""


class Raw(Document):
    """A signed transaction."""

    raw: str = Field(max_length=1 << 18, pattern="^0x[0-9a-fA-F]*$")
    """In hexadecimal, as `eth_sendRawTransaction` takes it."""


class Sent(Document):
    """A transaction that was passed on to the node."""

    tx: TxHash
    """Its hash; `eth_getTransactionReceipt` tells what became of it."""
    contract: str
    """What it calls."""
    function: str
    """And which function."""


class Entry(Document):
    """One entry of the audit log."""

    seq: int
    """Its number, from 1."""
    time: str
    """UTC, ISO 8601."""
    address: str | None
    """Who: an account, or an internet address of somebody who is not signed in."""
    block: int | None
    """The block at which the account's roles were read."""
    act: str
    """What was done, or `refused`."""
    detail: dict[str, Any]
    """More of it."""


class Log(Document):
    """A page of the audit log, newest first."""

    entries: list[Entry]
    """At most `limit`."""
    cursor: int | None
    """Give it as `cursor` for the next page; null when this is the last one."""
