"""A service that describes itself properly and answers as badly as a test says, byte by byte."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Self

Behaviour = Callable[[socket.socket, int], None]
"""Answers one classification request; the number is that of the inputs asked."""

INFO = {"input_shape": [1, 8, 8], "classes": 10, "messages": 0, "decimals": 6, "batch": 256}


class Hostile:
    """One process-local TCP server; `asked` counts the inputs that it was sent."""

    def __init__(self, behaviour: Behaviour, info: object = INFO, files: Mapping[str, bytes] | None = None) -> None:
        """`files` are served by their paths; any other GET, as that of /info, is answered with `info`."""
        self.behaviour, self.asked = behaviour, 0
        self._info, self._files = info, files or {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head, body = _request(connection)
            if head.startswith("GET"):
                path = head.split()[1]
                connection.sendall(response(self._files.get(path) or json.dumps(self._info).encode()))
            else:
                count = len(json.loads(body)["inputs"])
                self.asked += count
                self.behaviour(connection, count)


def _request(connection: socket.socket) -> tuple[str, bytes]:
    """Head and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.decode().split("\r\n") if line.startswith("Content-Length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head.decode(), body


def response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """One HTTP response that closes the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def probs(rows: object) -> Behaviour:
    """Answers with this as the probabilities."""
    return document({"probs": rows, "model": "x"})


def document(content: object) -> Behaviour:
    """Answers with this JSON."""
    return lambda connection, _: connection.sendall(response(json.dumps(content).encode()))


def raw(content: bytes) -> Behaviour:
    """Answers with these bytes as the body."""
    return lambda connection, _: connection.sendall(response(content))


def status(line: str, *headers: str) -> Behaviour:
    """Answers with a status and no content."""
    return lambda connection, _: connection.sendall(response(b"", line, *headers))


def slow_loris(connection: socket.socket, count: int) -> None:
    """A header that never ends, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        connection.sendall(b"z")
        time.sleep(0.05)


def endless_body(connection: socket.socket, count: int) -> None:
    """Chunk after chunk."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(4000):
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


def endless_header(connection: socket.socket, count: int) -> None:
    """Header after header."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        connection.sendall(f"X-{number}: {'z' * 1000}\r\n".encode())


def closed_early(connection: socket.socket, count: int) -> None:
    """Half a body."""
    connection.sendall(response(b" " * 100)[:-50])


def silence(connection: socket.socket, count: int) -> None:
    """Nothing at all."""


def gzip_bomb(connection: socket.socket, count: int) -> None:
    """A small body that would be a large one."""
    connection.sendall(response(gzip.compress(b"0" * 10_000_000), "200 OK", "Content-Encoding: gzip"))


def uniform(connection: socket.socket, count: int) -> None:
    """A proper answer."""
    document({"probs": [[0.1] * 10] * count, "model": "uniform"})(connection, count)


@contextlib.contextmanager
def serving(behaviour: Behaviour, info: object = INFO, files: Mapping[str, bytes] | None = None) -> Iterator[Hostile]:
    """A running service; see `Hostile`."""
    with Hostile(behaviour, info, files) as service:
        yield service
