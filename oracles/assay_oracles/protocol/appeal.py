"""What an appeal comes to and costs whom: the reference of rule 8 (design, section 2).

An appeal adds oracles to a roster that has decided, and `consensus.decide` decides the votes of all of them once, by
the same rules, where an added oracle that could not have the artifacts does not count. So what is proven of a roster
holds for those who count: if most of *them* are honest, no honest vote is slashed, and if all honest ones reveal, it is
decided and they are paid. Honest oracles of the first roster need not have been most of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from assay_oracles.protocol.consensus import Decision, Verdict


class Ending(Enum):
    """How an appeal ends."""

    WON = "the decision was replaced"
    LOST = "the decision was confirmed"
    UNDECIDED = "no majority of all votes agrees"


@dataclass(frozen=True)
class Shares:
    """Where an appeal's deposit goes, in the token's smallest unit.

    Attributes:
        spent: paid to the added oracles.
        returned: what the appellant is owed, of the deposit and of the slashed bonds.
        kept: what the treasury is owed of the deposit.
        bounty: the part of `returned` that is taken from slashed bonds, which the treasury does not get.
    """

    spent: int
    returned: int
    kept: int
    bounty: int


def ending(first: Decision, union: Decision, tolerances: Sequence[int]) -> Ending:
    """What the decision of all votes makes of the first one.

    A decision replaces another by a different verdict, or by a lane further off than its tolerance, which bounds the
    difference between honest votes.
    """
    if union.outcome is Verdict.NONE:
        return Ending.UNDECIDED
    moved = union.outcome is Verdict.VALUES is first.outcome and any(
        abs(after - before) > tolerance
        for before, after, tolerance in zip(first.result, union.result, tolerances, strict=True)
    )
    return Ending.WON if moved or union.outcome is not first.outcome else Ending.LOST


def shares(how: Ending, union: Decision, first_size: int, *, deposit: int, reward: int, bond: int) -> Shares:
    """Who gets what of the deposit.

    Args:
        how: see `ending`.
        union: the decision of all votes.
        first_size: size of the first roster; the positions from there on were added.
        deposit: what the appellant paid.
        reward: what a paid vote earns under the decided verdict.
        bond: what a slashed oracle loses.
    """
    if how is Ending.UNDECIDED:
        return Shares(spent=0, returned=deposit, kept=0, bounty=0)
    spent = reward * sum(position >= first_size for position in union.paid)
    left = deposit - spent
    if how is Ending.LOST:
        return Shares(spent, returned=0, kept=left, bounty=0)
    bounty = min(spent, bond * len(union.slashed))
    return Shares(spent, returned=left + bounty, kept=0, bounty=bounty)
