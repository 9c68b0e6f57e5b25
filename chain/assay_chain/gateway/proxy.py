"""`POST /rpc`: JSON-RPC 2.0, single requests and batches, to the node behind the gateway. Every element is judged."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assay_chain.errors import AssayError, MalformedInput, PeerUnreachable

from . import guard, limits
from .auditlog import AuditLog
from .judging import Caller, Forward, Judge
from .limits import Buckets
from .members import Members
from .settings import Settings
from .upstream import Answer, Node

_PARSE_ERROR: Final = -32700
_INVALID_REQUEST: Final = -32600
_INVALID_PARAMS: Final = -32602
_REFUSED: Final = -32003
"""Of the range for servers' own errors; nodes use it for transactions that they reject."""
FINISHING_RATE: Final = 5.0
FINISHING_BURST: Final = 50


@dataclass(frozen=True)
class _Call:
    """One request of a body; `error` tells what is wrong with its form."""

    id: str | int | float | None
    method: str
    params: list[Any]
    error: MalformedInput | None = None

    @classmethod
    def of(cls, element: object) -> _Call:
        if not isinstance(element, dict):
            return cls(None, "", [], _malformed("a request is an object"))
        identity, method, params = element.get("id"), element.get("method"), element.get("params", [])
        if "id" not in element or isinstance(identity, bool | list | dict):
            return cls(None, "", [], _malformed("a request has an id, which is a string or a number"))
        if element.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, list):
            return cls(identity, "", [], _malformed("a request has jsonrpc 2.0, a method, and params in a list"))
        return cls(identity, method, params)


class Rpc:
    """The JSON-RPC address as an ASGI application."""

    def __init__(self, settings: Settings, node: Node, judge: Judge) -> None:
        """Judge with `judge`, forward to `node`."""
        self._limits = settings.limits
        self._node = node
        self._judge = judge
        self._finishing = Buckets(FINISHING_RATE, FINISHING_BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = Request(scope, receive)
        response = Response(await self._answer(request), media_type="application/json")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> bytes:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _malformed("JSON-RPC wants Content-Type: application/json")
        caller = await caller_of(request)
        try:
            message = json.loads(await request.body(), parse_constant=_refuse)
        except (ValueError, RecursionError):
            return _dump(_failed(None, _PARSE_ERROR, _malformed("the body is no JSON")))
        elements = message if isinstance(message, list) else [message]
        if not 1 <= len(elements) <= self._limits.batch:
            return _dump(_failed(None, _INVALID_REQUEST, _malformed(f"a batch has 1 to {self._limits.batch} requests")))
        calls = [_Call.of(element) for element in elements]
        self._admit(request, caller, calls)
        # All are judged before any is carried out: what needs a sign-in ends the whole request with status 401 or 403.
        judged = [await self._judged(request, caller, call) for call in calls]
        pairs = zip(calls, judged, strict=True)
        answers = await asyncio.gather(*(self._carried_out(request, caller, *pair) for pair in pairs))
        return _dump(list(answers) if isinstance(message, list) else answers[0])

    def _admit(self, request: Request, caller: Caller, calls: list[_Call]) -> None:
        """Take from the caller's share of requests; what finishes audits has a share of its own."""
        members: Buckets = request.app.state.member_buckets
        strangers: Buckets = request.app.state.stranger_buckets
        who, share = guard.peer(request), strangers
        if caller.address is not None and caller.parties:
            who, share = caller.address, members
        if share.take(who, len(calls)):
            return
        finishing = all(call.error is None and self._judge.finishes(call.method, call.params) for call in calls)
        if not finishing or not self._finishing.take(who, len(calls)):
            raise limits.too_many(who)

    async def _judged(self, request: Request, caller: Caller, call: _Call) -> Forward | AssayError:
        if call.error is not None:
            return call.error
        try:
            forward = await self._judge.judge(caller, call.method, call.params)
        except AssayError as error:
            if error is caller.trouble or isinstance(error, PeerUnreachable):
                raise
            log: AuditLog = request.app.state.auditlog
            log.refused(caller.member or guard.peer(request), error.code, {"method": call.method[:64]})
            return error
        return forward

    async def _carried_out(self, request: Request, caller: Caller, call: _Call, judged: Forward | AssayError) -> Any:
        if isinstance(judged, AssayError):
            code = _INVALID_PARAMS if isinstance(judged, MalformedInput) else _REFUSED
            return _failed(call.id, _INVALID_REQUEST if call.error is not None else code, judged)
        if judged.act is not None:
            log: AuditLog = request.app.state.auditlog
            log.record(caller.member, "transaction", judged.act)
        answer = await self._node.ask(judged.method, judged.params)
        if answer.error is None and judged.screen is not None:
            try:
                answer = Answer(await judged.screen(answer.result))
            except AssayError as error:
                return _failed(call.id, _REFUSED, error)
        part = {"result": answer.result} if answer.error is None else {"error": answer.error}
        return {"jsonrpc": "2.0", "id": call.id, **part}


async def caller_of(request: Request) -> Caller:
    """Who asks. Whoever shows no valid token, or is no member, gets what strangers get, and otherwise hears why."""
    members: Members = request.app.state.members
    try:
        address = guard.claims(request).address
    except AssayError as trouble:
        return Caller(None, frozenset(), trouble)
    member, parties = (await members.roll()).member(address), await members.parties(address)
    return Caller(member, parties, None if parties else guard.not_admitted(member))


def _failed(identity: object, code: int, error: AssayError) -> dict[str, Any]:
    """A JSON-RPC error; its `data` is the house's."""
    return {
        "jsonrpc": "2.0",
        "id": identity,
        "error": {"code": code, "message": error.message, "data": error.to_json()},
    }


def _dump(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def _malformed(message: str) -> MalformedInput:
    return MalformedInput(message, code="bad-json-rpc", culprit="client", hint="See the JSON-RPC 2.0 specification.")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
