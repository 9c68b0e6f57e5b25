"""From an audit to a finding: fetch by digest, check against the registry, recompute in the sandbox."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from assay_chain import store
from assay_chain.errors import AssayError, Culprit, Inconclusive, Refused
from assay_chain.store.reading import protocol_of
from assay_chain.wrappers.models import Model, Op
from assay_chain.wrappers.policies import Kind, Policy

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import manifest, metrics
from assay_oracles.node.config import NodeConfig
from assay_oracles.node.finding import Finding
from assay_oracles.protocol.consensus import Verdict

_OPS: Final = {Op.AT_LEAST: ">=", Op.AT_MOST: "<="}
_log = structlog.get_logger()


class Computes(Protocol):
    """What `sandbox.Sandbox` offers."""

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> dict[str, int]:
        """Compute one job; see `sandbox.Sandbox.run`."""


@dataclass(frozen=True)
class Assignment:
    """Everything that decides a vote, as the chain says it."""

    audit_id: int
    seed: bytes
    commit_end: int
    """Last block of the commit phase; the most urgent assignment is worked on first."""
    policy: Policy
    model: Model
    test_set: bytes | None
    """SHA-256 of the client's own test set, or None for the declared one."""
    test_set_uri: str


@dataclass(frozen=True)
class Examiner:
    """Examines one assignment at a time."""

    config: NodeConfig
    development: bool
    """Whether artifacts of this machine's file system are allowed."""
    observe: Callable[[str, float], None]
    """Told the duration of each stage, in seconds."""

    def examine(self, assignment: Assignment, sandbox: Computes, stop: threading.Event) -> Finding:
        """Recompute what the audit asks. Never raises for anything that the audit's bytes or this machine may do.

        INVALID_SPEC is found only for what follows from bytes with the right digest; anything else that fails is
        UNAVAILABLE, because other nodes may fare better (design section 2, verdicts).
        """
        log = _log.bind(audit_id=assignment.audit_id)
        try:
            lanes = self._lanes(assignment, sandbox, stop)
            return Finding(Verdict.VALUES, tuple(_fit(assignment.policy, lanes).items()))
        except SpecError as error:
            log.warning("computation.invalid_spec", code=error.code, culprit=error.culprit, reason=error.message)
            return Finding.invalid_spec(error)
        except AssayError as error:
            log.warning("computation.unavailable", code=error.code, culprit=error.culprit, reason=error.message)
            return Finding.unavailable(error)
        except Exception as error:  # a bug of ours must cost a strike, never the node or a bond
            log.exception("computation.bug")
            message = f"{type(error).__name__}: {error}"[:300]
            return Finding.unavailable(Inconclusive(message, code="internal-error", culprit="local"))

    def _lanes(self, assignment: Assignment, sandbox: Computes, stop: threading.Event) -> dict[str, int]:
        if assignment.policy.terms.kind is not Kind.WHITEBOX:
            raise _unsupported(f"audits of kind {assignment.policy.terms.kind.name}")
        names = [lane.name for lane in assignment.policy.lanes]
        if unknown := set(names) - set(metrics.lane_names(metrics.MAX_CLASSES)):
            raise _unsupported(f"the policy's lanes {', '.join(sorted(unknown))}")
        started = time.monotonic()
        limits = self.config.limits
        prune(self.config.artifacts, limits.cache_bytes)
        manifest_path = self._fetch(assignment.model.uri, assignment.model.manifest, limits.manifest_bytes)
        declared = manifest.parse(manifest_path.read_bytes())
        _check_claims(declared, assignment.model)
        metrics.check_lanes(names, len(declared.classes))
        artifacts = {ref.role: self._artifact(ref, assignment) for ref in declared.artifacts()}
        self.observe("fetch", time.monotonic() - started)
        started = time.monotonic()
        job = {
            "manifest": str(manifest_path.resolve()),
            "artifacts": {role: str(path.resolve()) for role, path in artifacts.items()},
            "seed": assignment.seed.hex(),
            "own_test_set": assignment.test_set is not None,
        }
        lanes = sandbox.run(job, stop)
        self.observe("compute", time.monotonic() - started)
        return lanes

    def _artifact(self, ref: manifest.ArtifactRef, assignment: Assignment) -> Path:
        limit = self.config.limits.artifact_bytes
        if ref.role == "test" and assignment.test_set is not None:
            return self._fetch(assignment.test_set_uri, assignment.test_set, limit, "client")
        return self._fetch(ref.uri, ref.digest, limit)

    def _fetch(self, uri: str, digest: bytes, max_bytes: int, culprit: Culprit = "supplier") -> Path:
        allowed = (*self.config.protocols, "file") if self.development else self.config.protocols
        if protocol_of(uri, culprit) not in allowed:
            raise Refused(
                f"this node does not fetch artifacts from {uri[:100]!r}",
                code="protocol-not-allowed",
                culprit=culprit,
                hint=f"It fetches only from {', '.join(allowed)}.",
            )
        cache, timeout = self.config.artifacts, self.config.limits.fetch_seconds
        path = store.fetch(uri, digest, max_bytes=max_bytes, cache=cache, timeout=timeout, culprit=culprit)
        os.utime(path)  # the least recently used ones go first, see `prune`
        return path


def prune(cache: Path, max_bytes: int) -> None:
    """Remove the least recently used artifacts until the rest takes at most `max_bytes`."""
    files = [(path, path.stat()) for path in cache.glob("*") if path.is_file()]
    excess = sum(stat.st_size for _, stat in files) - max_bytes
    for path, stat in sorted(files, key=lambda file: file[1].st_mtime):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= stat.st_size


def _fit(policy: Policy, lanes: Mapping[str, int]) -> dict[str, int]:
    """Arrange computed lanes as the policy has them.

    What the board would refuse at the reveal must not be committed: a vote that cannot be opened costs the bond.
    """
    fitted = {lane.name: lanes[lane.name] for lane in policy.lanes}
    excess = [lane.name for lane in policy.lanes if fitted[lane.name] > lane.maximum]
    raw = tuple(fitted.values())
    broken = [(policy.lanes[i].name, policy.lanes[j].name) for i, j in policy.orders if raw[i] > raw[j]]
    if excess or broken:
        raise Inconclusive(
            f"the policy cannot carry the result: beyond the maximum: {excess}, out of order: {broken}",
            code="lane-out-of-range",
            culprit="gatekeeper",
            hint="Request the audit under a policy with wider lanes.",
        )
    return fitted


def _check_claims(declared: manifest.Manifest, model: Model) -> None:
    registered = {(c.metric, _OPS[c.op], c.bound_micro, c.tolerance_micro) for c in model.claims}
    if registered != {(c.metric, c.op, c.bound_micro, c.tolerance_micro) for c in declared.claims}:
        raise SpecError(
            "claims-differ",
            "claims",
            "are not those of the registry",
            "register the model again with the claims of its manifest",
        )


def _unsupported(what: str) -> Inconclusive:
    return Inconclusive(
        f"this version of the node does not know {what}",
        code="not-supported",
        culprit="oracle",
        hint="Update the node.",
    )
