"""Oracles: stake, agreement, slashes."""

from __future__ import annotations

from .audits import Audit
from .common import Address, Amount, Answer, Document


class Record(Document):
    """What an oracle did so far."""

    audits: int
    """Audits that drew it."""
    decided: int
    """Those that were decided."""
    agreed: int
    """Of these, how often its vote carried the outcome."""
    agreement: float | None
    """Agreed of decided; null before the first."""
    slashes: int
    """How often it was slashed."""
    earned: Amount
    """All rewards."""
    lost: Amount
    """All slashes."""


class Oracle(Document):
    """One oracle."""

    seat: int | None
    """Its permanent seat; null before its first stake."""
    address: Address
    """Its address."""
    admitted: bool
    """Whether it holds the oracle role."""
    active: bool
    """Whether it can be drawn."""
    free: Amount
    """Stake that can be bonded or unbonded."""
    locked: Amount
    """Stake bonded to open audits."""
    minimum_stake: Amount
    """Least stake of an active seat."""
    missing: Amount
    """How much more must stay in the seat until it can be drawn."""
    unbonding: Amount
    """Stake announced to leave."""
    release_block: int
    """The block after which it can."""
    owed: Amount
    """What it can withdraw."""
    balance: Amount
    """Tokens outside the vault."""
    strikes: int
    """Audits in a row that it missed as unavailable."""
    jailed_until: int
    """It cannot be activated before this block; 0 when not jailed."""
    record: Record
    """What it did so far."""


class Oracles(Answer):
    """Every oracle that has a seat."""

    oracles: list[Oracle]
    """By seat."""


class Movement(Document):
    """How a stake changed."""

    event: str
    """`staked`, `released`, `rewarded` or `slashed`."""
    amount: Amount
    """By how much."""
    block: int
    """When."""
    tx: str
    """In which transaction."""


class OracleDetail(Answer):
    """One oracle."""

    oracle: Oracle
    """It."""
    movements: list[Movement]
    """Its newest 100 changes of stake, newest first."""
    audits: list[Audit]
    """The newest audits that drew it, newest first, at most 50."""
