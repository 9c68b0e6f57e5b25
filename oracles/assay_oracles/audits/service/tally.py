"""From single queries to the counts that are voted."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from assay_oracles.audits.service.lanes import Counts, encode
from assay_oracles.audits.service.sla import Observation

_SLACK = 0.01  # of a row's sum: services round probabilities to as few as two or three decimals


def predicted(document: Any, classes: int) -> int | None:
    """The class that a service answers to one input, or None when its answer is not usable.

    Usable is `{"probs": [row]}` with a row of finite numbers in [0, 1] that add up to 1: one a class, then any number
    of message classes (design, section 8). The earliest of equal probabilities counts.
    """
    rows = document.get("probs") if isinstance(document, Mapping) else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], list) or len(rows[0]) < classes:
        return None
    row = rows[0]
    if any(type(share) not in (int, float) or not 0 <= share <= 1 or not isfinite(share) for share in row):
        return None
    return None if abs(sum(row) - 1) > _SLACK else row.index(max(row[:classes]))


def vote(seen: Sequence[Observation], thresholds: Sequence[int], *, is_open: bool) -> dict[str, int]:
    """Raw lanes of one oracle's run.

    Args:
        seen: its queries in the order in which they were asked.
        thresholds: of lateness, in milliseconds, ascending.
        is_open: whether M is known, so that agreement with it was observed.
    """
    middle = (len(seen) + 1) // 2
    return encode((_count(seen[:middle], thresholds, is_open), _count(seen[middle:], thresholds, is_open)))


def _count(seen: Sequence[Observation], thresholds: Sequence[int], is_open: bool) -> Counts:
    answered = [one for one in seen if one.seconds is not None and one.predicted is not None]
    return Counts(
        asked=len(seen),
        answered=len(answered),
        correct=sum(one.predicted == one.label for one in answered),
        agreeing=sum(one.predicted == one.expected for one in answered) if is_open else None,
        late=tuple(
            len(seen) - sum(one.seconds is not None and one.seconds * 1000 <= most for one in answered)
            for most in thresholds
        ),
    )
