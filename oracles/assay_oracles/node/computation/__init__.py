"""From an audit to a finding: fetch by digest, check against the chain, recompute in the sandbox. A file a kind."""

from assay_oracles.node.computation.artifacts import Artifacts
from assay_oracles.node.computation.assignment import Assignment, Computes
from assay_oracles.node.computation.examiner import Examiner

__all__ = ["Artifacts", "Assignment", "Computes", "Examiner"]
