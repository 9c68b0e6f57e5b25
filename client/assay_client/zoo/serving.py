"""The zoo as a process: uvicorn on a loopback port."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from assay_chain.errors import Usage

from .models import Models
from .server import build

HOST = "127.0.0.1"


def serve(models: Models, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. `ready` is told the base URL when connections are accepted.

    Raises:
        Usage: the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise Usage(
            f"cannot listen on {HOST}:{port}: {error}",
            code="port-taken",
            culprit="local",
            hint="Choose another --port.",
        ) from error
    config = uvicorn.Config(build(models), log_level="warning", access_log=False, lifespan="off")
    listener.listen()
    ready(f"http://{HOST}:{listener.getsockname()[1]}")
    uvicorn.Server(config).run(sockets=[listener])
