"""Verified metrics: what the oracles agreed on, with units and spread, and what became of the supplier's claims."""

from __future__ import annotations

from dataclasses import dataclass

from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.models import Op as RegistryOp
from assay_chain.wrappers.policies import Policies, Policy
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.claims import MICRO, Claim, Judgement, Op, State
from assay_oracles.audits.metric import Metric
from assay_oracles.audits.whitebox import claims as judging
from assay_oracles.audits.whitebox.metrics import derive
from assay_oracles.protocol.roster import Progress, seats

from .watching import Status, describe, read


@dataclass(frozen=True)
class JudgedClaim:
    """One promise of the supplier and what became of it.

    Attributes:
        metric: its name, for example `accuracy`.
        op: `>=` or `<=`.
        bound: what was promised, in the metric's unit; `tolerance` is the slack that the supplier declared.
        verified: the verified value, or None when there is none.
        state: kept, broken or undecided, and why.
    """

    metric: str
    op: str
    bound: float
    tolerance: float
    verified: float | None
    state: State
    reason: str


@dataclass(frozen=True)
class Report:
    """Verified metrics of one audit as of one block.

    Attributes:
        status: the audit.
        metrics: by name; empty unless the outcome is `Verdict.VALUES`.
        claims: every claim of the model version.
        voters: the oracles whose votes carry the outcome, as addresses.
        audits: how many audits of this model were ever requested: none is hidden.
    """

    status: Status
    metrics: dict[str, Metric]
    claims: tuple[JudgedClaim, ...]
    voters: tuple[str, ...]
    audits: int

    @property
    def final(self) -> bool:
        """Whether the dispute window has passed and the result stands."""
        return self.status.ended and self.status.outcome is not Verdict.NONE

    @property
    def broken(self) -> bool:
        """Whether the result is final and against the supplier: a claim is broken, or the model cannot be audited."""
        own = self.status.test_set is not None
        invalid = self.status.outcome is Verdict.INVALID_SPEC and not own
        return self.final and (invalid or any(claim.state == "broken" for claim in self.claims))

    @property
    def kept(self) -> bool:
        """Whether there are final values and every claim is kept."""
        values = self.status.outcome is Verdict.VALUES
        return self.final and values and all(claim.state == "kept" for claim in self.claims)


def report(session: Session, audit_id: int, block: int) -> Report:
    """Derive the verified metrics of one audit from the chain as of `block`."""
    audit = read(session, audit_id, block)
    status = describe(audit, block)
    policy = Policies(session).get(audit.policy_id, block)
    decided = named_lanes(policy, Board(session).result(audit_id, block))
    metrics: dict[str, Metric] = {}
    if decided:
        (event,) = Board(session).decided(audit_id, audit.request_block, block)
        metrics = derive(decided, named_lanes(policy, event.lowest), named_lanes(policy, event.highest))
    vault = Vault(session)
    positions = seats(Progress.unpack(audit.progress).paid)
    return Report(
        status=status,
        metrics=metrics,
        claims=_judge(session, audit.model_id, policy, decided, block, own_test_set=status.test_set is not None),
        voters=tuple(vault.seat(status.roster[position], block).operator for position in positions),
        audits=len(Board(session).audits_of(audit.model_id, block)),
    )


def named_lanes(policy: Policy, lanes: tuple[int, ...]) -> dict[str, int]:
    """Raw lane numbers by lane name; empty for a vote without values."""
    return dict(zip((spec.name for spec in policy.lanes), lanes, strict=True)) if lanes else {}


def _judge(
    session: Session, model_id: int, policy: Policy, decided: dict[str, int], block: int, *, own_test_set: bool
) -> tuple[JudgedClaim, ...]:
    tolerances = {lane.name: lane.tolerance for lane in policy.lanes}
    judged = []
    for promise in Models(session).model(model_id, block).claims:
        op: Op = ">=" if promise.op is RegistryOp.AT_LEAST else "<="
        claim = Claim(promise.metric, op, promise.bound_micro, promise.tolerance_micro)
        if decided and claim.metric in derive(decided):
            verdict = judging.judge(claim, decided, tolerances, own_test_set=own_test_set)
        else:
            verdict = Judgement("undecided", "no verified value", None)
        tolerance = claim.tolerance_micro / MICRO
        judged.append(
            JudgedClaim(claim.metric, op, claim.bound, tolerance, verdict.verified, verdict.state, verdict.reason)
        )
    return tuple(judged)
