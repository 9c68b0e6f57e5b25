"""Every kind of audit, and what becomes of whatever goes wrong with one."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from assay_chain.errors import AssayError, Inconclusive
from assay_chain.wrappers.policies import Kind, Policy

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.node.computation import fairness, service, whitebox
from assay_oracles.node.computation.artifacts import Artifacts
from assay_oracles.node.computation.assignment import Assignment, Computes, Work
from assay_oracles.node.finding import Finding
from assay_oracles.node.service.surveys import StillAsking, Surveys
from assay_oracles.protocol.consensus import Verdict

_KINDS: Final[Mapping[Kind, Callable[[Work], dict[str, int] | Fault]]] = {
    Kind.WHITEBOX: whitebox.examine,
    Kind.SERVICE: service.examine,
    Kind.BOTH: service.examine,
    Kind.FAIRNESS: fairness.examine,
}
_log = structlog.get_logger()


@dataclass(frozen=True)
class Examiner:
    """Examines one assignment at a time."""

    artifacts: Artifacts
    surveys: Surveys
    observe: Callable[[str, float], None]
    """Told the duration of each stage, in seconds."""

    def examine(self, assignment: Assignment, sandbox: Computes, stop: threading.Event) -> Finding:
        """Recompute what the audit asks. Never raises for anything that the audit's bytes or this machine may do.

        INVALID_SPEC is found only for what follows from bytes with the right digest; anything else that fails is
        UNAVAILABLE, because other nodes may fare better (design section 2, verdicts).
        """
        log = _log.bind(audit_id=assignment.audit_id)
        try:
            self.artifacts.prune()
            found = self._find(Work(assignment, self.artifacts, sandbox, stop, self.surveys, self.observe))
            if isinstance(found, Fault):
                log.warning("computation.invalid", kind=found.kind.name, row=found.row, reason=str(found))
                return Finding.invalid(found)
            return Finding(Verdict.VALUES, tuple(_fit(assignment.policy, found).items()))
        except SpecError as error:
            log.warning("computation.invalid_spec", code=error.code, culprit=error.culprit, reason=error.message)
            return Finding.invalid_spec(error)
        except StillAsking as error:
            return Finding.unavailable(error)
        except AssayError as error:
            log.warning("computation.unavailable", code=error.code, culprit=error.culprit, reason=error.message)
            return Finding.unavailable(error)
        except Exception as error:  # a bug of ours must cost a strike, never the node or a bond
            log.exception("computation.bug")
            message = f"{type(error).__name__}: {error}"[:300]
            return Finding.unavailable(Inconclusive(message, code="internal-error", culprit="local"))

    def drop(self, audit_id: int, seed: bytes) -> None:
        """Stop what goes on in the background for an audit."""
        self.surveys.drop(audit_id, seed)

    def _find(self, work: Work) -> dict[str, int] | Fault:
        return _KINDS[work.assignment.policy.terms.kind](work)


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
