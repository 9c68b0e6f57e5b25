"""HTTP with strangers: no redirects, no cookies, no compression; every exchange is bounded in time and bytes."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from assay_chain.errors import Usage

from .base import Party

MAX_BODY: Final = 8 << 20
CHUNK: Final = 1 << 16
IDLE: Final = 1.0
"""Seconds after which an idle connection is not used again: servers close theirs after a few."""
TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Transient(Exception):
    """An exchange that may succeed when it is tried again.

    Attributes:
        what: what happened, a clause for people.
        wait: seconds that the peer asks to wait first, or None.
    """

    def __init__(self, what: str, wait: float | None = None) -> None:
        """See the class."""
        super().__init__(what)
        self.what = what
        self.wait = wait


@dataclass(frozen=True)
class Reply:
    """A parsed JSON body and the seconds from sending to its last byte."""

    document: Any
    seconds: float


class Transport:
    """One endpoint's connections. Synchronous outside; asyncio inside bounds the whole exchange, not only each read."""

    def __init__(self, party: Party, headers: Mapping[str, str], timeout: float) -> None:
        """`headers` go with every request; `timeout` in seconds is for one exchange from connecting to last byte."""
        self._party = party
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        self._timeout = timeout
        self._runner = asyncio.Runner()
        self._session: aiohttp.ClientSession | None = None

    def exchange(self, method: str, url: str, body: Any = None) -> Reply:
        """Send one request and read one JSON answer.

        Raises:
            Transient: no answer, or one that says to try again.
            MalformedInput: an answer that is none; culprit as in `Party`.
            PeerUnreachable: the answer is a refusal.
        """
        return self._runner.run(self._exchange(method, url, body))

    def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            self._runner.run(self._session.close())
            self._session = None
        self._runner.close()

    async def _exchange(self, method: str, url: str, body: Any) -> Reply:
        started = time.perf_counter()
        try:
            async with self._open().request(method, url, json=body, allow_redirects=False) as response:
                self._check_head(response)
                raw = await self._read(response)
            seconds = time.perf_counter() - started
        except TimeoutError:
            raise Transient(f"no whole answer within {self._timeout:g} s") from None
        except aiohttp.ClientConnectorError as error:
            raise Transient(f"cannot connect: {error.strerror or error}"[:300]) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Transient(f"the connection failed: {type(error).__name__}: {error}"[:300]) from None
        return Reply(self._parse(raw), seconds)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                connector=aiohttp.TCPConnector(limit=1, keepalive_timeout=IDLE),
            )
        return self._session

    def _check_head(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in TRANSIENT:
            raise Transient(f"HTTP status {status}", _retry_after(response.headers.get("Retry-After")))
        if 300 <= status < 400:
            raise self._party.malformed(
                "redirect",
                f"it redirects to {response.headers.get('Location', '')[:100]!r}",
                "Redirects are not followed: name the final URL.",
            )
        if status != 200:
            raise self._party.unreachable(
                "http-status", f"HTTP status {status} {(response.reason or '')[:100]!r}", "Check URL and credentials."
            )
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise self._party.malformed(
                "compressed", "it compresses an answer that was asked for uncompressed", "Serve plain JSON."
            )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > MAX_BODY:
                raise self._party.malformed(
                    "answer-too-large", f"it sends more than {MAX_BODY} bytes", "An answer is a small JSON object."
                )
        return bytes(body)

    def _parse(self, raw: bytes) -> Any:
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise self._party.malformed(
                "not-json", f"its answer is no JSON: {str(error)[:200]}", "Is this a classification service?"
            ) from None


def check_url(url: str) -> str:
    """The URL without a fragment or a trailing slash.

    Raises:
        Usage: it is none of http or https, or carries a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Usage(
            f"{url[:200]!r} is no http or https URL", code="bad-url", culprit="local", hint="For example https://host/x"
        )
    if parts.username or parts.password:
        raise Usage(
            "a URL must not carry a password: it would be written into the report",
            code="password-in-url",
            culprit="local",
            hint="Put an Authorization header into a file and name it with --headers.",
        )
    return parts._replace(path=parts.path.rstrip("/"), fragment="").geturl()


def _retry_after(value: str | None) -> float | None:
    """Seconds; the header's other form, a date, is read as absent."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not allowed in JSON")
