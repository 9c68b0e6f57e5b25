"""What an audit found about a service, from the votes that carry its result."""

from __future__ import annotations

from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Verdict
from assay_chain.wrappers.policies import Policy
from assay_oracles.audits.service.lanes import NAMES, decode
from assay_oracles.audits.service.pooling import Survey, pool
from assay_oracles.protocol.roster import Progress, seats

from .catalogue import Catalogue


def survey(session: Session, audit: Audit, policy: Policy, block: int) -> Survey:
    """The counts of every paid vote together, judged by the supplier's agreement.

    Raises:
        AssayError: the manifest cannot be had.
    """
    manifest, service = Catalogue(session).find(str(audit.model_id), block).served()
    roster = seats(audit.roster)
    paid = {roster[position] for position in seats(Progress.unpack(audit.progress).paid)}
    names = [lane.name for lane in policy.lanes]
    runs = [
        decode({name: raw for name, raw in zip(names, vote.lanes, strict=True) if name in NAMES})
        for vote in Board(session).revealed(audit.id, audit.request_block, block)
        if vote.seat in paid and vote.verdict is Verdict.VALUES
    ]
    return pool(runs, service.thresholds, manifest.sla, audit.seed)
