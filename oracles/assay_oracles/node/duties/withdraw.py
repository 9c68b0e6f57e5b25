"""Take what the oracle is owed. Rewards are not owed: they become free stake at once."""

from assay_oracles.node.duties.standing import Standing
from assay_oracles.node.node import Node

_LOST = frozenset({"NothingDue"})


def run(node: Node, standing: Standing) -> None:
    """Withdraw whatever is owed."""
    if standing.owed > 0:
        node.send("withdraw", node.vault.withdraw, lost=_LOST, amount=standing.owed)
