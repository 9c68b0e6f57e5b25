"""`/fairness`: the fairness board."""

from __future__ import annotations

from typing import Annotated, Literal

from assay_chain.gateway.problems import RESPONSES
from fastapi import APIRouter, Path, Query

from .. import tables
from ..access import DEFAULT_LIMIT, Board, Cursor, Limit
from ..models.tables import TableDetail, Tables
from ..signed import SignedRoute

router = APIRouter(prefix="/fairness", tags=["fairness"], route_class=SignedRoute, responses=RESPONSES)
State = Literal["pending", "verified", "rejected", "refuted"]


@router.get("", summary="Fairness tables, newest first")
def listing(
    reading: Board,
    state: Annotated[State | None, Query(description="Only tables in this state.")] = None,
    model: Annotated[int | None, Query(ge=1, le=2**32 - 1, description="Only tables of this model.")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Tables:
    """Every published table, with counts, rates of each group and metrics between them, and intervals at 95 %."""
    return tables.listing(reading, state=state, model=model, cursor=cursor, limit=limit)


@router.get("/{table_id}", summary="One fairness table")
def detail(reading: Board, table_id: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> TableDetail:
    """What the board has on record of it, and what happened to it."""
    return tables.detail(reading, bytes.fromhex(table_id))
