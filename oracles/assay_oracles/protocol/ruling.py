"""Who loses what when a decided fairness audit is shown to be wrong: the reference of design section 5.

A refuted table makes a finding of values void, a rebutted fault makes a finding of that fault void. Then nobody is paid
and the client is refunded in full. Of the votes only those are known to be wrong that made the decision: values, or the
very fault that was rebutted. Whoever voted for something else may have been right and keeps the bond, so with this an
honest vote is not slashed even where most of the roster lied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assay_oracles.protocol.consensus import Decision, Verdict, Vote

REFUTERS_SHARE: Final = 10
"""One tenth of what is slashed for a refuted table is its refuter's."""


def slashed(votes: Sequence[Vote | None], decision: Decision, *, guilty: bool) -> frozenset[int]:
    """Positions that lose their bonds: absentees, and whoever made a decision that it could know to be wrong.

    Args:
        votes: one entry a roster position, `None` for a member that did not commit or did not reveal.
        decision: what they decided: values or a fault.
        guilty: whether the file shows it. Not when a row was withheld from others, or a key is that of another table:
            no oracle is asked to look at these.
    """
    absent = frozenset(i for i, vote in enumerate(votes) if vote is None)
    if not guilty:
        return absent
    if decision.outcome is Verdict.INVALID:
        return absent | decision.paid
    return absent | frozenset(
        i for i, vote in enumerate(votes) if vote is not None and vote.verdict is decision.outcome
    )


def bounty(count: int, bond: int) -> int:
    """What the refuter is owed when so many lose their bonds, in the token's smallest unit."""
    return count * bond // REFUTERS_SHARE
