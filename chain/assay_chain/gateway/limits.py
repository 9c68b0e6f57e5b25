"""How much, how fast and in what shape: token buckets, and the intake that every request passes first."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay_chain.errors import AssayError

from .problems import NotFound, TooLarge, TooMany, TooSlow, answer
from .settings import Limits

_PATH: Final = re.compile(rb"/|(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~:@-]+)+")
"""One spelling a path: no escapes, empty or dot segments, which servers and proxies read in different ways."""
_CALLERS: Final = 10_000


class Buckets:
    """A token bucket for each caller: `burst` requests at once, `rate` a second for long. One event loop only."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        """All buckets begin full."""
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._room = _CALLERS

    def take(self, caller: str, requests: int = 1) -> bool:
        """Take tokens for some requests, or none and return False if too few are left."""
        now = self._clock()
        left, at = self._left.get(caller, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._rate)
        enough = left >= requests
        self._left[caller] = (left - requests if enough else left, now)
        if len(self._left) > self._room:  # whose bucket is full again needs no memory
            full_since = now - self._burst / self._rate
            self._left = {key: kept for key, kept in self._left.items() if kept[1] > full_since}
            self._room = max(_CALLERS, 2 * len(self._left))
        return enough


def too_many(caller: str) -> TooMany:
    """The error for a caller whose bucket is empty."""
    return TooMany(
        f"too many requests from {caller}",
        code="too-many-requests",
        culprit="client",
        hint="Wait a second, and ask less often.",
    )


class Intake:
    """ASGI middleware: refuses paths with a second spelling, bodies too large, and bodies that do not arrive."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Let through to `app` what keeps to the limits."""
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            if not _PATH.fullmatch(scope["raw_path"].partition(b"?")[0]):
                raise NotFound(
                    "the path is not written plainly",
                    code="bad-path",
                    culprit="client",
                    hint="Use letters, digits and single slashes; no escapes and no dot segments.",
                )
            body = await self._body(scope, receive)
        except AssayError as error:
            response = answer(error)
            response.headers["Connection"] = "close"  # what is left of the body is not waited for
            await response(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit() or int(declared) > self._limits.body_bytes:
            raise self._too_large()
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._limits.body_bytes:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError as error:
            raise TooSlow(
                f"the request did not arrive within {self._limits.body_seconds:g} s",
                code="too-slow",
                culprit="client",
                hint="Send it at once.",
            ) from error

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"the request has more than {self._limits.body_bytes} bytes",
            code="too-large",
            culprit="client",
            hint="Send less at once.",
        )


def _replay(body: bytes, receive: Receive) -> Receive:
    """What the application receives: the whole body, then whatever comes (a disconnect)."""
    sent = False

    async def whole() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return whole
