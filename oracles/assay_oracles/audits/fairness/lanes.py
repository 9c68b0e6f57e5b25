"""The lanes of a vote on a fairness table: its counts, and a digest that only who read the whole table knows."""

from collections.abc import Mapping, Sequence
from typing import Final

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.params import MAX_GROUPS, Params
from assay_oracles.audits.metric import Lane

CELLS: Final = ("tn", "fp", "fn", "tp")
"""Of one group, in the order of the permutations k = 4 * group + 2 * actual + predicted."""
LEAVES: Final = "leaves"


def lanes(groups: int, *, model: bool = False) -> tuple[Lane, ...]:
    """The lanes of a vote on a table of that many protected groups, in order.

    Args:
        groups: of the table, 2 to 8.
        model: whether the counts are also recomputed from an open model, for comparison.
    """
    most = (1 << Params(groups=groups).width) - 1
    counted = [Lane(name, "rows", 0, 0, most) for name in _cells("", groups)]
    recomputed = [Lane(name, "rows", 0, 0, most) for name in _cells("model_", groups)] if model else []
    return (*counted, Lane(LEAVES, "digest", 0, 0, (1 << 32) - 1), *recomputed)


def lane_names(groups: int, *, model: bool = False) -> tuple[str, ...]:
    """Names of `lanes`, in order."""
    return tuple(lane.name for lane in lanes(groups, model=model))


def counts(vote: Mapping[str, int], *, model: bool = False) -> tuple[int, ...]:
    """The counts of the 4g permutations in a vote: the table's, or those recomputed from the model (empty without)."""
    prefix = "model_" if model else ""
    found = [vote.get(name) for name in _cells(prefix, MAX_GROUPS)]
    return tuple(number for number in found if number is not None)


def check_lanes(names: Sequence[str], groups: int, *, recountable: bool = True) -> None:
    """Raises SpecError (culprit: client) when a policy with these lanes cannot carry a vote on such a table.

    Args:
        names: of the policy's lanes.
        groups: protected groups of the table.
        recountable: whether oracles can count again what the table's model says: it is open, and has two classes.
    """
    comparing = tuple(names) == lane_names(groups, model=True)
    if comparing and not recountable:
        raise SpecError(
            "policy-mismatch",
            "policy",
            "the policy compares the table with its model, and this one is closed or has more than two classes",
            f"request the audit under the policy fairness-{groups}",
            culprit="client",
        )
    if not comparing and tuple(names) != lane_names(groups):
        raise SpecError(
            "policy-mismatch",
            "policy",
            f"the policy's {len(names)} lanes are not those of a table with {groups} protected groups",
            f"request the audit under the policy fairness-{groups}",
            culprit="client",
        )


def _cells(prefix: str, groups: int) -> list[str]:
    return [f"{prefix}{cell}_{group}" for group in range(groups) for cell in CELLS]
