"""Verified metrics: what the oracles agreed on, with units and spread, and what became of the supplier's claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import sub

from assay_chain.session import Session
from assay_chain.wrappers.audit_types import FAULT_LANES
from assay_chain.wrappers.board import Audit, Board, Verdict
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.models import Claim as Promise
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Kind, Policies, Policy
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.claims import State
from assay_oracles.audits.fairness import lanes as fairness
from assay_oracles.audits.fairness import metrics as fairness_metrics
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.fault import Kind as FaultKind
from assay_oracles.audits.metric import Metric
from assay_oracles.audits.service.pooling import Survey
from assay_oracles.audits.whitebox import metrics as whitebox_metrics
from assay_oracles.protocol.roster import Progress, seats
from assay_oracles.protocol.round import Stage

from .judging import JudgedClaim, judge
from .surveyed import survey
from .watching import Status, describe, read


@dataclass(frozen=True)
class TableFinding:
    """What oracles agreed on about a fairness table.

    Attributes:
        counts: verified rows of every permutation; empty unless the outcome is `Verdict.VALUES`.
        model_counts: the same recomputed from the open model; empty when the policy does not compare.
        fault: what is false, when the outcome is `Verdict.INVALID`: always the supplier's doing.
        rebutted: whether the fault that the oracles named was: they were wrong.
    """

    counts: tuple[int, ...]
    model_counts: tuple[int, ...]
    fault: Fault | None
    rebutted: bool = False

    @property
    def differences(self) -> tuple[int, ...]:
        """Rows by which the table's counts exceed the recomputed ones; empty when the policy does not compare."""
        return tuple(map(sub, self.counts, self.model_counts))


@dataclass(frozen=True)
class Report:
    """Verified metrics of one audit as of one block.

    Attributes:
        status: the audit.
        metrics: by name; empty unless the outcome is `Verdict.VALUES`, and when the fairness table is refuted.
        claims: every claim of the model version, judged by this audit, or by the newest final one that measures it.
        voters: the oracles whose votes carry the outcome, as addresses.
        audits: how many audits of this model were ever requested: none is hidden.
        table: what was found about the fairness table; None for other kinds of audit.
        service: what was found about the service; None for other kinds and without values.
    """

    status: Status
    metrics: dict[str, Metric]
    claims: tuple[JudgedClaim, ...]
    voters: tuple[str, ...]
    audits: int
    table: TableFinding | None = None
    service: Survey | None = None

    @property
    def final(self) -> bool:
        """Whether the dispute window has passed and the result stands."""
        return self.status.ended and self.status.outcome is not Verdict.NONE

    @property
    def overturned(self) -> bool:
        """Whether what oracles found about a fairness table was shown to be wrong, so that there is no result."""
        return self.table is not None and self.status.stage is Stage.OVERTURNED

    @property
    def broken(self) -> bool:
        """Whether the result is final and against the supplier: a claim is broken, the fairness table is false, or what
        it published cannot be audited; or an objective of its agreement is broken."""
        if self.status.refuted:
            return True
        own = self.status.test_set is not None
        invalid = self.status.outcome is Verdict.INVALID or (self.status.outcome is Verdict.INVALID_SPEC and not own)
        return self.final and (invalid or "broken" in self._states())

    @property
    def kept(self) -> bool:
        """Whether there are final values and every claim and objective that such an audit measures is kept."""
        values = self.status.outcome is Verdict.VALUES and not self.status.refuted
        return self.final and values and self._states() <= {"kept"}

    def _states(self) -> set[State]:
        """What became of every claim and every objective that such an audit is about."""
        objectives = self.service.objectives if self.service else ()
        return {claim.state for claim in self.claims if claim.measured} | {
            each.judgement.state for each in objectives if each.trials
        }


def report(session: Session, audit_id: int, block: int) -> Report:
    """Derive the verified metrics of one audit from the chain as of `block`."""
    audit = read(session, audit_id, block)
    policy = Policies(session).get(audit.policy_id, block)
    kind = policy.terms.kind
    status = describe(session, audit, kind, block)
    result = Board(session).result(audit_id, block)
    table = _finding(session, audit, policy, result, block) if kind is Kind.FAIRNESS else None
    decided = _values(status, policy, result)
    vault = Vault(session)
    positions = seats(Progress.unpack(audit.progress).paid)
    asked = decided and kind in {Kind.SERVICE, Kind.BOTH}
    service = survey(session, audit, policy, block) if asked else None
    return Report(
        status=status,
        metrics=_metrics(session, audit, policy, decided, block) | (service.metrics if service else {}),
        claims=judge_all(status, Models(session).model(audit.model_id, block).claims, policy, result),
        voters=tuple(vault.seat(status.roster[position], block).operator for position in positions),
        audits=len(Board(session).audits_of(audit.model_id, block)),
        table=table,
        service=service,
    )


def judge_all(
    status: Status, promises: Iterable[Promise], policy: Policy, result: tuple[int, ...]
) -> tuple[JudgedClaim, ...]:
    """Claims of the registry, each judged by this audit alone; `result` is what it decided under `policy`."""
    decided, own = _values(status, policy, result), status.test_set is not None
    found = [judge(promise, policy, decided, own_test_set=own) for promise in promises]
    return tuple(replace(claim, audit_id=status.audit_id if claim.measured else None) for claim in found)


def _values(status: Status, policy: Policy, result: tuple[int, ...]) -> dict[str, int]:
    """The decided lanes by name; empty for what has no verified values: another verdict, or a refuted table."""
    return named_lanes(policy, result) if status.outcome is Verdict.VALUES and not status.refuted else {}


def named_lanes(policy: Policy, lanes: tuple[int, ...], verdict: Verdict = Verdict.VALUES) -> dict[str, int]:
    """Raw lane numbers by lane name; empty for a verdict that carries none."""
    names = FAULT_LANES if verdict is Verdict.INVALID else [spec.name for spec in policy.lanes]
    return dict(zip(names, lanes, strict=True)) if lanes else {}


def _metrics(
    session: Session, audit: Audit, policy: Policy, decided: Mapping[str, int], block: int
) -> dict[str, Metric]:
    if not decided or policy.terms.kind is Kind.SERVICE:
        return {}
    if policy.terms.kind is Kind.FAIRNESS:
        return fairness_metrics.derive(fairness.counts(decided))
    *_, event = Board(session).decided(audit.id, audit.request_block, block)  # an appeal decides once more
    return whitebox_metrics.derive(decided, named_lanes(policy, event.lowest), named_lanes(policy, event.highest))


def _finding(session: Session, audit: Audit, policy: Policy, result: tuple[int, ...], block: int) -> TableFinding:
    """What an audit found about its table, and what anyone has shown about that since."""
    fault = Fault(FaultKind(result[0]), result[1], result[2]) if audit.outcome is Verdict.INVALID else None
    decided = named_lanes(policy, result) if audit.outcome is Verdict.VALUES else {}
    return TableFinding(
        fairness.counts(decided),
        fairness.counts(decided, model=True),
        fault,
        rebutted=Disputes(session).is_rebutted(audit.id, block),
    )
