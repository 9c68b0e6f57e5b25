"""Verified metrics and judged claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .counts import fault_json

if TYPE_CHECKING:
    from assay_client import JudgedClaim, Report


def report_json(report: Report) -> dict[str, Any]:
    """The report for programs."""
    return {
        "audit_id": report.status.audit_id,
        "model_id": report.status.model_id,
        "block": report.status.block,
        "state": state_of(report),
        "outcome": report.status.outcome.name.lower().replace("_", "-"),
        "appeal": report.status.appeal,
        "kind": report.status.kind.name.lower(),
        "test_set": report.status.test_set.hex() if report.status.test_set else None,
        "table": _table_json(report),
        "audits": report.audits,
        "metrics": {name: metric.to_json() for name, metric in report.metrics.items()},
        "claims": [claim_json(claim) for claim in report.claims],
        "service": _service_json(report),
        "voters": list(report.voters),
    }


def claim_json(claim: JudgedClaim) -> dict[str, Any]:
    """One claim for programs."""
    return {
        "metric": claim.metric,
        "op": claim.op,
        "bound": claim.bound,
        "tolerance": claim.tolerance,
        "verified": claim.verified,
        "state": claim.state,
        "reason": claim.reason,
        "audit_id": claim.audit_id,
    }


def state_of(report: Report) -> str:
    """How sure the result is: overturned, final or provisional."""
    return "overturned" if report.overturned else "final" if report.final else "provisional"


def _service_json(report: Report) -> dict[str, Any] | None:
    found = report.service
    if found is None:
        return None
    return {
        "oracles": found.oracles,
        "asked": found.counts.asked,
        "answered": found.counts.answered,
        "evenness": {
            name: {"p_values": each.p_values, "uneven": each.uneven}
            for name, each in (("oracles", found.between_oracles), ("halves", found.between_halves))
        },
        "objectives": [
            {
                "objective": judged.objective.name,
                "op": judged.objective.op,
                "share": judged.objective.share,
                "confidence": judged.objective.confidence,
                "successes": judged.successes,
                "trials": judged.trials,
                "interval": list(judged.interval),
                "state": judged.judgement.state,
                "reason": judged.judgement.reason,
            }
            for judged in found.objectives
        ],
    }


def _table_json(report: Report) -> dict[str, Any] | None:
    if report.table is None or report.status.table is None:
        return None
    found = report.table
    return {
        "table_id": report.status.table.hex(),
        "refuted": report.status.refuted,
        "rebutted": found.rebutted,
        "counts": None if report.status.refuted else list(found.counts) or None,
        "model_counts": list(found.model_counts) or None,
        "differences": None if report.status.refuted else list(found.differences) or None,
        "fault": fault_json(found.fault),
    }
