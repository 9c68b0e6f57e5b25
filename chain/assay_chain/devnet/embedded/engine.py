"""Starting the embedded engine in a process of its own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from ...errors import Usage
from ..genesis import Genesis
from ..process import Engine

_GENESIS = "embedded-genesis.json"


def start(directory: Path, genesis: Genesis, port: int, block_time: float, lock: int) -> Engine:
    """A new chain that lives as long as its process. Raises Usage when the extra `devnet` is not installed."""
    if importlib.util.find_spec("eth") is None:
        raise Usage(
            "the embedded engine is not installed",
            code="no-embedded-engine",
            culprit="local",
            hint="Run `pip install 'assay-network[devnet]'`, or use --engine anvil.",
        )
    path = directory / _GENESIS
    genesis.save(path)
    module = __name__.rpartition(".")[0]
    command = [sys.executable, "-m", module, "--genesis", str(path)]
    return Engine([*command, "--port", str(port), "--block-time", str(block_time)], directory, genesis, port, lock)
