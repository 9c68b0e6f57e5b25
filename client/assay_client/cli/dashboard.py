"""`assay dashboard`: the gateway's pages in the browser, signed in with a key of this machine."""

from __future__ import annotations

import base64
import json

import click

from .base import Env, acting


@click.command("dashboard", cls=acting("client"))
@click.option("--no-open", is_flag=True, help="Only print the link.")
@click.pass_obj
def dashboard(env: Env, no_open: bool) -> None:
    """Open the gateway's dashboard, signed in as the account.

    The link carries a signed message and no key: the page hands it to the gateway, which takes it once, within two
    minutes. It stands behind the #, which browsers send to nobody.
    """
    from assay_chain.errors import Usage
    from assay_chain.gateway.provider import RPC_PATH, SIGN_IN_SECONDS, GatewayProvider

    from assay_client.accounts import choose

    if not env.book.gateway:
        raise Usage(
            f"{env.book.path} leads to the network's node, which has no pages",
            code="no-gateway",
            culprit="local",
            hint="Name the address book that `assay gateway` wrote for members, with --network.",
        )
    account = choose(env.book, env.acting_as, env.keystore, env.password_file, "client")
    signed = GatewayProvider(env.book.rpc, account).signed_message()
    link = f"{env.book.rpc.removesuffix(RPC_PATH)}/#/sign-in/{_pack(signed)}"
    if not no_open:
        click.launch(link)
    env.emit(
        "dashboard",
        {"url": link, "address": account.address, "seconds": SIGN_IN_SECONDS},
        f"Signs in as {account.address}, once and within {SIGN_IN_SECONDS} s:\n{link}",
    )


def _pack(signed: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(signed).encode()).decode().rstrip("=")
