"""Agreement test for deterministic endpoints: do P and S name the same class? Two-sided, and needs no labels."""

from numpy.typing import ArrayLike

from assay_oracles.audits.evidence.comparison import Comparison, Row
from assay_oracles.audits.evidence.method import GAP_MARGIN, Target
from assay_oracles.audits.evidence.verdict import Rule


def agreement(
    inputs: ArrayLike,
    seed: int,
    rule: Rule | None = None,
    *,
    reference: Target = Target.SUPPLIER,
    batch: int = 8,
    limit: int | None = None,
) -> Comparison:
    """The method "agreement": the most probable class of P's answers against the reference's.

    The first class that persistently differs decides, whether P or S was right: if a share d of P's classes differs,
    one is met within n queries with chance 1 - (1 - d)^n (59 queries for 5 % at 95 %). P's accuracy can differ by no
    more than d, so a pass rejects that d reaches the margin of the accuracy gap. Arguments as in `replay`.

    Raises:
        SpecError: inputs that cannot be asked; the client's fault.
    """

    def same(one: Row, other: Row) -> bool:
        return bool(one.argmax() == other.argmax())

    return Comparison(
        "agreement",
        "share of P's classes that differ from the reference's",
        same,
        GAP_MARGIN,
        inputs,
        seed,
        rule,
        reference=reference,
        batch=batch,
        limit=limit,
    )
