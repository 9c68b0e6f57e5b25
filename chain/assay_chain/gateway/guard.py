"""Who may pass: FastAPI dependencies that turn a request's token into a member, or end the request.

@router.get("/audits")
async def audits(member: Annotated[Member, Depends(guard.member)]) -> ...

@router.post("/admin/transactions", dependencies=[Depends(guard.requires(Role.GATEKEEPER))])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request

from assay_chain.errors import Refused
from assay_chain.roles import Role

from .limits import Buckets, too_many
from .members import Member, Members
from .problems import SignInNeeded
from .sessions import Sessions
from .tokens import Claims, Tokens

ACCESS_COOKIE: Final = "assay_access"
REFRESH_COOKIE: Final = "assay_refresh"
CSRF_HEADER: Final = "X-Assay"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


def claims(request: Request) -> Claims:
    """What the request's access token says: from ``Authorization: Bearer``, else from the cookie.

    Browsers send cookies by themselves, so anything but reading by cookie also needs the header ``X-Assay: 1``, which
    no other site can make them send.

    Raises:
        SignInNeeded: there is no token, or none that counts.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        token = request.cookies.get(ACCESS_COOKIE, "")
        if token:
            no_forgery(request)
    if not token:
        raise _sign_in("not-signed-in", "this needs a signed-in member")
    tokens: Tokens = request.app.state.tokens
    sessions: Sessions = request.app.state.sessions
    found = tokens.verify(token)
    if not sessions.alive(found.session_id):
        raise _sign_in("session-ended", "the session has ended")
    request.state.address = found.address
    return found


async def member(request: Request) -> Member:
    """The member that sends the request, with the roles that it holds at the newest block.

    Raises:
        SignInNeeded: nobody is signed in.
        Refused: the account is no member (any more).
        TooMany: it asked too often.
        PeerUnreachable: the node does not answer, so membership cannot be known.
    """
    members: Members = request.app.state.members
    share: Buckets = request.app.state.member_buckets
    found = (await members.roll()).member(claims(request).address)
    if not found.roles:
        raise not_admitted(found)
    if not share.take(found.address):
        raise too_many(found.address)
    return found


async def stranger(request: Request) -> None:
    """A dependency for what needs no sign-in; raises TooMany when too much comes from one place."""
    share: Buckets = request.app.state.stranger_buckets
    if not share.take(peer(request)):
        raise too_many(peer(request))


def peer(request: Request) -> str:
    """The internet address that a request comes from."""
    return "unknown" if request.client is None else request.client.host


def requires(*roles: Role) -> Callable[[Member], Awaitable[Member]]:
    """A dependency that wants a member with at least one of the roles; raises Refused for others."""

    async def holder(found: Annotated[Member, Depends(member)]) -> Member:
        if not found.roles & frozenset(roles):
            raise Refused(
                f"this is for: {', '.join(roles)}; {found.address} is: {', '.join(sorted(found.roles))}",
                code="wrong-role",
                culprit="client",
                hint="Ask a gatekeeper for the role, or sign in as another account.",
            )
        return found

    return holder


def no_forgery(request: Request) -> None:
    """Require of a request that acts by cookie that the page which sent it is ours.

    Raises:
        Refused: it does not carry the header ``X-Assay: 1``.
    """
    if request.method not in _SAFE and request.headers.get(CSRF_HEADER) != "1":
        raise Refused(
            f"a request that acts by cookie needs the header {CSRF_HEADER}: 1",
            code="cross-site",
            culprit="client",
            hint="Send the header, or the token as Authorization: Bearer.",
        )


def not_admitted(account: Member) -> Refused:
    """The error for an account that holds no role."""
    return Refused(
        f"{account.address} is no member at block {account.block}",
        code="not-admitted",
        culprit="client",
        hint="Ask a gatekeeper of the network to admit it.",
    )


def _sign_in(code: str, message: str) -> SignInNeeded:
    return SignInNeeded(message, code=code, culprit="client", hint="Sign in: GET /auth/nonce, POST /auth/login.")
