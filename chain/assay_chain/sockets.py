"""Sockets that serve."""

from __future__ import annotations

import socket

from assay_chain.errors import Usage


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections.

    Args:
        host: interface; a name or an address.
        port: 0 takes a free one.

    Raises:
        Usage: the port is taken, or the interface is none of this machine's.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise Usage(
            f"cannot listen on {host}:{port}: {error}",
            code="port-taken",
            culprit="local",
            hint="Stop what uses it, or choose another --port; 0 takes a free one.",
        ) from error
    listener.listen()
    return listener
