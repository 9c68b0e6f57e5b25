"""What a method of a run is built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay_chain.errors import Usage
from assay_oracles.audits.evidence.method import Target
from assay_oracles.audits.evidence.verdict import Rule

from .data import Pool
from .endpoints.info import Info


@dataclass(frozen=True)
class Setting:
    """Everything that decides how a method asks; the same setting and the same answers give the same result.

    Attributes:
        pool: samples to ask about.
        info: what the provider serves; answers of both sides have this form.
        supplier: what the reference says of itself.
        decimals: that the reference declares, and is held to.
        reference: who stands for the supplier: `SUPPLIER`, or `REFERENCE` for a model instantiated here.
        seed_config: from which the supplier starts instances.
        seed: of this method, 64 bits.
        rule: when enough is known.
        share: of the budget: inputs to all targets together.
        batch: most inputs in one request.
        nonce_key: of this run, secret while it lasts.
        options: values of the method's `OPTIONS`, as they were typed.
    """

    pool: Pool
    info: Info
    supplier: Info
    decimals: int
    reference: Target
    seed_config: Mapping[str, Any]
    seed: int
    rule: Rule
    share: int
    batch: int
    nonce_key: bytes
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        """Most inputs to compare, so that asking both sides once stays within the share.

        Asking again where answers differ comes on top; the budget of the whole run bounds that.

        Raises:
            Usage: not even one is within the share.
        """
        if self.share < 2:
            raise Usage(
                "the budget does not allow every method a single comparison",
                code="budget-too-small",
                culprit="local",
                hint="Allow more with --budget, or choose fewer --methods.",
            )
        return min(self.share // 2, len(self.pool.labels))
