"""What a supplier promises about a metric, and what becomes of it. Each kind of audit judges with its own interval."""

from dataclasses import dataclass
from typing import Literal

Op = Literal[">=", "<="]
State = Literal["kept", "broken", "undecided"]
MICRO = 10**6


@dataclass(frozen=True)
class Claim:
    """A promise about one metric, in millionths of its unit like the registry's claims.

    Attributes:
        metric: a name that the manifest's rules allow (docs/manifest.md).
        op: direction of the bound.
        bound_micro: what is promised.
        tolerance_micro: how far the promise may be missed.
    """

    metric: str
    op: Op
    bound_micro: int
    tolerance_micro: int

    @property
    def bound(self) -> float:
        """The promised bound in the metric's unit."""
        return self.bound_micro / MICRO

    def compare(self, low: float, high: float) -> State:
        """Kept when every value in [low, high] keeps the bound (tolerance included), broken when none does."""
        if self.op == ">=":
            threshold = (self.bound_micro - self.tolerance_micro) / MICRO
            worst_keeps, best_keeps = low >= threshold, high >= threshold
        else:
            threshold = (self.bound_micro + self.tolerance_micro) / MICRO
            worst_keeps, best_keeps = high <= threshold, low <= threshold
        if worst_keeps:
            return "kept"
        return "undecided" if best_keeps else "broken"


@dataclass(frozen=True)
class Judgement:
    """Whether a claim was kept, and why; ``verified`` is the metric's decided value or None where undefined."""

    state: State
    reason: str
    verified: float | None
