"""What the counts of permutations say, and what is false about a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay_chain.wrappers.disputes import Fault as Disputed
    from assay_oracles.audits.fairness.fault import Fault


def counts_json(counts: Sequence[int] | None) -> dict[str, Any]:
    """The counts with their metrics and rates; None for counts that must not be repeated, being false."""
    from assay_oracles.audits.fairness.metrics import RATES, confusions, group_intervals, group_metrics

    if counts is None:
        return {"counts": None, "metrics": {}, "rates": []}
    intervals = group_intervals(counts)
    return {
        "counts": list(counts),
        "metrics": {name: _estimate(value, intervals[name]) for name, value in group_metrics(counts).items()},
        "rates": [
            {name: _estimate((rate := of(group)).value, rate.interval) for name, of in RATES.items()}
            for group in confusions(counts)
        ],
    }


def fault_json(fault: Fault | None) -> dict[str, Any] | None:
    """What is false about a table, for programs; whoever made the table is to blame."""
    if fault is None:
        return None
    return {
        "kind": fault.kind.name.lower().replace("_", "-"),
        "row": fault.row,
        "branch": fault.branch,
        "sentence": str(fault),
        "culprit": "supplier",
    }


def dispute_json(fault: Disputed) -> dict[str, Any]:
    """By what a table was refuted, for programs."""
    from assay_chain.wrappers.disputes import WITHHELD
    from assay_oracles.audits.fairness.fault import Fault, Kind

    if fault.kind != WITHHELD:
        return fault_json(Fault(Kind(fault.kind), fault.row, fault.branch)) or {}
    return {
        "kind": "withheld",
        "row": fault.row,
        "branch": fault.branch,
        "sentence": "nobody showed it when it was demanded",
        "culprit": "supplier",
    }


def _estimate(value: float | None, interval: tuple[float, float] | None) -> dict[str, float | None]:
    """A value and its interval at 95 %; null where undefined, or where there is no upper bound."""
    low, high = interval or (None, None)
    return {"value": value, "low": low, "high": None if high == float("inf") else high}
