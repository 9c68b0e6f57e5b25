"""A proxy that remembers every classification that passes, and can hold one back for ever."""

from __future__ import annotations

import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Tap:
    """Forwards to one service; `bodies` are the classification requests so far, in their order."""

    def __init__(self, target: str) -> None:
        """`hold` is the number of the request that is never answered, from 1; None answers all."""
        self.target, self.bodies, self.hold = target, list[bytes](), None
        self.held = threading.Event()
        tap = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._pass(None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                tap.bodies.append(body)
                if len(tap.bodies) == tap.hold:
                    tap.held.set()
                    threading.Event().wait(30)
                else:
                    self._pass(body)

            def _pass(self, body: bytes | None) -> None:
                request = urllib.request.Request(tap.target + self.path, body, {"Content-Type": "application/json"})
                with urllib.request.urlopen(request) as reply:
                    content = reply.read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False

    hold: int | None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
