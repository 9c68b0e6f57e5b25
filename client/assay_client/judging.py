"""Every claim of a supplier, judged by what one audit decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay_chain.wrappers.models import Claim as Promise
from assay_chain.wrappers.models import Op as RegistryOp
from assay_chain.wrappers.policies import Kind, Policy
from assay_oracles.audits.claims import MICRO, Claim, Judgement, Op, State
from assay_oracles.audits.fairness import claims as of_fairness
from assay_oracles.audits.fairness.lanes import counts
from assay_oracles.audits.fairness.metrics import CLAIMABLE
from assay_oracles.audits.whitebox import claims as of_whitebox
from assay_oracles.audits.whitebox.metrics import derive


@dataclass(frozen=True)
class JudgedClaim:
    """One promise of the supplier and what became of it.

    Attributes:
        metric: its name, for example `accuracy`.
        op: `>=` or `<=`.
        bound: what was promised, in the metric's unit; `tolerance` is the slack that the supplier declared.
        verified: the verified value, or None when there is none.
        state: kept, broken or undecided, and why.
        measured: whether audits of this kind are about the metric at all; the others say nothing about the claim.
        audit_id: the audit that it was judged by; None when none measured it.
    """

    metric: str
    op: str
    bound: float
    tolerance: float
    verified: float | None
    state: State
    reason: str
    measured: bool = True
    audit_id: int | None = None


def judge(promise: Promise, policy: Policy, decided: Mapping[str, int], *, own_test_set: bool) -> JudgedClaim:
    """Judge one claim of the registry.

    Args:
        promise: the claim.
        policy: of the audit.
        decided: the decided raw lanes by name; empty when the audit ended without values.
        own_test_set: whether a client's own test set was measured.
    """
    claim = _claim(promise)
    kind = policy.terms.kind
    if not measures(kind, claim.metric):
        return unmeasured(promise, f"a {kind.name.lower()} audit does not measure it")
    if not decided or (kind is not Kind.FAIRNESS and claim.metric not in derive(decided)):
        found = Judgement("undecided", "no verified value", None)
    elif kind is Kind.FAIRNESS:
        found = of_fairness.judge(claim, counts(decided))
    else:
        tolerances = {lane.name: lane.tolerance for lane in policy.lanes}
        found = of_whitebox.judge(claim, decided, tolerances, own_test_set=own_test_set)
    return _judged(claim, found, measured=True)


def measures(kind: Kind, metric: str) -> bool:
    """Whether audits of that kind are about a metric at all."""
    return kind is not Kind.SERVICE and (metric in CLAIMABLE) is (kind is Kind.FAIRNESS)


def unmeasured(promise: Promise, reason: str) -> JudgedClaim:
    """A claim of the registry about which nothing is known, and why."""
    return _judged(_claim(promise), Judgement("undecided", reason, None), measured=False)


def _claim(promise: Promise) -> Claim:
    op: Op = ">=" if promise.op is RegistryOp.AT_LEAST else "<="
    return Claim(promise.metric, op, promise.bound_micro, promise.tolerance_micro)


def _judged(claim: Claim, found: Judgement, *, measured: bool) -> JudgedClaim:
    slack = claim.tolerance_micro / MICRO
    return JudgedClaim(claim.metric, claim.op, claim.bound, slack, found.verified, found.state, found.reason, measured)
