"""Take what the oracle is owed. Rewards are not owed: they become free stake at once."""

from assay_oracles.node.duties.standing import Standing
from assay_oracles.node.node import Node

_LOST = frozenset({"NothingDue"})


def run(node: Node, standing: Standing) -> bool:
    """Withdraw whatever is owed; returns whether something was."""
    if standing.owed == 0:
        return False
    return node.send("withdraw", node.vault.withdraw, lost=_LOST, amount=standing.owed)
