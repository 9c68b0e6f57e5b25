"""The server's protocol with a deadline and a size for the head of a request, which uvicorn leaves unbounded."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .settings import Limits

HEAD_BYTES: Final = 32 << 10


def protocol(limits: Limits) -> type[HttpToolsProtocol]:
    """The protocol that keeps to the limits, for ``uvicorn.Config(http=...)``."""

    class Bounded(HttpToolsProtocol):
        """Closes a connection whose request head takes too long (slow loris) or is too large."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._head_timer: asyncio.TimerHandle | None = None
            self._head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._start_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            self._start_timer()
            self._head_bytes = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._count(url)
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._count(name + value)
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._stop_timer()
            super().on_headers_complete()

        def _count(self, part: bytes) -> None:
            self._head_bytes += len(part)
            if self._head_bytes > HEAD_BYTES:
                raise ValueError("the request's head is too large")  # httptools ends the request with status 400

        def _start_timer(self) -> None:
            self._stop_timer()
            self._head_timer = self.loop.call_later(limits.head_seconds, self.transport.close)

        def _stop_timer(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return Bounded
