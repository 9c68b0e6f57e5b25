"""What a gateway is told when it starts: one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from assay_chain.addressbook import FILE_NAME, AddressBook
from assay_chain.errors import Usage

Visibility = Literal["members", "requester"]
FairnessReads = Literal["public", "members"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one caller may ask.

    Attributes:
        body_bytes: largest body of a request.
        batch: most requests in one JSON-RPC batch.
        logs_blocks: longest range of blocks in one `eth_getLogs`.
        rate: requests a second that a member may send for long (each element of a batch is one).
        burst: requests that a member may send at once.
        stranger_rate: the same for an address on the internet that is not signed in.
        stranger_burst: see `burst`.
        in_flight: requests that the gateway has open at its node at once; more wait.
        connections: open connections.
        head_seconds: how long the head of a request may take to arrive.
        body_seconds: how long its body may take.
    """

    body_bytes: int = 1 << 20
    batch: int = 100
    logs_blocks: int = 5_000
    rate: float = 200.0
    burst: int = 400
    stranger_rate: float = 20.0
    stranger_burst: int = 60
    in_flight: int = 64
    connections: int = 1_000
    head_seconds: float = 5.0
    body_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse limits that would stop everything."""
        for name, value in vars(self).items():
            if value <= 0:
                raise _bad(f"the limit {name} is {value}", "Every limit is a positive number.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to run a gateway.

    Attributes:
        book: the network; its `rpc` is the node behind the gateway.
        directory: holds the keys, the sessions and the audit log; private, made when missing.
        url: where members reach the gateway, without a path; what they sign names its host.
        fairness: whether the fairness board is read by anyone (paper B) or by members (paper A).
        visibility: who sees an audit's details unless its client chose: every member, or those concerned.
        access_seconds: how long an access token is valid.
        session_seconds: how long a session can be refreshed.
        limits: how much a caller may ask.
    """

    book: AddressBook
    directory: Path
    url: str
    fairness: FairnessReads = "members"
    visibility: Visibility = "members"
    access_seconds: int = 300
    session_seconds: int = 86_400
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Raises Usage for values out of range."""
        if self.book.gateway:
            raise _bad(f"{self.book.path} leads to a gateway, not to a node", "Name the address book of the node.")
        if self.book.path.resolve() == (self.directory / FILE_NAME).resolve():
            raise _bad(
                f"{self.directory} holds the node's address book, which that for members would replace",
                "Give the gateway a --dir of its own.",
            )
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or parts.fragment:
            raise _bad(f"{self.url!r} is no base URL", "Give scheme, host and port only, like https://assay.example.")
        if not 0 < self.access_seconds <= self.session_seconds:
            raise _bad("access tokens must live, and not longer than their session", "Correct the two times.")

    @property
    def domain(self) -> str:
        """The host (and port) that members sign in to, as EIP-4361 names it."""
        return urlsplit(self.url).netloc

    @property
    def secure(self) -> bool:
        """Whether members reach the gateway over TLS only, so that cookies must never travel without it."""
        return urlsplit(self.url).scheme == "https"


def _bad(message: str, hint: str) -> Usage:
    return Usage(message, code="bad-settings", culprit="local", hint=hint)
