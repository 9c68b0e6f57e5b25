"""Deterministic benchmarking: P against an instance that S starts from P's seed configuration (paper A, IV-A.2)."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from assay_oracles.audits.evidence.comparison import Comparison, Row
from assay_oracles.audits.evidence.method import SHARE_MARGIN, Target
from assay_oracles.audits.evidence.verdict import Rule

_SLACK: Final = 1e-6  # of a unit: decimals are not exact in binary


def replay(
    inputs: ArrayLike,
    decimals: int,
    seed: int,
    rule: Rule | None = None,
    *,
    reference: Target = Target.REFERENCE,
    seed_config: Mapping[str, Any] | None = None,
    batch: int = 8,
    limit: int | None = None,
) -> Comparison:
    """The method "replay": every probability within one unit, 10^-decimals, of the reference's.

    Args:
        inputs: (n, *input_shape); labels are not needed.
        decimals: of the probabilities, as S declares them.
        seed: of the order of inputs and of who is asked first, 64 bits.
        rule: when enough is known; a run with several methods says how many.
        reference: the registered model, the instance that S starts, or S's own endpoint.
        seed_config: what S starts the instance from, the same that P uses.
        batch: inputs a request.
        limit: of inputs to compare; all by default.

    The effect is the share of answers that differ; as far as a query that is not forwarded gives another answer (which
    no other model and no coarser rounding avoids for long), that is the unforwarded share.

    Raises:
        SpecError: inputs that cannot be asked; the client's fault.
    """
    allowed = (1 + _SLACK) * 10.0**-decimals

    def same(one: Row, other: Row) -> bool:
        return one.shape == other.shape and bool((np.abs(one - other) <= allowed).all())

    return Comparison(
        "replay",
        "share of P's answers that differ from the reference's",
        same,
        SHARE_MARGIN,
        inputs,
        seed,
        rule,
        reference=reference,
        seed_config=seed_config,
        batch=batch,
        limit=limit,
    )
