"""Endpoints over HTTP."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from assay_oracles.audits.evidence.method import Answer
from numpy.typing import NDArray

from . import dialects, outputs
from . import info as infos
from .base import Party, Retry
from .info import Info
from .transport import Reply, Transient, Transport, check_url

_INSTANCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Manners:
    """How a service is treated.

    Attributes:
        timeout: seconds for one exchange.
        attempts: most requests for one query; 1 means no retries.
        backoff: seconds before the second attempt, doubled before each further one, with jitter.
        longest_wait: a service that asks to wait longer (Retry-After) counts as failed.
        headers: sent with every request, for example credentials.
    """

    timeout: float = 10.0
    attempts: int = 4
    backoff: float = 0.25
    longest_wait: float = 60.0
    headers: Mapping[str, str] | None = None


class HttpEndpoint:
    """A service at a URL, asked in the dialect that its URL tells."""

    def __init__(self, party: Party, manners: Manners, known: Info | None = None) -> None:
        """`party.name` is the URL; `known` replaces the service's own description.

        Raises:
            Usage: the URL is none.
        """
        self._url, self._dialect = dialects.of(check_url(party.name))
        self._party, self._manners, self._info = party, manners, known
        self._transport = Transport(party, manners.headers or {}, manners.timeout)

    @property
    def party(self) -> Party:
        """Who answers."""
        return self._party

    @property
    def describes_itself(self) -> bool:
        """Whether `info` can be asked for; other dialects must be told."""
        return self._info is not None or self._dialect.info_path() is not None

    def info(self) -> Info:
        """What the service says of itself; asked once.

        Raises:
            MalformedInput, PeerUnreachable: there is no description, retries included.
        """
        path = self._dialect.info_path()
        if self._info is None:
            assert path is not None, "ask describes_itself first"
            document = self._patiently("GET", path, None, _always).document
            try:
                described = self._dialect.read_info(document)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise self._party.malformed(
                    "bad-info", f"its description lacks {error}", "docs/blackbox.md lists what is read."
                ) from None
            self._info = infos.parse(described, self._party.malformed)
        return self._info

    def tell(self, info: Info) -> None:
        """Say what it serves to an endpoint that does not describe itself."""
        self._info = info

    def classify(self, inputs: NDArray[np.float64], nonce: bytes | None, retry: Retry) -> Answer:
        """See `Endpoint.classify`."""
        info = self.info()
        reply = self._patiently("POST", self._dialect.path(), self._dialect.write(inputs, nonce), retry)
        try:
            said = self._dialect.read(reply.document, info)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise self._party.malformed(
                "wrong-form", "its answer has not the form of its dialect", "docs/blackbox.md lists the dialects."
            ) from None
        probs = outputs.check(self._party, said.probs, len(inputs), info)
        return Answer(probs, said.model, outputs.check_meta(self._party, said.meta), reply.seconds)

    def start(self, seed_config: Mapping[str, Any]) -> HttpEndpoint:
        """Start an instance: `POST /instances {seed_config} -> {instance}`, then asked at `/instances/ID`."""
        reply = self._patiently("POST", "/instances", {"seed_config": dict(seed_config)}, _always)
        instance = reply.document.get("instance") if isinstance(reply.document, dict) else None
        if not isinstance(instance, str) or not _INSTANCE.fullmatch(instance):
            raise self._party.malformed(
                "bad-instance", "it names no instance", "POST /instances answers {instance: ID}."
            )
        party = Party(self._party.culprit, self._at(f"/instances/{instance}"))
        return HttpEndpoint(party, self._manners, self.info())

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def _patiently(self, method: str, path: str, body: Any, retry: Retry) -> Reply:
        manners = self._manners
        for attempt in range(1, manners.attempts + 1):
            try:
                return self._transport.exchange(method, self._at(path), body)
            except Transient as failure:
                last = failure
            backoff = manners.backoff * 2 ** (attempt - 1) * random.uniform(1, 1.5)  # noqa: S311  # only spreads load
            wait = max(backoff, last.wait or 0.0)
            if wait > manners.longest_wait or attempt == manners.attempts or not retry(last.what):
                break
            time.sleep(wait)
        asked = f", and asks to wait {last.wait:g} s" if last.wait else ""
        raise self._party.unreachable(
            "no-answer", f"{last.what}{asked} (attempts: {attempt})", "Check the service, and try again later."
        )

    def _at(self, path: str) -> str:
        parts = urlsplit(self._url)
        return parts._replace(path=parts.path + path).geturl()


def _always(why: str) -> bool:
    """Descriptions and instances cost no query."""
    return True
