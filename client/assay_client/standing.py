"""What became of a supplier's claims over all its audits: no later audit hides what an earlier one measured.

An audit of another kind, or one that found no value, says nothing about a claim. So each claim is judged by the newest
audit that stands and has a value for it, whatever was audited since (docs/protocol.md, section 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from assay_chain.errors import AssayError
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Verdict
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies
from assay_oracles.protocol.round import Stage

from .judging import JudgedClaim, measures, unmeasured
from .verified import judge_all
from .watching import Status, describe, read

_FINDINGS: Final = frozenset({Verdict.VALUES, Verdict.INVALID, Verdict.INVALID_SPEC})


def decided(session: Session, audits: Iterable[int], block: int) -> Iterator[tuple[Audit, Status]]:
    """Those of the audits that found something about what the supplier published, final or not, in their order.

    An audit whose verified table was refuted is among them: it speaks against the supplier. Audits that a gateway hides
    from this account are left out.
    """
    for number in audits:
        try:
            audit = read(session, number, block)
        except AssayError as error:
            if error.code == "audit-hidden":
                continue
            raise
        status = describe(session, audit, Policies(session).kind(audit.policy_id, block), block)
        overturned = status.refuted and status.stage is Stage.OVERTURNED
        if (status.outcome in _FINDINGS or overturned) and status.test_set is None:
            yield audit, status


def claims(session: Session, model_id: int, audits: Iterable[int], block: int) -> tuple[JudgedClaim, ...]:
    """Every claim of a model version, judged by the newest final audit that has a value for it.

    A claim that final audits are about without having a value is undecided by the newest of them; one that no final
    audit is about is not `measured`.

    Args:
        session: reads the chain.
        model_id: the model version.
        audits: numbers of its audits, newest first; only those that the reader may see.
        block: as of which block.
    """
    promises = Models(session).model(model_id, block).claims
    found: list[JudgedClaim] = [unmeasured(promise, "no final audit measured it") for promise in promises]
    for audit, status in decided(session, audits, block):
        missing = [claim.metric for claim in found if claim.verified is None]
        if not missing:
            break
        if status.ended and any(measures(status.kind, metric) for metric in missing):
            policy = Policies(session).get(audit.policy_id, block)
            judged = judge_all(status, promises, policy, Board(session).result(audit.id, block))
            found = [_better(known, new) for known, new in zip(found, judged, strict=True)]
    return tuple(found)


def _better(known: JudgedClaim, new: JudgedClaim) -> JudgedClaim:
    """Of what two audits say of a claim, what counts; `known` is of the newer one."""
    if known.verified is None and (new.verified is not None or not known.measured) and new.measured:
        return new
    return known
