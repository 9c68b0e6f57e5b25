"""Who reads what, as of which block: what every route of the portal depends on."""

from __future__ import annotations

from typing import Annotated

from anyio import from_thread
from assay_chain.gateway import guard
from assay_chain.gateway.members import Member
from assay_chain.gateway.settings import Settings
from fastapi import Depends, Query, Request
from fastapi import Path as PathParameter

from .paging import LIMIT, LIMIT_MAX
from .reading import Reading

Number = Annotated[int, PathParameter(ge=1, le=2**32 - 1)]
Cursor = Annotated[int | None, Query(ge=1, le=2**53 - 1, description="From the page before.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Most entries of the page.")]
DEFAULT_LIMIT = LIMIT


def _read(request: Request, reader: Member | None) -> Reading:
    """The newest settled block; whatever the request reads is of this block, and so is its receipt."""
    state = request.app.state

    def sees(audit_id: int) -> bool:
        return bool(from_thread.run(state.visibility.sees, reader, audit_id))

    reading = Reading(state.portal_session, state.portal_shelf, state.portal_session.head(), sees)
    request.state.reading = reading
    return reading


def _member_reads(request: Request, member: Annotated[Member, Depends(guard.member)]) -> Reading:
    return _read(request, member)


async def _board_reader(request: Request) -> Member | None:
    settings: Settings = request.app.state.settings
    if settings.fairness != "public":
        return await guard.member(request)
    await guard.stranger(request)
    return None


def _anyone_reads(request: Request, reader: Annotated[Member | None, Depends(_board_reader)]) -> Reading:
    return _read(request, reader)


Members = Annotated[Reading, Depends(_member_reads)]
"""For members."""
Board = Annotated[Reading, Depends(_anyone_reads)]
"""For anyone where the gatekeeper made the fairness board public, else for members."""
