"""`/models`."""

from __future__ import annotations

from typing import Annotated

from assay_chain.gateway.problems import RESPONSES
from eth_utils.address import to_checksum_address
from fastapi import APIRouter, Query

from .. import published
from ..access import Cursor, Limit, Members, Number
from ..models.common import Address
from ..models.published import ModelDetail, ModelMetrics, Models
from ..signed import SignedRoute

router = APIRouter(prefix="/models", tags=["models"], route_class=SignedRoute, responses=RESPONSES)


@router.get("", summary="Models, newest first")
def listing(
    reading: Members,
    owner: Annotated[Address | None, Query(description="Only models of this supplier.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Models:
    """Every published model version."""
    account = None if owner is None else to_checksum_address(owner)
    return published.listing(reading, owner=account, cursor=cursor, limit=limit)


@router.get("/{model_id}", summary="One model: claims kept and broken, and its audits")
def detail(reading: Members, model_id: Number) -> ModelDetail:
    """Each claim as the newest final audit judges it that measured it."""
    return published.detail(reading, model_id)


@router.get("/{model_id}/metrics", summary="Verified metrics over time")
def metrics(reading: Members, model_id: Number, cursor: Cursor = None, limit: Limit = 50) -> ModelMetrics:
    """What each decided audit verified, with the spread between oracles."""
    return published.metrics(reading, model_id, cursor=cursor, limit=limit)
