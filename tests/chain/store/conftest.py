"""A real HTTP server that can misbehave in the ways that servers do."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest

PAYLOAD = b"weights " * 4096


class Server:
    """Answers each path with its own kind of trouble. One thread a connection; ends with the test session."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = connection.recv(65536).decode()
            if not head:
                return
            path = head.split()[1]
            self.requests.append(path)
            with contextlib.suppress(OSError):  # the client had enough
                getattr(self, path.strip("/").replace("-", "_"))(connection)

    @staticmethod
    def _send(
        connection: socket.socket, body: bytes, length: int | None, status: str = "200 OK", extra: str = ""
    ) -> None:
        declared = "" if length is None else f"Content-Length: {length}\r\n"
        connection.sendall(f"HTTP/1.1 {status}\r\n{declared}{extra}Connection: close\r\n\r\n".encode() + body)

    def good(self, connection: socket.socket) -> None:
        self._send(connection, PAYLOAD, len(PAYLOAD))

    def undeclared(self, connection: socket.socket) -> None:
        self._send(connection, PAYLOAD, None)

    def declares_more(self, connection: socket.socket) -> None:
        self._send(connection, PAYLOAD, len(PAYLOAD) + 1)

    def declares_less(self, connection: socket.socket) -> None:
        self._send(connection, PAYLOAD, len(PAYLOAD) - 1)

    def declares_a_lot(self, connection: socket.socket) -> None:
        self._send(connection, b"x", 1 << 40)

    def endless(self, connection: socket.socket) -> None:
        self._send(connection, b"", None)
        while True:
            connection.sendall(b"x" * 65536)

    def bomb(self, connection: socket.socket) -> None:
        body = gzip.compress(bytes(64 << 20))
        self._send(connection, body, len(body), extra="Content-Encoding: gzip\r\n")

    def trickle(self, connection: socket.socket) -> None:
        self._send(connection, b"", 1000)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    def silent(self, connection: socket.socket) -> None:
        time.sleep(30)

    def missing(self, connection: socket.socket) -> None:
        self._send(connection, b"no", 2, "404 Not Found")

    def broken(self, connection: socket.socket) -> None:
        self._send(connection, b"oh", 2, "500 Internal Server Error")

    def garbage(self, connection: socket.socket) -> None:
        connection.sendall(b"\0\1\2 not HTTP \r\n\r\n")

    def escape(self, connection: socket.socket) -> None:
        self._send(connection, b"", 0, "500 \x1b[2J\x1b[31mYou won")

    def hangs_up(self, connection: socket.socket) -> None:
        pass

    def loop(self, connection: socket.socket) -> None:
        self._send(connection, b"", 0, "302 Found", "Location: /loop\r\n")

    def moved(self, connection: socket.socket) -> None:
        self._send(connection, b"", 0, "302 Found", "Location: /good\r\n")

    def to_file(self, connection: socket.socket) -> None:
        self._send(connection, b"", 0, "302 Found", "Location: file:///etc/hostname\r\n")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()
