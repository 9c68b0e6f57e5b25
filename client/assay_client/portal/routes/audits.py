"""`/audits`."""

from __future__ import annotations

from typing import Annotated

from assay_chain.gateway.problems import RESPONSES
from eth_utils.address import to_checksum_address
from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from assay_client.reports.collecting import collect

from .. import audits
from ..access import DEFAULT_LIMIT, Cursor, Limit, Members
from ..models.audits import AuditDetail, Audits, Kind, Phase
from ..models.common import Address
from ..signed import SignedRoute

router = APIRouter(prefix="/audits", tags=["audits"], route_class=SignedRoute, responses=RESPONSES)
AuditId = Annotated[int, Path(ge=1, le=2**53 - 1)]


@router.get("", summary="Audits, newest first")
def listing(
    reading: Members,
    phase: Annotated[Phase | None, Query(description="Only audits in this phase.")] = None,
    kind: Annotated[Kind | None, Query(description="Only audits of this kind.")] = None,
    model: Annotated[int | None, Query(ge=1, le=2**32 - 1, description="Only audits of this model.")] = None,
    client: Annotated[Address | None, Query(description="Only audits that this account requested.")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Audits:
    """Every audit ever requested whose details the reader may see; `GET /models/{model_id}` counts all of a model."""
    account = None if client is None else to_checksum_address(client)
    return audits.listing(reading, phase=phase, kind=kind, model=model, client=account, cursor=cursor, limit=limit)


@router.get("/{audit_id}", summary="One audit's full evidence")
def detail(reading: Members, audit_id: AuditId) -> AuditDetail:
    """Phases, deadlines, roster, votes, what was decided, and how the money went."""
    return audits.detail(reading, audit_id)


@router.get("/{audit_id}/report", summary="One audit's portable report", response_class=JSONResponse)
def report(reading: Members, audit_id: AuditId) -> JSONResponse:
    """Everything with the signed transactions that prove it: `assay audit verify-report` checks it without a chain."""
    reading.status(audit_id)
    return JSONResponse(collect(reading.session, audit_id, reading.head))
