"""REST: who sees the details of a client's audits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from assay_chain.errors import Refused
from assay_chain.roles import Role

from . import guard
from .auditlog import AuditLog
from .members import Member
from .problems import RESPONSES, NotFound
from .settings import Visibility
from .visibility import Audits

router = APIRouter(prefix="/api/v1", tags=["visibility"], responses=RESPONSES)
_WORD = (1 << 256) - 1


class Choice(BaseModel):
    """Who sees the details of an audit."""

    visibility: Visibility = Field(description="`members`, or `requester`: only those whom the audit concerns.")


@router.put("/visibility", summary="Choose for all of your audits")
async def choose(request: Request, choice: Choice, member: Annotated[Member, Depends(guard.member)]) -> Choice:
    """Choose for the signed-in client's audits, past and future, for which nothing else was chosen.

    Choose before requesting, and the details are never shown to others.
    """
    _keep(request, member, member.address, choice.visibility)
    return choice


@router.put("/audits/{audit_id}/visibility", summary="Choose for one audit")
async def choose_one(
    request: Request,
    audit_id: Annotated[int, Path(ge=1, le=_WORD)],
    choice: Choice,
    member: Annotated[Member, Depends(guard.member)],
) -> Choice:
    """Choose for one audit: its client or a gatekeeper."""
    audits: Audits = request.app.state.visibility
    client = await audits.client(audit_id)
    if client is None:
        raise NotFound(f"there is no audit {audit_id}", code="no-audit", culprit="client", hint="Check its number.")
    if member.address != client and Role.GATEKEEPER not in member.roles:
        raise Refused(
            f"audit {audit_id} is {client}'s",
            code="not-yours",
            culprit="client",
            hint="Its client or a gatekeeper chooses.",
        )
    _keep(request, member, audit_id, choice.visibility)
    return choice


def _keep(request: Request, member: Member, subject: str | int, visibility: Visibility) -> None:
    audits: Audits = request.app.state.visibility
    log: AuditLog = request.app.state.auditlog
    audits.choose(subject, visibility)
    log.record(member, "visibility", {"subject": subject, "visibility": visibility})
