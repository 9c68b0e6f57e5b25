"""Runs the embedded engine until it is told to stop (SIGINT, SIGTERM)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import click

from ..genesis import Genesis
from .ledger import Ledger
from .node import Node
from .server import Server


@click.command(help=__doc__)
@click.option("--genesis", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8545, show_default=True)
@click.option("--block-time", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True)
def main(genesis: Path, port: int, block_time: float) -> None:
    """Serves the chain that begins with `genesis` (a genesis file as geth and Besu read it)."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("eth").setLevel(logging.WARNING)
    server = Server(Node(Ledger(Genesis.load(genesis))), block_time)
    try:
        asyncio.run(_serve(server, port))
    except OSError as error:
        sys.exit(f"cannot listen on 127.0.0.1:{port}: {error.strerror}")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a long EVM run on the worker thread cannot be interrupted, and nothing is left to save


async def _serve(server: Server, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await server.serve(port, stop)


if __name__ == "__main__":
    main()
