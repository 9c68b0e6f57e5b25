"""Evidence in the terms of the board."""

from __future__ import annotations

from assay_chain.wrappers import disputes
from assay_chain.wrappers.fairness import Row
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.refute import Evidence, Opening

_INFINITY = bytes(64)


def fault(named: Fault) -> disputes.Fault:
    """One check of one row."""
    return disputes.Fault(named.kind, named.row, named.branch)


def opening(shown: Opening) -> disputes.Opening:
    """A row and its path."""
    row = shown.row
    return disputes.Opening(row.number, Row(*row.points, transcript.proof(row.branches)), shown.path)


def evidence(found: Evidence, table_id: bytes) -> disputes.Evidence:
    """What a check of a table is judged by; what its kind does not need is empty."""
    kind, row, other = found.named.kind, found.opening.row, found.other
    digests: tuple[bytes, ...] = ()
    branches: tuple[bytes, ...] = ()
    if kind is Kind.CHALLENGE:
        branches = row.branches
    elif kind in (Kind.BRANCH, Kind.COMMITMENT_A, Kind.COMMITMENT_B):
        digests, branches = tuple(transcript.digests(row.branches)), (row.branches[found.named.branch],)
    return disputes.Evidence(
        rows=tuple(opening(each) for each in (other, found.opening) if each is not None),
        digests=digests,
        branches=branches,
        hints=(found.scaled or _INFINITY, found.rest or _INFINITY) if kind is Kind.COMMITMENT_B else (),
        other=(found.earlier or table_id) if kind is Kind.DUPLICATE else bytes(32),
    )
