"""Published fairness tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .counts import counts_json

if TYPE_CHECKING:
    from assay_client.fairness_board import Posted


def posted_json(posted: Posted) -> dict[str, Any]:
    """A published table, for programs; the counts of a rejected one are false, and not repeated."""
    table, event = posted.table, posted.event
    return {
        "table_id": table.id.hex(),
        "model_id": table.model_id,
        "supplier": table.supplier,
        "state": posted.state,
        "retired": posted.retired,
        "audit_id": table.audit_id or None,
        "refuter": table.refuter,
        "audits": list(posted.audits),
        "n": table.n,
        "groups": posted.groups,
        "pads": None if posted.false else table.n - sum(posted.counts),
        **counts_json(None if posted.false else posted.counts),
        "file": event.file.hex(),
        "uri": event.uri,
        "block": event.block,
        "tx": f"0x{event.tx_hash.hex()}",
    }
