"""The oracle daemon."""

from assay_oracles.node.config import NodeConfig


def run(config: NodeConfig) -> None:
    """Run an oracle node until it is told to stop (SIGTERM or SIGINT)."""
    raise NotImplementedError
