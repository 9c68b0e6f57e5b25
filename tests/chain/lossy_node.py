"""A node that forwards to another one and misbehaves as a test tells it: the network between us and a chain."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import requests

Answer = dict[str, Any]
Forward = Callable[[], Answer]
Behaviour = Callable[[Answer, Forward], Answer | None]
"""Given a request and the way to forward it: what to answer, or None to cut the connection."""


def cut(request: Answer, forward: Forward) -> None:
    """The request never arrives."""


def lose_answer(request: Answer, forward: Forward) -> None:
    """The request arrives, its answer does not."""
    forward()


def result(value: Any) -> Behaviour:
    """Answer that, whatever was asked."""
    return lambda request, forward: {"jsonrpc": "2.0", "id": request["id"], "result": value}


def error(code: int, message: str) -> Behaviour:
    """Refuse with that error; the request never arrives."""
    return lambda request, forward: {"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}}


def lie(change: Callable[[Any], Any]) -> Behaviour:
    """Change the true result."""
    return lambda request, forward: {**(answer := forward()), "result": change(answer["result"])}


class LossyNode:
    """Serves on a free port; `plan` holds, by method, how the next requests go wrong. Others are forwarded."""

    def __init__(self, upstream: str) -> None:
        self.plan: dict[str, list[Behaviour]] = {}
        self.always: dict[str, Behaviour] = {}
        self.asked: list[Answer] = []
        node = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = node._handle(request, lambda: requests.post(upstream, json=request, timeout=10).json())
                self.close_connection = True
                if answer is None:
                    return
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, method: str) -> int:
        """How often a method was asked."""
        return sum(request["method"] == method for request in self.asked)

    def _handle(self, request: Answer, forward: Forward) -> Answer | None:
        self.asked.append(request)
        method = request["method"]
        planned = self.plan.get(method)
        behaviour = planned.pop(0) if planned else self.always.get(method)
        return forward() if behaviour is None else behaviour(request, forward)
