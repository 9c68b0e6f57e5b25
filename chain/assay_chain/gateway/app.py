"""The gateway as an application: what the rooms share, and the routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI, Request

from assay_chain.session import Session

from . import auth, keyfiles, problems
from .auditlog import AuditLog
from .members import Members
from .sessions import Sessions
from .settings import Settings
from .tokens import Tokens


def create(settings: Settings) -> FastAPI:
    """The application of one gateway. What stands above it may add its own routers.

    Its ``state`` has: ``settings``; ``session``, connected to the node; ``members``, ``tokens`` and ``sessions``, for
    `guard`; ``auditlog``; ``signer``, the gateway's own account, whose key signs receipts.

    Raises:
        PeerUnreachable: the node does not answer.
        MalformedInput: it is of another network, or the directory's files are damaged.
    """
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    session = Session.connect(settings.book)
    key = keyfiles.ensure(settings.directory / "tokens.key")
    app = FastAPI(  # its documentation pages would load scripts from elsewhere
        title="Assay gateway", lifespan=_lifespan, redirect_slashes=False, docs_url=None, redoc_url=None
    )
    app.state.settings = settings
    app.state.session = session
    app.state.members = Members(session)
    app.state.sessions = Sessions(settings.directory, key, settings.session_seconds)
    audience = f"assay:{settings.book.chain_id}:{settings.book.contracts['Membership']}"
    app.state.tokens = Tokens(key, settings.url, audience, settings.access_seconds)
    app.state.auditlog = AuditLog(settings.directory)
    app.state.signer = cast(LocalAccount, Account.from_key(keyfiles.ensure(settings.directory / "signer.key")))
    problems.install(app)
    app.include_router(auth.router)

    @app.get("/healthz", tags=["health"], summary="Whether the gateway reaches its node")
    async def healthz(request: Request) -> dict[str, int | str]:
        members: Members = request.app.state.members
        return {"status": "ok", "block": (await members.roll()).block.number}

    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.auditlog.close()
    app.state.sessions.close()
