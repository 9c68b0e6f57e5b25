"""How oracles stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay_client.staking import Standing


def standing_json(found: Standing) -> dict[str, Any]:
    """How an oracle stands, for programs."""
    from assay_chain.amounts import format_amount

    seat, (leaving, release_block) = found.seat, found.unbonding
    return {
        "address": found.address,
        "block": found.block,
        "admitted": found.admitted,
        "seat": seat.index if seat else None,
        "active": bool(seat and seat.active),
        "free": format_amount(seat.free if seat else 0),
        "locked": format_amount(seat.locked if seat else 0),
        "strikes": seat.strikes if seat else 0,
        "jailed_until": seat.jailed_until if seat else 0,
        "minimum_stake": format_amount(found.minimum),
        "missing": format_amount(found.missing),
        "unbonding": format_amount(leaving),
        "release_block": release_block,
        "owed": format_amount(found.owed),
        "balance": format_amount(found.balance),
    }
