"""The network and its money."""

from __future__ import annotations

from typing import Literal

from assay_chain.roles import Role

from .common import Address, Amount, Answer, Document


class Counts(Document):
    """How much there is."""

    audits: int
    """Audits ever requested."""
    models: int
    """Model versions."""
    policies: int
    """Policies, retired ones included."""
    oracles: int
    """Seats taken."""
    active_oracles: int
    """Seats that can be drawn."""
    tables: int
    """Fairness tables that oracles verified."""


class Network(Answer):
    """The network that this gateway is the door of."""

    chain_id: int
    """Of the chain."""
    contracts: dict[str, Address]
    """By name."""
    block_time: float
    """Seconds between blocks."""
    development: bool
    """Whether keys may lie beside the address book."""
    paused: bool
    """Whether new requests are stopped."""
    signer: Address
    """Whose signature the receipts of this gateway carry."""
    fairness: Literal["public", "members"]
    """Who may read the fairness board here."""
    version: str
    """Of the software."""
    counts: Counts
    """How much there is."""


class Treasury(Answer):
    """Every token there is, and where."""

    treasury: Address
    """Who is owed slashed bonds and forfeits."""
    balance: Amount
    """What it holds."""
    owed: Amount
    """What it can withdraw."""
    supply: Amount
    """Every token."""
    vault: Amount
    """Held by the vault, which is staked + escrowed + total_owed."""
    staked: Amount
    """All stakes, free and locked."""
    locked: Amount
    """Of which bonded to open audits."""
    escrowed: Amount
    """Clients' payments not yet settled."""
    total_owed: Amount
    """What all accounts can withdraw."""
    slashed: Amount
    """All slashes ever."""
    rewarded: Amount
    """All rewards ever."""


class Member(Document):
    """An admitted account."""

    address: Address
    """It."""
    name: str | None
    """In the address book of this gateway."""
    roles: list[Role]
    """What it was admitted as."""


class Members(Answer):
    """Every admitted account."""

    members: list[Member]
    """By address."""
