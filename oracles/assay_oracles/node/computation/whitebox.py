"""Whitebox audits: the model of a manifest, measured on a test set."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from assay_chain.wrappers.models import Model, Op

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import metrics
from assay_oracles.audits.whitebox.manifest import ArtifactRef, Card, Manifest, Role, parse
from assay_oracles.node.computation.assignment import Work, fitting, unsupported

_OPS: Final = {Op.AT_LEAST: ">=", Op.AT_MOST: "<="}


def examine(work: Work) -> dict[str, int]:
    """Raw lanes of the policy.

    Raises:
        SpecError: the published bytes can never be audited.
        AssayError: this node, now, cannot tell.
    """
    names = [lane.name for lane in work.assignment.policy.lanes]
    if unknown := set(names) - set(metrics.lane_names(metrics.MAX_CLASSES)):
        raise unsupported(f"the policy's lanes {', '.join(sorted(unknown))}")

    def check(declared: Manifest) -> None:
        with fitting():
            metrics.check_lanes(names, len(declared.classes))

    return measure(work, check)


def measure(work: Work, check: Callable[[Manifest], None] = lambda declared: None) -> dict[str, int]:
    """Raw lanes of the model itself, once `check` has passed its manifest.

    Raises:
        SpecError, AssayError: as `examine`.
    """
    with work.timed("fetch"):
        declared, path = read_manifest(work)
        check_claims(declared, work.assignment.model)
        check(declared)
        files = {ref.role: artifact(work, ref) for ref in declared.artifacts()}
    own_test_set = work.assignment.test_set is not None
    found = work.compute({"audit": "whitebox", "own_test_set": own_test_set, **model_job(path, files)})
    assert isinstance(found, dict), "the answer to such a job"
    return found


def read_manifest(work: Work) -> tuple[Manifest, Path]:
    """The manifest of the audited model, and where its bytes are.

    Raises:
        SpecError: it is malformed, or the model is closed.
    """
    path = fetch_manifest(work)
    return parse(path.read_bytes()), path


def fetch_manifest(work: Work) -> Path:
    """Where the bytes of the audited model's manifest are."""
    model, artifacts = work.assignment.model, work.artifacts
    return artifacts.fetch(model.uri, model.manifest, artifacts.limits.manifest_bytes)


def model_job(manifest: Path, files: Mapping[Role, Path]) -> dict[str, Any]:
    """The part of a job that says which model and data to compute with."""
    return {
        "manifest": str(manifest.resolve()),
        "artifacts": {role: str(path.resolve()) for role, path in files.items()},
    }


def artifact(work: Work, ref: ArtifactRef) -> Path:
    """A copy of a file that the manifest cites; the client's own test set in place of the declared one."""
    assignment, artifacts = work.assignment, work.artifacts
    if ref.role == "test" and assignment.test_set is not None:
        return artifacts.fetch(assignment.test_set_uri, assignment.test_set, culprit="client")
    return artifacts.fetch(ref.uri, ref.digest)


def check_claims(declared: Card, model: Model) -> None:
    """Raises SpecError unless a manifest's claims are those of the registry."""
    registered = {(c.metric, _OPS[c.op], c.bound_micro, c.tolerance_micro) for c in model.claims}
    if registered != {(c.metric, c.op, c.bound_micro, c.tolerance_micro) for c in declared.claims}:
        raise SpecError(
            "claims-differ",
            "claims",
            "are not those of the registry",
            "register the model again with the claims of its manifest",
        )
