"""On what terms a robustness score is claimed: without them it means nothing, for other attacks need other efforts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assay_oracles.audits.claims import MICRO, Claim
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.intervals import CONFIDENCE
from assay_oracles.audits.robustness import attacks
from assay_oracles.audits.robustness.attacks import Attack
from assay_oracles.audits.robustness.score import BUDGET, STARTS, THRESHOLD

Origin = Literal["uniform", "samples"]
METRIC = "robustness"


@dataclass(frozen=True)
class ScoreClaim:
    """A claimed score and the confidence of the interval that decides whether it is kept.

    Its metric is `robustness`, of the mean over all classes, or `robustness_CLASS`.
    """

    claim: Claim
    confidence: float

    @property
    def wanted(self) -> int | None:
        """The class that it is about, None for all."""
        number = self.claim.metric.removeprefix(METRIC).removeprefix("_")
        return int(number) if number else None

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.claim.metric} {self.claim.op} {self.claim.bound:g}"


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
        claims: scores that are promised on these terms.
    """

    attack: Attack
    low: float
    high: float
    origin: Origin = "uniform"
    threshold: float = THRESHOLD
    budget: int = BUDGET
    starts: int = STARTS
    claims: tuple[ScoreClaim, ...] = ()


def parse(document: Mapping[str, Any], field: str = METRIC) -> Terms:
    """Read the member `robustness` of an agreement whose form the schema has checked.

    Raises:
        SpecError: no such attack or parameter, or no range; culprit supplier.
    """
    low, high = (float(end) for end in document["range"])
    if not low < high:
        raise SpecError("bad-range", f"{field}.range", f"[{low}, {high}] is empty", "give the least value first")
    return Terms(
        attack=attacks.parse(document["attack"], f"{field}.attack"),
        low=low,
        high=high,
        origin=document.get("from", "uniform"),
        threshold=float(document.get("threshold", THRESHOLD)),
        budget=int(document.get("budget", BUDGET)),
        starts=int(document.get("starts", STARTS)),
        claims=tuple(_claim(entry) for entry in document["claims"]),
    )


def _claim(entry: Mapping[str, Any]) -> ScoreClaim:
    micro = [round(entry.get(name, 0) * MICRO) for name in ("bound", "tolerance")]
    return ScoreClaim(Claim(entry["metric"], entry["op"], *micro), float(entry.get("confidence", CONFIDENCE)))
