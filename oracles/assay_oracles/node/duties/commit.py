"""Compute a vote and commit to it, at the latest shortly before the commit phase ends."""

import math
import time

import structlog
from assay_chain import lanes as packed
from assay_chain.errors import Inconclusive
from assay_chain.wrappers.policies import Kind

from assay_oracles.node.computation import Assignment
from assay_oracles.node.finding import Finding
from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.ballot import Ballot
from assay_oracles.protocol.consensus import Verdict
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"AlreadyCommitted"})
_MARGIN_BLOCKS = 4
_log = structlog.get_logger()


def run(node: Node, view: View) -> None:
    """Commit once; an Unavailable vote rather than none, because absence is slashed."""
    if not view.acts or view.settled_stage is not Stage.COMMITTING or view.stage is not Stage.COMMITTING:
        return
    if view.in_mask(view.latest.progress.committed):
        return
    ballot = node.journal.own(*view.key) or _decide(node, view)
    if ballot is None:
        return
    if node.send(
        "commit", lambda: node.board.commit(view.audit.id, ballot.commitment), lost=_LOST, audit_id=view.audit.id
    ):
        node.telemetry.votes.labels(Verdict(ballot.verdict).name).inc()


def assign(node: Node, view: View) -> None:
    """Put an audit on the bench."""
    if node.bench.knows(view.key) or view.position is None:
        return
    audit, block = view.audit, view.settled_block
    (request,) = node.board.requested(audit.id, audit.request_block, audit.request_block)
    policy = node.policy(audit.policy_id, block)
    is_table = policy.terms.kind is Kind.FAIRNESS
    node.bench.submit(
        Assignment(
            audit_id=audit.id,
            seed=audit.seed,
            commit_end=audit.commit_end,
            policy=policy,
            model=node.models.model(audit.model_id, block),
            test_set=None if is_table else view.test_set,
            test_set_uri=request.test_set_uri,
            position=view.position,
            roster=view.latest.size,
            deadline=_deadline(node, view),
            table=node.tables.published_event(node.tables.table(audit.test_set, block)) if is_table else None,
        )
    )


def seal(node: Node, view: View, finding: Finding) -> Ballot:
    """Make the vote that a finding amounts to: always the same for the same finding."""
    audit = view.audit
    manifest = node.models.model(audit.model_id, view.settled_block).manifest
    document = finding.document(audit.id, audit.seed, manifest, view.test_set)
    return node.voter.seal(audit.id, audit.seed, finding.verdict, finding.raw, packed.pack(finding.raw), document)


def _margin(node: Node, view: View) -> int:
    """Blocks before the end of the commit phase at which the vote must be on its way; at most half of the phase."""
    blocks = math.ceil(node.config.margin_seconds / node.session.book.block_time)
    phase = node.policy(view.audit.policy_id, view.settled_block).terms.commit_blocks
    return min(max(blocks, _MARGIN_BLOCKS), phase // 2)


def _deadline(node: Node, view: View) -> float:
    """When `_decide` stops waiting for the bench, by the clock."""
    blocks = view.audit.commit_end - _margin(node, view) - view.latest_block
    return time.time() + blocks * node.session.book.block_time


def _decide(node: Node, view: View) -> Ballot | None:
    """The vote, journaled before anyone can learn of it; None as long as there is time to find out more."""
    finding = node.bench.finding(view.key)
    in_time = view.latest_block + _margin(node, view) < view.audit.commit_end
    if in_time and (finding is None or finding.transient):
        assign(node, view)
        return None
    if finding is None:
        finding = Finding.unavailable(
            Inconclusive("the commit phase ends before the computation does", code="deadline", culprit="oracle")
        )
    ballot = node.journal.keep(seal(node, view, finding))
    node.bench.drop(view.key)
    if finding.code:
        node.telemetry.errors.labels(finding.culprit, finding.code).inc()
    _log.info(
        "vote.journaled",
        audit_id=view.audit.id,
        verdict=finding.verdict.name,
        code=finding.code,
        culprit=finding.culprit,
        reason=finding.message,
        commitment="0x" + ballot.commitment.hex(),
    )
    return ballot
