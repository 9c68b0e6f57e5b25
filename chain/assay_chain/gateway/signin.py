"""Sign-In with Ethereum (EIP-4361): the message that an account signs to prove who it is, and its verification."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import is_checksum_address

from assay_chain.errors import MalformedInput, Refused

STATEMENT: Final = "I sign in to the Assay network. This costs nothing and sends no transaction."
VERSION: Final = "1"
CLOCK_SECONDS: Final = 60
"""How far the clocks of a member and of the gateway may differ."""
LONGEST: Final = 4096
_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_FORM: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<domain>[^\s/?#]+)"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    r"(?:(?P<statement>[^\n]+)\n)?\n"
    r"URI: (?P<uri>\S+)\n"
    r"Version: (?P<version>\d+)\n"
    r"Chain ID: (?P<chain_id>\d{1,18})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,128})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expires_at>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    r"(?:\nRequest ID: (?P<request_id>[^\n]*))?"
    r"(?:\nResources:(?P<resources>(?:\n- \S+)*))?"
)


@dataclass(frozen=True)
class Message:
    """What a sign-in says; the fields are those of EIP-4361.

    Attributes:
        domain: host (and port) that is signed in to.
        address: who signs, checksummed.
        uri: what is signed in to: the gateway's base URL.
        chain_id: of the network.
        nonce: from the gateway, used once.
        issued_at: when it was made.
        expires_at: until when it may be used.
        not_before: from when on it may be used, if not at once.
    """

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime | None
    not_before: datetime | None = None

    @classmethod
    def new(cls, domain: str, address: str, uri: str, chain_id: int, nonce: str, seconds: int) -> Message:
        """A message of this moment that may be used for `seconds`."""
        now = datetime.now(UTC).replace(microsecond=0)
        return cls(domain, address, uri, chain_id, nonce, now, now + timedelta(seconds=seconds))

    def text(self) -> str:
        """What is signed (EIP-191, personal message)."""
        lines = [
            f"{self.domain} wants you to sign in with your Ethereum account:",
            self.address,
            "",
            STATEMENT,
            "",
            f"URI: {self.uri}",
            f"Version: {VERSION}",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {_written(self.issued_at)}",
        ]
        if self.expires_at is not None:
            lines.append(f"Expiration Time: {_written(self.expires_at)}")
        if self.not_before is not None:
            lines.append(f"Not Before: {_written(self.not_before)}")
        return "\n".join(lines)


def parse(text: str) -> Message:
    """Read a message; fields that Assay does not use (request id, resources) are allowed and ignored.

    Raises:
        MalformedInput: it is no EIP-4361 message of version 1; culprit client.
    """
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or found["version"] != VERSION or not is_checksum_address(found["address"]):
        raise _malformed("this is no Sign-In with Ethereum message (EIP-4361, version 1, checksummed address)")
    try:
        times = [_read(found[name]) for name in ("issued_at", "expires_at", "not_before")]
    except ValueError as error:
        raise _malformed(f"a time in the message is none: {error}") from error
    issued_at, expires_at, not_before = times
    assert issued_at is not None, "the form requires it"
    return Message(
        found["domain"],
        found["address"],
        found["uri"],
        int(found["chain_id"]),
        found["nonce"],
        issued_at,
        expires_at,
        not_before,
    )


def signer_of(text: str, signature: bytes) -> str | None:
    """The address whose key signed the text (EIP-191), None for what is no signature."""
    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature))
    except Exception:  # eth_account raises many kinds for malformed signatures; each means the same
        return None


def check(message: Message, domain: str, uri: str, chain_id: int, now: datetime) -> None:
    """Require that a message is meant for this gateway, this chain and this moment.

    Raises:
        Refused: it is not; culprit client.
    """
    skew = timedelta(seconds=CLOCK_SECONDS)
    if message.domain != domain or message.uri.rstrip("/") != uri:
        raise _refused("wrong-domain", f"the message signs in to {message.domain} ({message.uri}), not to {uri}")
    if message.chain_id != chain_id:
        raise _refused("wrong-chain", f"the message is for chain {message.chain_id}, the network's is {chain_id}")
    if message.expires_at is None:
        raise _refused("no-expiry", "the message has no expiration time")
    if message.expires_at <= now:
        raise _refused("sign-in-expired", f"the message expired at {_written(message.expires_at)}")
    if message.issued_at > now + skew or (message.not_before is not None and message.not_before > now + skew):
        raise _refused("sign-in-early", "the message is from the future")


def _refused(code: str, message: str) -> Refused:
    return Refused(message, code=code, culprit="client", hint="Ask for a new nonce, and sign a new message.")


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _malformed(message: str) -> MalformedInput:
    return MalformedInput(
        message,
        code="bad-sign-in",
        culprit="client",
        hint="Build it as docs/gateway.md shows; every line and line end counts.",
    )
