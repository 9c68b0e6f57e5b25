"""Signing in and out: `/auth/nonce`, `/auth/message`, `/auth/login`, `/auth/refresh`, `/auth/logout`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from eth_utils.address import to_checksum_address
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from assay_chain.errors import MalformedInput
from assay_chain.roles import Role

from . import guard, signin
from .auditlog import AuditLog
from .members import Member, Members
from .problems import RESPONSES, SignInNeeded
from .sessions import NONCE_SECONDS, Session, Sessions
from .settings import Settings
from .tokens import Claims, Tokens

router = APIRouter(prefix="/auth", tags=["auth"], responses=RESPONSES, dependencies=[Depends(guard.stranger)])
_REFRESH_PATH: Final = "/auth"


class Nonce(BaseModel):
    """What a sign-in message must name."""

    nonce: str = Field(description="To be signed once, soon.")
    domain: str = Field(description="The message's domain.")
    uri: str = Field(description="The message's URI.")
    chain_id: int = Field(description="The message's chain id.")
    statement: str = Field(description="The statement that Assay's own clients sign; any other will do.")
    seconds: int = Field(description="How long the nonce can be used.")


class Text(BaseModel):
    """A sign-in message that only has to be signed."""

    message: str = Field(description="EIP-4361; every line and line end counts.")


class Login(BaseModel):
    """A signed EIP-4361 message."""

    message: str = Field(description="The text that was signed.", max_length=signin.LONGEST)
    signature: str = Field(description="65 bytes (EIP-191) in hexadecimal.", max_length=4096)


class Refresh(BaseModel):
    """What renews a session; browsers leave it out and send their cookie."""

    refresh_token: str | None = Field(default=None, max_length=256)


class Pass(BaseModel):
    """A signed-in session."""

    access_token: str = Field(description="For `Authorization: Bearer`.")
    refresh_token: str = Field(description="Renews the session once, at `/auth/refresh`, which gives a new one.")
    expires_in: int = Field(description="Seconds until the access token expires.")
    address: str = Field(description="Who is signed in.")
    roles: list[Role] = Field(description="Held at that block; none for an account that only finishes its audits.")
    block: int = Field(description="Where the chain was asked.")


@router.get("/nonce", summary="Get a nonce to sign")
async def nonce(request: Request) -> Nonce:
    """Everything that a sign-in message needs."""
    settings: Settings = request.app.state.settings
    sessions: Sessions = request.app.state.sessions
    return Nonce(
        nonce=sessions.nonce(),
        domain=settings.domain,
        uri=settings.url,
        chain_id=settings.book.chain_id,
        statement=signin.STATEMENT,
        seconds=NONCE_SECONDS,
    )


@router.get("/message", summary="Get a message to sign")
async def message(
    request: Request, address: Annotated[str, Query(pattern="^0x[0-9a-fA-F]{40}$", description="Who will sign.")]
) -> Text:
    """The whole message with a new nonce, for browsers: wallets give addresses without the checksum that it needs."""
    settings: Settings = request.app.state.settings
    sessions: Sessions = request.app.state.sessions
    account, chain_id = to_checksum_address(address), settings.book.chain_id
    new = signin.Message.new(settings.domain, account, settings.url, chain_id, sessions.nonce(), NONCE_SECONDS)
    return Text(message=new.text())


@router.post("/login", summary="Sign in with Ethereum (EIP-4361)")
async def login(request: Request, response: Response, body: Login) -> Pass:
    """Give tokens to a member that signed the nonce; they are also set as cookies."""
    settings: Settings = request.app.state.settings
    sessions: Sessions = request.app.state.sessions
    members: Members = request.app.state.members
    log: AuditLog = request.app.state.auditlog
    message = signin.parse(body.message)
    signin.check(message, settings.domain, settings.url, settings.book.chain_id, datetime.now(UTC))
    if signin.signer_of(body.message, _signature(body.signature)) != message.address:
        raise SignInNeeded(
            f"the signature is not {message.address}'s",
            code="bad-signature",
            culprit="client",
            hint="Sign exactly the text of the message, with the key of the address that it names.",
        )
    request.state.address = message.address
    found = await _admitted(members, message.address)
    sessions.spend(message.nonce)
    log.record(found, "login", {})
    return _pass(request, response, sessions.begin(message.address), found)


@router.post("/refresh", summary="Renew the session")
async def refresh(request: Request, response: Response, body: Refresh | None = None) -> Pass:
    """Exchange the refresh token (or the cookie) for new tokens; each works once."""
    members: Members = request.app.state.members
    session = _renewed(request, body.refresh_token if body else None)
    return _pass(request, response, session, await _admitted(members, session.address))


@router.post("/logout", status_code=204, summary="End the session")
async def logout(request: Request, response: Response) -> None:
    """End the session at once, and with it every token of it. Browsers can do so after their access token expired."""
    sessions: Sessions = request.app.state.sessions
    log: AuditLog = request.app.state.auditlog
    try:
        found = guard.claims(request)
    except SignInNeeded:
        renewed = _renewed(request, None)
        found = Claims(renewed.address, renewed.id)
    sessions.end(found.session_id)
    log.record(found.address, "logout", {})
    response.delete_cookie(guard.ACCESS_COOKIE)
    response.delete_cookie(guard.REFRESH_COOKIE, path=_REFRESH_PATH)


async def _admitted(members: Members, address: str) -> Member:
    """The account, if it is a member, or must be let in to finish what it began.

    Raises:
        Refused: it is neither.
    """
    found = (await members.roll()).member(address)
    if not await members.parties(address):
        raise guard.not_admitted(found)
    return found


def _renewed(request: Request, token: str | None) -> Session:
    """The session of a refresh token, by default the cookie's, with a new secret."""
    sessions: Sessions = request.app.state.sessions
    if token is None:
        guard.no_forgery(request)
        token = request.cookies.get(guard.REFRESH_COOKIE, "")
    session_id, _, secret = token.partition(".")
    return sessions.refresh(session_id, secret)


def _pass(request: Request, response: Response, session: Session, found: Member) -> Pass:
    settings: Settings = request.app.state.settings
    tokens: Tokens = request.app.state.tokens
    access = tokens.issue(Claims(session.address, session.id))
    renewal = f"{session.id}.{session.refresh}"
    for name, value, path, seconds in (
        (guard.ACCESS_COOKIE, access, "/", settings.access_seconds),
        (guard.REFRESH_COOKIE, renewal, _REFRESH_PATH, settings.session_seconds),
    ):
        response.set_cookie(
            name, value, max_age=seconds, path=path, secure=settings.secure, httponly=True, samesite="strict"
        )
    response.headers["Cache-Control"] = "no-store"
    return Pass(
        access_token=access,
        refresh_token=renewal,
        expires_in=settings.access_seconds,
        address=session.address,
        roles=sorted(found.roles),
        block=found.block,
    )


def _signature(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise MalformedInput(
            "the signature is not hexadecimal",
            code="bad-sign-in",
            culprit="client",
            hint="Send the 65 bytes that the wallet gave, in hexadecimal.",
        ) from error
