"""What a method of a run is built from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay_chain.errors import Usage
from assay_oracles.audits.evidence.method import Method, Target
from assay_oracles.audits.evidence.verdict import Rule

from .data import Pool
from .endpoints.info import Info


@dataclass(frozen=True)
class Setting:
    """Everything that decides how a method asks; the same setting and the same answers give the same result.

    Attributes:
        pool: samples to ask about.
        info: what the provider serves; answers of both sides have this form.
        decimals: that the reference declares, and is held to.
        reference: who stands for the supplier: `SUPPLIER`, or `REFERENCE` for a model instantiated here.
        seed_config: from which the supplier starts instances.
        seed: of this method, 64 bits.
        rule: when enough is known.
        share: most inputs to all targets together.
        batch: most inputs in one request.
        options: values of the method's `OPTIONS`, as they were typed.
    """

    pool: Pool
    info: Info
    decimals: int
    reference: Target
    seed_config: Mapping[str, Any]
    seed: int
    rule: Rule
    share: int
    batch: int
    options: Mapping[str, str] = field(default_factory=dict)

    def fit(self, make: Callable[[int], Method]) -> Method:
        """The method with the greatest limit of inputs that `share` and the pool allow.

        Raises:
            Usage: not even one input is within the share.
        """
        limit = min(self.share, len(self.pool.labels))
        while limit > 0:
            method = make(limit)
            cost = sum(method.cost.values())
            if cost <= self.share:
                return method
            limit = min(limit - 1, limit * self.share // cost)
        raise Usage(
            f"a budget of {self.share} queries for one method allows it not a single comparison",
            code="budget-too-small",
            culprit="local",
            hint="Allow more with --budget, or choose fewer --methods.",
        )
