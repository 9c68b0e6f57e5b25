"""The prime-order groups in which cryptograms live, behind one small interface."""

from assay_oracles.audits.fairness.groups.base import Element, Group, NotCanonicalError
from assay_oracles.audits.fairness.groups.registry import GroupId, group_of

__all__ = ["Element", "Group", "GroupId", "NotCanonicalError", "group_of"]
