"""Policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay_chain.wrappers.policies import Policy


def policy_json(policy: Policy) -> dict[str, Any]:
    """A policy, for programs."""
    from assay_chain.amounts import format_amount

    terms = policy.terms
    return {
        "policy_id": policy.id,
        "name": policy.name,
        "retired": policy.retired,
        "kind": terms.kind.name.lower(),
        "development": terms.development,
        "min_roster": terms.min_roster,
        "max_roster": terms.max_roster,
        "commit_blocks": terms.commit_blocks,
        "reveal_blocks": terms.reveal_blocks,
        "dispute_blocks": terms.dispute_blocks,
        "bond": format_amount(terms.bond),
        "fee_per_oracle": format_amount(terms.fee_per_oracle),
        "inspection_fee": format_amount(terms.inspection_fee),
        "stipend": format_amount(terms.stipend),
        "forfeit": format_amount(terms.forfeit),
        "lanes": [
            {
                "name": lane.name,
                "unit": lane.unit,
                "decimals": lane.decimals,
                "offset": lane.offset,
                "maximum": lane.maximum,
                "tolerance": lane.tolerance,
                "binding": lane.binding,
            }
            for lane in policy.lanes
        ],
    }
