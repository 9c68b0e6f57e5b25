"""The portal's addresses."""

from fastapi import APIRouter

from . import admin, audits, fairness, network, oracles, published

router = APIRouter()
for part in (network, audits, published, oracles, fairness, admin):
    router.include_router(part.router)

__all__ = ["router"]
