"""`/oracles`."""

from __future__ import annotations

from typing import Annotated

from assay_chain.gateway.problems import RESPONSES
from fastapi import APIRouter, Path

from .. import oracles
from ..access import Members
from ..models.oracles import OracleDetail, Oracles
from ..signed import SignedRoute

router = APIRouter(prefix="/oracles", tags=["oracles"], route_class=SignedRoute, responses=RESPONSES)


@router.get("", summary="Every oracle: stake, agreement, slashes")
def listing(reading: Members) -> Oracles:
    """By seat; there are at most 256."""
    return oracles.listing(reading)


@router.get("/{seat}", summary="One oracle")
def detail(reading: Members, seat: Annotated[int, Path(ge=0, le=255)]) -> OracleDetail:
    """Its standing, how its stake changed, and the audits that drew it."""
    return oracles.detail(reading, seat)
