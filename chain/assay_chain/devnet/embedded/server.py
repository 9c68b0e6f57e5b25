"""JSON-RPC 2.0 over HTTP on the loopback interface, one request at a time.

Requests and blocks run on one worker thread in order of arrival, so the chain needs no locks. A page in a browser
cannot talk to the chain: a JSON content type is required (so cross-origin requests need a preflight, which is refused),
and the Host header must name this machine (which stops DNS rebinding).
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, TypeVar

from aiohttp import web

from .faults import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, RpcError
from .node import Node

MAX_BODY = 5 * 1024 * 1024
MAX_BATCH = 1000
_READ_TIMEOUT = 30.0
# py-evm raises Python's recursion limit to 12,288 frames, more than a thread's usual 8 MB can hold.
_STACK = 256 * 1024 * 1024
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
Response = dict[str, object]


class Server:
    """A node behind HTTP that mines at an interval."""

    def __init__(self, node: Node, block_time: float) -> None:
        """`block_time` in seconds."""
        self._node = node
        self._block_time = block_time
        threading.stack_size(_STACK)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chain")

    async def serve(self, port: int, stop: asyncio.Event) -> None:
        """Answers until `stop` is set. Raises OSError when the port is taken."""
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_post("/", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            miner = asyncio.create_task(self._mine())
            await stop.wait()
            miner.cancel()
        finally:
            await runner.cleanup()
            self._worker.shutdown(wait=False, cancel_futures=True)

    async def _mine(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._block_time
        while True:
            await asyncio.sleep(due - loop.time())
            try:
                await self._run(self._node.mine)
            except Exception:  # the chain must go on; what was taken from the pool is lost
                _log.exception("a block failed")
            due = max(due + self._block_time, loop.time())  # do not make up for blocks that were missed

    async def _run(self, job: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, job)

    async def _answer(self, request: web.Request) -> web.Response:
        if request.host.rsplit(":", 1)[0] not in _HOSTS and request.host not in _HOSTS:
            raise web.HTTPForbidden(text="invalid host specified\n")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="invalid content type, only application/json is supported\n")
        try:
            async with asyncio.timeout(_READ_TIMEOUT):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _reply(_failed(None, RpcError(INVALID_REQUEST, f"content length too large (limit {MAX_BODY})")), 413)
        except TimeoutError:
            return _reply(_failed(None, RpcError(INVALID_REQUEST, "the request did not arrive in time")), 408)
        try:
            # On the worker, whose stack is large enough for Python to notice too deep a nesting before it overflows.
            message = await self._run(lambda: json.loads(body, parse_constant=_refuse))
        except (ValueError, RecursionError):
            return _reply(_failed(None, RpcError(PARSE_ERROR, "parse error")))
        if not isinstance(message, list):
            return _reply(await self._single(message))
        if not 1 <= len(message) <= MAX_BATCH:
            text = "batch too large" if message else "empty batch"
            return _reply(_failed(None, RpcError(INVALID_REQUEST, text)))
        # One job a member: blocks are mined in between.
        responses = [response for item in message if (response := await self._single(item)) is not None]
        return _reply(responses or None)

    async def _single(self, message: object) -> Response | None:
        """The response to one request; None for a notification (which is carried out all the same)."""
        if not isinstance(message, dict):
            return _failed(None, RpcError(INVALID_REQUEST, "invalid request"))
        identity = message.get("id")
        if isinstance(identity, bool | list | dict):
            return _failed(None, RpcError(INVALID_REQUEST, "invalid request: id must be a string, a number or null"))
        method, params = message.get("method"), message.get("params")
        if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
            return _failed(identity, RpcError(INVALID_REQUEST, "invalid request"))
        response = await self._run(lambda: self._execute(identity, method, params))
        return response if "id" in message else None

    def _execute(self, identity: object, method: str, params: object) -> Response:
        try:
            if params is not None and not isinstance(params, list):
                raise RpcError(INVALID_PARAMS, "non-array args")
            return {"jsonrpc": "2.0", "id": identity, "result": self._node.call(method, params or [])}
        except RpcError as error:
            return _failed(identity, error)
        except Exception as error:  # whatever a hostile input finds in the layers below
            _log.exception("%s failed", method[:64])
            return _failed(identity, RpcError(INTERNAL_ERROR, f"internal error: {type(error).__name__}"))


def _failed(identity: object, error: RpcError) -> Response:
    return {"jsonrpc": "2.0", "id": identity, "error": error.to_json()}


def _reply(payload: Response | list[Response] | None, status: int = 200) -> web.Response:
    if payload is None:
        return web.Response(status=204)
    return web.json_response(payload, status=status)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
