"""The rules that audits follow."""

from __future__ import annotations

from typing import Literal

from .common import Amount, Answer, Document


class Lane(Document):
    """One number of a vote."""

    name: str
    """Its name."""
    unit: str
    """Of the value, (raw - offset) / 10^decimals."""
    decimals: int
    """Fixed-point digits."""
    offset: int
    """Subtracted from the raw number."""
    maximum: int
    """Largest admissible raw number."""
    tolerance: int
    """Largest difference between the raw numbers of two honest votes."""
    binding: bool
    """Whether missing the result by more than twice the tolerance is slashed."""


class Policy(Document):
    """One policy; all but `retired` never changes."""

    policy_id: int
    """Its number, from 1."""
    name: str
    """Unique."""
    retired: bool
    """Whether it no longer accepts requests."""
    kind: Literal["whitebox", "service", "both", "fairness"]
    """What is audited."""
    development: bool
    """Whether phases may be shorter than 120 s; never with real stakes."""
    min_roster: int
    """Fewest oracles."""
    max_roster: int
    """Most oracles."""
    commit_blocks: int
    """Length of the commit phase."""
    reveal_blocks: int
    """Length of the reveal phase."""
    dispute_blocks: int
    """Length of the dispute window."""
    bond: Amount
    """What each oracle stands to lose."""
    fee_per_oracle: Amount
    """What each earns for a vote that carries the result."""
    inspection_fee: Amount
    """What each earns for finding the specification invalid."""
    stipend: Amount
    """What each earns when a majority could not have the artifacts."""
    forfeit: Amount
    """What a client loses that never opens its request."""
    lanes: list[Lane]
    """In the order in which a vote packs them."""


class Policies(Answer):
    """Every policy."""

    policies: list[Policy]
    """By number."""


class PolicyDetail(Answer):
    """One policy."""

    policy: Policy
    """It."""
