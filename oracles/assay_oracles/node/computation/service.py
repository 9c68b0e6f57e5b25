"""Audits of services, and of a model and its service in one vote.

Whatever does not fit the request (no such service, too few samples, another policy) makes a vote UNAVAILABLE, never
INVALID_SPEC: a client must not be able to have a manifest called invalid by asking for what its supplier never offered.
A service that does not answer is no reason for UNAVAILABLE: that is what was measured.
"""

from assay_chain.errors import Inconclusive
from assay_chain.wrappers.policies import Kind

from assay_oracles.audits.service.block import Block
from assay_oracles.audits.service.lanes import ASKED, check_lanes
from assay_oracles.audits.whitebox.manifest import Manifest, opened, read, served
from assay_oracles.node.computation import whitebox
from assay_oracles.node.computation.assignment import Work, fitting
from assay_oracles.node.service.surveys import Plan, Survey


def examine(work: Work) -> dict[str, int]:
    """Raw lanes of the policy.

    Raises:
        SpecError: the published bytes can never be audited.
        StillAsking: the service was not asked about everything yet; call again.
        AssayError: this node, now, cannot tell.
    """
    assignment = work.assignment
    both = assignment.policy.terms.kind is Kind.BOTH
    survey = work.surveys.find(assignment.audit_id, assignment.seed) or _start(work, both)
    if both and survey.model is None:
        survey.model = whitebox.measure(work)
    return {**(survey.model or {}), **survey.lanes()}


def _start(work: Work, both: bool) -> Survey:
    assignment = work.assignment
    with work.timed("fetch"):
        path = whitebox.fetch_manifest(work)
        card = read(path.read_bytes())
        with fitting():
            manifest, service = served(card)
        if both:
            opened(card)
        names = [lane.name for lane in assignment.policy.lanes]
        with fitting():
            check_lanes(names, len(manifest.classes), both=both)
        whitebox.check_claims(manifest, assignment.model)
        files = {ref.role: whitebox.artifact(work, ref) for ref in manifest.artifacts()}
    (asked,) = (lane for lane in assignment.policy.lanes if lane.name == ASKED)
    with fitting():
        block = work.compute(
            {
                "audit": "service",
                "own_test_set": assignment.test_set is not None,
                "position": assignment.position,
                "roster": assignment.roster,
                "most": min(service.inputs, asked.maximum),
                **whitebox.model_job(path, files),
            }
        )
    assert isinstance(block, Block), "the answer to such a job"
    assert bool(block.expected) is isinstance(manifest, Manifest), "M answers where it is open"
    if work.stop.is_set():
        raise Inconclusive("the audit was dropped", code="cancelled", culprit="local")
    plan = Plan(service, len(manifest.classes), files["test"], block, assignment.deadline)
    return work.surveys.start(assignment.audit_id, assignment.seed, plan)
