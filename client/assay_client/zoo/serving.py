"""The zoo as a process: uvicorn on a loopback port."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn
from assay_chain.sockets import listen

from .models import Models
from .server import build

HOST = "127.0.0.1"


def serve(models: Models, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. `ready` is told the base URL when connections are accepted.

    Raises:
        Usage: the port is taken.
    """
    listener = listen(HOST, port)
    config = uvicorn.Config(build(models), log_level="warning", access_log=False, lifespan="off")
    ready(f"http://{HOST}:{listener.getsockname()[1]}")
    uvicorn.Server(config).run(sockets=[listener])
