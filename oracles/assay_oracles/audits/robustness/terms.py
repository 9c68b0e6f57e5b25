"""On what terms a robustness score is claimed: without them it means nothing, for other attacks need other efforts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.robustness import attacks
from assay_oracles.audits.robustness.attacks import Attack
from assay_oracles.audits.robustness.score import BUDGET, STARTS, THRESHOLD

Origin = Literal["uniform", "samples"]
METRIC = "robustness"


@dataclass(frozen=True)
class Terms:
    """How a score is measured.

    Attributes:
        attack: the declared attack.
        low, high: range of every input value.
        origin: where starts are from: uniform over the input space, or samples of other classes.
        threshold: tau.
        budget: B, queries a start.
        starts: m, starts a class.
    """

    attack: Attack
    low: float
    high: float
    origin: Origin = "uniform"
    threshold: float = THRESHOLD
    budget: int = BUDGET
    starts: int = STARTS


def parse(document: Mapping[str, Any], field: str = METRIC) -> Terms:
    """Read the member `robustness` of an agreement whose form the schema has checked.

    Raises:
        SpecError: no such attack or parameter, or no range; culprit supplier.
    """
    low, high = (float(end) for end in document["range"])
    if not low < high:
        raise SpecError("bad-range", f"{field}.range", f"[{low}, {high}] is empty", "give the least value first")
    options = {name: document[name] for name in ("threshold", "budget", "starts") if name in document}
    attack = attacks.parse(document["attack"], f"{field}.attack")
    return Terms(attack, low, high, document.get("from", "uniform"), **options)


def wanted_class(metric: str) -> int | None:
    """The class that a metric `robustness_CLASS` is about; None for `robustness`, which is about all of them."""
    number = metric.removeprefix(METRIC).removeprefix("_")
    return int(number) if number else None
