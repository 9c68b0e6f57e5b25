"""The lanes of a vote on a service: counts of one oracle's own queries, the halves of its run apart.

Never percentiles: "95 % within 200 ms" means that at most a twentieth of the queries is later than 200 ms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import metrics as whitebox

MAX_THRESHOLDS = 3
HALVES = ("first", "second")
ASKED = "asked"
_LATE = range(MAX_THRESHOLDS)

NAMES = (
    ASKED,
    *(
        f"{half}_{kind}"
        for half in HALVES
        for kind in ("answered", "correct", "agreeing", *(f"late_{index}" for index in _LATE))
    ),
)
"""In order. ``agreeing`` and ``late`` have offset 1: raw 0 says that M is not open, or no such threshold declared."""


@dataclass(frozen=True)
class Counts:
    """What came of `asked` queries.

    Attributes:
        asked: queries, each with an input of its own.
        answered: usable answers.
        correct: answers that are the sample's label.
        agreeing: answers that are M's; None where M is not open.
        late: for each declared threshold, queries that were answered later or not at all.
    """

    asked: int
    answered: int
    correct: int
    agreeing: int | None
    late: tuple[int, ...]

    def __add__(self, other: "Counts") -> "Counts":
        """Both runs together, of one service."""
        agreeing = None if self.agreeing is None or other.agreeing is None else self.agreeing + other.agreeing
        return Counts(
            self.asked + other.asked,
            self.answered + other.answered,
            self.correct + other.correct,
            agreeing,
            tuple(a + b for a, b in zip(self.late, other.late, strict=False)),
        )


def encode(halves: tuple[Counts, Counts]) -> dict[str, int]:
    """Raw lanes by name."""
    lanes = {ASKED: halves[0].asked + halves[1].asked}
    for half, counts in zip(HALVES, halves, strict=True):
        lanes[f"{half}_answered"] = counts.answered
        lanes[f"{half}_correct"] = counts.correct
        lanes[f"{half}_agreeing"] = 0 if counts.agreeing is None else counts.agreeing + 1
        for index in _LATE:
            lanes[f"{half}_late_{index}"] = counts.late[index] + 1 if index < len(counts.late) else 0
    return lanes


def decode(lanes: Mapping[str, int]) -> tuple[Counts, Counts]:
    """The counts of both halves of a run from its raw lanes; the first half has the odd query."""
    asked = lanes[ASKED]
    first, second = (
        Counts(
            sizes,
            lanes[f"{half}_answered"],
            lanes[f"{half}_correct"],
            lanes[f"{half}_agreeing"] - 1 if lanes[f"{half}_agreeing"] else None,
            tuple(raw - 1 for index in _LATE if (raw := lanes[f"{half}_late_{index}"])),
        )
        for half, sizes in zip(HALVES, ((asked + 1) // 2, asked // 2), strict=True)
    )
    return first, second


def check_lanes(names: Sequence[str], classes: int, *, both: bool) -> None:
    """Raises SpecError (culprit: client) unless a policy with these lanes carries votes on such a service.

    Args:
        names: of the policy's lanes, in order.
        classes: of the model.
        both: whether the votes also measure the model itself.
    """
    wanted = (*(whitebox.lane_names(classes) if both else ()), *NAMES)
    if tuple(names) != wanted:
        raise SpecError(
            "policy-mismatch",
            "policy",
            f"the policy's {len(names)} lanes are not the {len(wanted)} lanes of such an audit",
            f"request the audit under the policy {f'both-{classes}' if both else 'service'}",
            culprit="client",
        )
