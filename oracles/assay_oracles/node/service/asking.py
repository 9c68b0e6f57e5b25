"""One query to a service: bounded in time and bytes; no redirects, cookies, compression, proxies or second tries."""

import errno
import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from assay_chain.errors import Inconclusive

from assay_oracles.audits.service.declaration import Service
from assay_oracles.audits.service.tally import predicted
from assay_oracles.node.service.egress import Egress

ANSWER_BYTES: Final = 1 << 20
"""The answer to one input is one row of probabilities; whoever sends more did not answer."""
_CHUNK: Final = 1 << 16
_OURS: Final = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
)
"""Errors that this machine makes before anything is sent; every other failure is one that a service can cause."""


class OurFault(Inconclusive):
    """Nothing was sent, because of this machine: that says nothing about the service."""


@dataclass(frozen=True)
class Reply:
    """What came of one query: seconds from sending to the last byte and the class answered, both None without a usable
    answer."""

    seconds: float | None
    predicted: int | None


class Asker:
    """Asks one service; an asynchronous context."""

    def __init__(self, service: Service, classes: int, egress: Egress) -> None:
        """`classes` are those of the model; an answer must have at least as many probabilities."""
        self._service, self._classes, self._egress = service, classes, egress

    async def __aenter__(self) -> Self:
        """Open it."""
        self._session = aiohttp.ClientSession(
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=self._service.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            connector=aiohttp.TCPConnector(socket_factory=self._egress.socket, force_close=True),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._session.close()

    async def ask(self, sample: list[Any]) -> Reply:
        """Ask about one input, nested lists of numbers.

        Raises:
            OurFault: nothing was sent, and that is this machine's doing.
        """
        body = json.dumps({"inputs": [sample]}).encode()
        started = time.perf_counter()
        try:
            raw = await self._post(body)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as failure:
            self._blame(failure)
            return Reply(None, None)
        seconds = time.perf_counter() - started
        label = _read(raw, self._classes)
        return Reply(None if label is None else seconds, label)

    async def _post(self, body: bytes) -> bytes | None:
        parts = urlsplit(self._service.url)
        url = parts._replace(path=parts.path.rstrip("/") + "/classify", fragment="").geturl()
        headers = {"Content-Type": "application/json"}
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            plain = response.headers.get("Content-Encoding", "identity") == "identity"
            if response.status != 200 or not plain:
                return None
            found = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                found += chunk
                if len(found) > ANSWER_BYTES:
                    return None
        return bytes(found)

    def _blame(self, failure: Exception) -> None:
        if self._egress.refused and not self._egress.permitted:
            raise OurFault(
                f"this node does not connect to {self._egress.refused}, where {self._service.url[:100]} leads",
                code="egress-not-allowed",
                culprit="oracle",
                hint="If the service is meant to be there, add its network to the node's setting `egress`.",
            )
        cause = failure.os_error if isinstance(failure, aiohttp.ClientConnectorError) else failure
        if isinstance(cause, OSError) and cause.errno in _OURS:
            raise OurFault(
                f"this node cannot send: {cause.strerror}",
                code="own-network",
                culprit="oracle",
                hint="Check the machine's network and its limits.",
            )


def _read(raw: bytes | None, classes: int) -> int | None:
    try:
        return None if raw is None else predicted(json.loads(raw), classes)
    except (ValueError, RecursionError):
        return None
