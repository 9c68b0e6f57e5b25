"""Lanes, of which votes are made, and the metrics that people read from them, whatever the kind of audit."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

Ratio = tuple[int, int]


@dataclass(frozen=True)
class Lane:
    """What one number of a vote means: ``value = (raw - offset) / 10**decimals`` in ``unit``, ``raw <= maximum``."""

    name: str
    unit: str
    decimals: int
    offset: int
    maximum: int


@dataclass(frozen=True)
class Metric:
    """A derived metric. All None where its denominator is zero, or nothing was declared to compare with.

    Attributes:
        value: from the decided lanes.
        unit: ``ratio``, ``nats``, ``samples`` or ``rows``.
        scale: digits after the decimal point that are meaningful.
        min: least value: that the lanes' spread allows or, of a fairness table's rows as a sample, at 95 %.
        max: greatest such value; infinite for an unbounded quotient.
        ratio: successes and trials, when the metric is the frequency of one kind of event over the test set.
    """

    value: float | None
    unit: str
    scale: int
    min: float | None
    max: float | None
    ratio: Ratio | None = None

    def to_json(self) -> dict[str, Any]:
        """The five public keys (design section 8), numbers rounded to ``scale`` digits, null where infinite."""
        numbers = (self.value, self.min, self.max)
        value, low, high = (None if x is None or not isfinite(x) else round(x, self.scale) for x in numbers)
        return {"value": value, "unit": self.unit, "scale": self.scale, "min": low, "max": high}
