"""The gateway as a process: uvicorn on a socket, until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from assay_chain.sockets import listen

from .settings import Limits
from .wire import protocol

GRACE_SECONDS: Final = 5
KEEP_ALIVE_SECONDS: Final = 75


def server(
    app: FastAPI, limits: Limits, *, tls: tuple[Path, Path] | None = None, behind_proxy: bool = False
) -> uvicorn.Server:
    """A server of the application that keeps to the limits.

    Args:
        app: from `app.create`.
        limits: of connections, and of the heads of requests.
        tls: files with the certificate chain and its key, in PEM; None serves plain HTTP.
        behind_proxy: whether a reverse proxy on this machine names the caller in ``X-Forwarded-For``.
    """
    certificate, key = tls or (None, None)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=protocol(limits),
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=behind_proxy,
            limit_concurrency=limits.connections,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ssl_certfile=certificate,
            ssl_keyfile=None if key is None else str(key),
        )
    )


def serve(running: uvicorn.Server, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; for the main thread of a command. `ready` is called when connections are accepted.

    Raises:
        Usage: the port is taken.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with listen(host, port) as listener:
        before = signal.signal(signal.SIGTERM, interrupt)
        try:
            ready()
            running.run(sockets=[listener])
        except KeyboardInterrupt:
            pass  # uvicorn raises the signal that stopped it once more
        finally:
            signal.signal(signal.SIGTERM, before)
