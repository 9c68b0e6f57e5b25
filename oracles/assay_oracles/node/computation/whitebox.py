"""Whitebox audits: the model of a manifest, measured on a test set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from assay_chain.wrappers.models import Model, Op

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.whitebox import metrics
from assay_oracles.audits.whitebox.manifest import ArtifactRef, Manifest, Role, parse
from assay_oracles.node.computation.assignment import Work, unsupported

_OPS: Final = {Op.AT_LEAST: ">=", Op.AT_MOST: "<="}


def examine(work: Work) -> dict[str, int] | Fault:
    """Raw lanes of the policy.

    Raises:
        SpecError: the published bytes can never be audited.
        AssayError: this node, now, cannot tell.
    """
    names = [lane.name for lane in work.assignment.policy.lanes]
    if unknown := set(names) - set(metrics.lane_names(metrics.MAX_CLASSES)):
        raise unsupported(f"the policy's lanes {', '.join(sorted(unknown))}")
    with work.timed("fetch"):
        declared, path = read_manifest(work)
        _check_claims(declared, work.assignment.model)
        metrics.check_lanes(names, len(declared.classes))
        files = {ref.role: _artifact(work, ref) for ref in declared.artifacts()}
    own_test_set = work.assignment.test_set is not None
    return work.compute({"audit": "whitebox", "own_test_set": own_test_set, **model_job(path, files)})


def read_manifest(work: Work) -> tuple[Manifest, Path]:
    """The manifest of the audited model, and where its bytes are.

    Raises:
        SpecError: it is malformed, or the model is closed.
    """
    model, artifacts = work.assignment.model, work.artifacts
    path = artifacts.fetch(model.uri, model.manifest, artifacts.limits.manifest_bytes)
    return parse(path.read_bytes()), path


def model_job(manifest: Path, files: Mapping[Role, Path]) -> dict[str, Any]:
    """The part of a job that says which model and data to compute with."""
    return {
        "manifest": str(manifest.resolve()),
        "artifacts": {role: str(path.resolve()) for role, path in files.items()},
    }


def _artifact(work: Work, ref: ArtifactRef) -> Path:
    assignment, artifacts = work.assignment, work.artifacts
    if ref.role == "test" and assignment.test_set is not None:
        return artifacts.fetch(assignment.test_set_uri, assignment.test_set, culprit="client")
    return artifacts.fetch(ref.uri, ref.digest)


def _check_claims(declared: Manifest, model: Model) -> None:
    registered = {(c.metric, _OPS[c.op], c.bound_micro, c.tolerance_micro) for c in model.claims}
    if registered != {(c.metric, c.op, c.bound_micro, c.tolerance_micro) for c in declared.claims}:
        raise SpecError(
            "claims-differ",
            "claims",
            "are not those of the registry",
            "register the model again with the claims of its manifest",
        )
