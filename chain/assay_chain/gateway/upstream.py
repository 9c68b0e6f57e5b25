"""The node behind the gateway: only what was judged is sent there, and always to the same address."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from assay_chain.errors import PeerUnreachable

ANSWER_SECONDS: Final = 20.0
_HEADERS: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What the node said: a result, or its error object."""

    result: Any = None
    error: dict[str, Any] | None = None


class Node:
    """A JSON-RPC node. One event loop only."""

    def __init__(self, url: str, in_flight: int) -> None:
        """Ask the node at `url`, at most `in_flight` requests at once; more wait for their turn."""
        self._url = url
        self._in_flight = in_flight
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, params: list[Any]) -> Answer:
        """Send one request.

        Raises:
            PeerUnreachable: no answer, or one that is no JSON-RPC; whether it was carried out is unknown.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        try:
            answer = json.loads(await self._post(body, again=method != "eth_sendRawTransaction"))
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
            raise self._unreachable() from error
        if not isinstance(answer, dict) or not ("result" in answer or isinstance(answer.get("error"), dict)):
            raise self._unreachable()
        return Answer(answer.get("result"), answer.get("error"))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes, again: bool) -> bytes:
        """The node's answer; `again`: ask once more when it closed a connection that was kept open."""
        try:
            async with self._open().post(self._url, data=body, headers=_HEADERS) as response:
                return await response.read()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not again:
                raise
        return await self._post(body, again=False)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:  # it belongs to the loop that serves, which did not run yet when this was made
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._in_flight),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_SECONDS, sock_read=ANSWER_SECONDS),
            )
        return self._session

    @staticmethod
    def _unreachable() -> PeerUnreachable:
        return PeerUnreachable(
            "the node behind the gateway does not answer",
            code="node-unreachable",
            culprit="chain",
            hint="Try again in a moment; if it lasts, tell the gatekeeper.",
        )
