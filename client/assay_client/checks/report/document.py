"""The report as data: `report.json`, schema `assay/check/1`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay_oracles.audits.claims import MICRO
from assay_oracles.audits.evidence.method import Answer, MethodResult, Target
from assay_oracles.audits.robustness.claims import JudgedScore, judge
from assay_oracles.audits.service.judging import Judged

from .. import robustness
from ..building import Run
from ..journal import Exchange
from ..plan import Plan

SCHEMA: Final = "assay/check/1"
LATE_MS: Final = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
TRACE_POINTS: Final = 200
EXIT_CODES: Final = {"pass": 0, "fail": 1, "inconclusive": 2}

CAVEATS: Final = {
    "pass": "A pass bounds what these methods see: the share of differing answers or the gap in accuracy is below the "
    "margin on these samples, during this run, for this client. It does not say that the provider behaves alike "
    "towards others, at other times, or on other inputs.",
    "inconclusive": "Not rejected does not mean honest: the queries did not suffice to tell. More queries, or another "
    "method, may.",
    "fail": "A fail says that the provider's answers are not the supplier's: were it honest, so much evidence would "
    "appear with a chance of at most alpha. It does not say why: an outdated copy, a fault or fraud look alike.",
}
SLA_CAVEAT: Final = (
    "An agreement is judged on these samples as seen from this client; it says nothing about who computes the answers."
)


def compose(plan: Plan, run: Run, exchanges: Sequence[Exchange], files: Mapping[str, str]) -> dict[str, Any]:
    """The report without its digest and signature; `files` are SHA-256 of what it rests on, by file name."""
    progress = run.engine.progress
    joined, spent = progress.verdict, progress.spent
    claims = [_claim(claim) for claim in (run.probe.claims if run.probe else ())]
    claims += [_score(claim) for claim in (judge(run.measure) if run.measure else ())]
    states = [claim["state"] for claim in claims]
    kept = "fail" if "broken" in states else "inconclusive" if "undecided" in states else "pass"
    verdict = joined.verdict if joined else kept
    return {
        "schema": SCHEMA,
        "verdict": verdict,
        "p_cheat": joined.p_cheat if joined else None,
        "prior": plan.prior,
        "e_value": joined.e_value if joined else None,
        "alpha": plan.alpha,
        "queries": spent.total(),
        "queries_by_target": _by_target(spent),
        "seed": plan.seed,
        "stopped": progress.stopped,
        "methods": [_method(result) for result in (joined.methods if joined else ())],
        "claims": claims,
        "sla": kept if claims else None,
        "robustness": robustness.describe(run.measure) if run.measure else None,
        "latency": _latency(exchanges),
        "caveats": ([CAVEATS[verdict]] if joined else []) + ([SLA_CAVEAT] if claims else []),
        "trace": _thin(progress.trace),
        "files": dict(files),
        "plan": plan.to_json(),
    }


def exit_code(report: Mapping[str, Any]) -> int:
    """0 when everything checked holds, 1 when something does not, 2 otherwise; breaches of an agreement count too."""
    found = {report["verdict"], *([report["sla"]] if report["sla"] else [])}
    return next(EXIT_CODES[state] for state in ("fail", "inconclusive", "pass") if state in found)


def _method(result: MethodResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "verdict": result.verdict,
        "e_value": result.e_value,
        "pass_e_value": result.pass_e_value,
        "estimate": result.estimate,
        "interval": None if result.interval is None else list(result.interval),
        "queries": sum(result.queries.values()),
        "queries_by_target": _by_target(result.queries),
        "silent": result.silent,
        "facts": dict(result.facts),
    }


def _claim(claim: Judged) -> dict[str, Any]:
    objective = claim.objective
    return {
        "name": objective.name,
        "if": list(objective.condition),
        "parameter": objective.parameter,
        "op": objective.op,
        "share": objective.share,
        "confidence": objective.confidence,
        "successes": claim.successes,
        "trials": claim.trials,
        "interval": list(claim.interval),
        "state": claim.judgement.state,
        "reason": claim.judgement.reason,
    }


def _score(claim: JudgedScore) -> dict[str, Any]:
    promise = claim.promise
    return {
        "name": promise.name,
        "metric": promise.claim.metric,
        "op": promise.claim.op,
        "bound": promise.claim.bound,
        "tolerance": promise.claim.tolerance_micro / MICRO,
        "confidence": promise.confidence,
        "verified": claim.judgement.verified,
        "interval": list(claim.interval),
        "state": claim.judgement.state,
        "reason": claim.judgement.reason,
    }


def _latency(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Requests to each target: how many were answered, and how many of these came later than each threshold."""
    found = {}
    for target in Target:
        replies = [exchange.reply for exchange in exchanges if exchange.target is target]
        seconds = [reply.seconds for reply in replies if isinstance(reply, Answer)]
        if replies:
            late = {str(limit): sum(one * 1000 > limit for one in seconds) for limit in LATE_MS}
            found[target.value] = {"requests": len(replies), "answered": len(seconds), "later_than_ms": late}
    return found


def _by_target(counts: Mapping[Target, int]) -> dict[str, int]:
    return {target.value: counts[target] for target in Target if Counter(counts)[target]}


def _thin(trace: Sequence[tuple[int, float]]) -> list[list[float]]:
    step = max(1, len(trace) // TRACE_POINTS)
    return [list(point) for index, point in enumerate(trace) if index % step == 0 or index == len(trace) - 1]
