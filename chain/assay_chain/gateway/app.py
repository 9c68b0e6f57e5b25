"""The gateway as an application: what the rooms share, and the routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI, Request
from starlette.routing import Route

from assay_chain import locks
from assay_chain.session import Session

from . import auth, choosing, keyfiles, problems
from .auditlog import AuditLog
from .judging import Judge
from .limits import Buckets, Intake
from .members import Members
from .proxy import Rpc
from .sessions import Sessions
from .settings import Settings
from .tokens import Tokens
from .upstream import Node
from .visibility import Audits


def create(settings: Settings) -> FastAPI:
    """The application of one gateway. What stands above it may add its own routers.

    Its ``state`` has: ``settings``; ``session``, connected to the node; ``members``, ``tokens`` and ``sessions``, for
    `guard`; ``visibility``, which tells who sees an audit; ``judge`` and ``node``, which let transactions pass;
    ``auditlog``; ``signer``, the gateway's own account, whose key signs receipts. It holds the directory until its
    lifespan ends, or the process: two gateways that write one audit log would break its chain of digests.

    Raises:
        Refused: another gateway runs in the directory; nothing was written.
        PeerUnreachable: the node does not answer.
        MalformedInput: it is of another network, or the directory's files are damaged.
    """
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        held.enter_context(
            locks.directory(
                settings.directory,
                f"a gateway is already running in {settings.directory}",
                code="gateway-running",
                hint="Stop it with Ctrl-C or SIGTERM, or give this one a --dir of its own.",
            )
        )
        app = _assembled(settings)
        app.state.held = held.pop_all()
    return app


def _assembled(settings: Settings) -> FastAPI:
    session, limits = Session.connect(settings.book), settings.limits
    key = keyfiles.ensure(settings.directory / "tokens.key")
    app = FastAPI(  # its documentation pages would load scripts from elsewhere
        title="Assay gateway", lifespan=_lifespan, redirect_slashes=False, docs_url=None, redoc_url=None
    )
    app.state.settings = settings
    app.state.session = session
    app.state.members = members = Members(session)
    app.state.visibility = Audits(session, members, settings.directory, settings.visibility)
    app.state.node = Node(settings.book.rpc, limits.in_flight)
    app.state.member_buckets = Buckets(limits.rate, limits.burst)
    app.state.stranger_buckets = Buckets(limits.stranger_rate, limits.stranger_burst)
    app.state.sessions = Sessions(settings.directory, key, settings.session_seconds)
    audience = f"assay:{settings.book.chain_id}:{settings.book.contracts['Membership']}"
    app.state.tokens = Tokens(key, settings.url, audience, settings.access_seconds)
    app.state.auditlog = AuditLog(settings.directory)
    app.state.signer = cast(LocalAccount, Account.from_key(keyfiles.ensure(settings.directory / "signer.key")))
    problems.install(app)
    app.include_router(auth.router)
    app.include_router(choosing.router)
    app.state.judge = Judge(settings, members, app.state.visibility)
    app.router.routes.insert(0, Route("/rpc", Rpc(settings, app.state.node, app.state.judge), methods=["POST"]))
    app.add_middleware(Intake, limits=limits)

    @app.get("/healthz", tags=["health"], summary="Whether the gateway reaches its node")
    async def healthz(request: Request) -> dict[str, int | str]:
        members: Members = request.app.state.members
        return {"status": "ok", "block": (await members.roll()).block.number}

    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.node.close()
    app.state.auditlog.close()
    app.state.sessions.close()
    app.state.visibility.close()
    app.state.held.close()
