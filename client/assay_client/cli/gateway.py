"""`assay gateway`: the gatekeeper's door to a node that listens on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import Env, Serving

if TYPE_CHECKING:
    from assay_chain.gateway.settings import Settings

HOST = "127.0.0.1"
LOOPBACK = (HOST, "localhost")
PORT = 8600


@click.command("gateway", cls=Serving)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keys, sessions, audit log, and the members' address book. Default: gateway beside the address book.",
)
@click.option("--host", default=HOST, show_default=True, help="Interface to serve.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Port to serve.")
@click.option("--url", metavar="URL", help="Where members reach it, if not at that interface and port.")
@click.option(
    "--fairness",
    type=click.Choice(["public", "members"]),
    default="members",
    show_default=True,
    help="Who reads the fairness board.",
)
@click.option(
    "--visibility",
    type=click.Choice(["members", "requester"]),
    default="members",
    show_default=True,
    help="Who sees an audit's details unless its client chose: members, or those whom it concerns.",
)
@click.option(
    "--tls",
    nargs=2,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CERTIFICATE KEY",
    help="PEM files. Without them (or a proxy that has its own) tokens travel in the clear.",
)
@click.option("--behind-proxy", is_flag=True, help="A reverse proxy on this machine names callers (X-Forwarded-For).")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Requests a second and member.")
@click.pass_obj
def gateway(
    env: Env,
    folder: Path | None,
    host: str,
    port: int,
    url: str | None,
    fairness: Any,
    visibility: Any,
    tls: tuple[Path, Path] | None,
    behind_proxy: bool,
    rate: float | None,
) -> None:
    """Let members in to the network's node, and nobody else, until Ctrl-C.

    Members sign in with their Ethereum account (EIP-4361). Commands, oracles and the SDK do it by themselves with the
    address book that is written to DIR: give it to members. See docs/gateway.md.
    """
    from assay_chain.gateway import app, serving
    from assay_chain.gateway.settings import Limits, Settings

    from assay_client.portal import app as portal

    if host not in LOOPBACK and not (tls or behind_proxy):
        env.say(f"Warning: {host} is served without TLS, so whoever is on the wire can take members' tokens.")
    scheme = "https" if tls else "http"
    settings = Settings(
        book=env.book,
        directory=(folder or env.book.path.parent / "gateway").absolute(),
        url=(url or f"{scheme}://{host}:{port}").rstrip("/"),
        fairness=fairness,
        visibility=visibility,
        limits=Limits() if rate is None else Limits(rate=rate, burst=max(1, int(2 * rate))),
    )
    application = app.create(settings)
    portal.mount(application)
    running = serving.server(application, settings.limits, tls=tls, behind_proxy=behind_proxy)
    serving.serve(running, host, port, lambda: _announce(env, settings, application.state.signer.address))


def _announce(env: Env, settings: Settings, signer: str) -> None:
    from assay_chain.gateway import members_book

    book = members_book.write(settings)
    boards = "anyone" if settings.fairness == "public" else "members"
    details = "members" if settings.visibility == "members" else "those whom they concern"
    env.emit(
        "gateway",
        {
            "url": settings.url,
            "rpc": book.rpc,
            "chain_id": book.chain_id,
            "addressbook": str(book.path),
            "audit_log": str(settings.directory),
            "signer": signer,
            "fairness": settings.fairness,
            "visibility": settings.visibility,
        },
        f"The door to chain {book.chain_id} is at {settings.url}\n"
        f"Members sign in with their account; the fairness board is read by {boards}, audits by {details}.\n"
        f"Receipts are signed by {signer}: tell members, who check them with --signer\n"
        f"Address book for members: {book.path} (use it with --network)",
    )
