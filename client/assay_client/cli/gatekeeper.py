"""`assay gatekeeper`: who is admitted, how many tokens there are, and the pause."""

from __future__ import annotations

from pathlib import Path

import click

from . import prepared
from .base import Env, Group, Reading, acting, inclusion

Gatekeeper = acting("gatekeeper")
ROLES = ("client", "supplier", "oracle", "viewer", "gatekeeper")


@click.group("gatekeeper", cls=Group)
def gatekeeper() -> None:
    """Admit and revoke members, mint tokens, pause new requests."""


@gatekeeper.command(cls=Gatekeeper)
@click.argument("account")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="May be given again.")
@prepared.option
@click.pass_obj
def admit(env: Env, account: str, roles: tuple[str, ...], prepare: bool) -> None:
    """Give ACCOUNT (address, or name in the address book) one or more roles.

    On a development network, which charges for gas, a newcomer also gets some native coin to pay it.
    """
    from assay_chain.roles import Role
    from assay_chain.wrappers.membership import Membership

    from assay_client import gas

    address = env.address(account)
    if prepare:
        prepared.show(env, lambda acts: acts.admit(address, map(Role, roles)))
        return
    if env.book.development:
        gas.give(env.session, address)
    receipts = Membership(env.session).admit(address, [Role(role) for role in roles])
    env.emit(
        "gatekeeper-admit",
        {"account": address, "roles": list(roles), "transactions": [inclusion(receipt) for receipt in receipts]},
        f"{address} is admitted as {', '.join(roles)}.",
    )


@gatekeeper.command(cls=Gatekeeper)
@click.argument("account")
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, help="May be given again. Default: every role."
)
@prepared.option
@click.pass_obj
def revoke(env: Env, account: str, roles: tuple[str, ...], prepare: bool) -> None:
    """Take roles from ACCOUNT (address, or name in the address book).

    A revoked oracle still finishes its audits and leaves with its stake.
    """
    from assay_chain.roles import Role
    from assay_chain.wrappers.membership import Membership

    address = env.address(account)
    if prepare:
        prepared.show(env, lambda acts: acts.revoke(address, map(Role, roles or ROLES)))
        return
    receipts = Membership(env.session).revoke(address, [Role(role) for role in roles or ROLES])
    env.emit(
        "gatekeeper-revoke",
        {"account": address, "roles": list(roles or ROLES), "transactions": [inclusion(each) for each in receipts]},
        f"{address} is no longer {', '.join(roles) or 'a member'}.",
    )


@gatekeeper.command(cls=Reading)
@click.pass_obj
def members(env: Env) -> None:
    """List every member and its roles."""
    from assay_chain.wrappers.membership import Membership

    block = env.session.head().number
    names = {entry.address: name for name, entry in env.book.accounts.items()}
    found = [
        {"address": member.address, "name": names.get(member.address), "roles": sorted(member.roles)}
        for member in Membership(env.session).members(block)
    ]

    def human() -> None:
        from .tables import table

        rows = [(str(m["address"]), str(m["name"] or ""), ", ".join(m["roles"] or ())) for m in found]
        table(("account", "name", "roles"), rows)

    env.emit("gatekeeper-members", {"block": block, "members": found}, human)


@gatekeeper.command(cls=acting("treasury"))
@click.argument("account")
@click.argument("amount")
@prepared.option
@click.pass_obj
def mint(env: Env, account: str, amount: str, prepare: bool) -> None:
    """Create AMOUNT tokens for ACCOUNT (address, or name in the address book). The treasury only."""
    from assay_chain.amounts import format_amount, parse_amount
    from assay_chain.wrappers.token import Token

    tokens, address = parse_amount(amount), env.address(account)
    if prepare:
        prepared.show(env, lambda acts: acts.mint(address, tokens))
        return
    receipt = Token(env.session).mint(address, tokens)
    shown = format_amount(tokens)
    env.emit(
        "gatekeeper-mint",
        {"account": address, "amount": shown, **inclusion(receipt)},
        f"Created {shown} tokens for {address}.",
    )


@gatekeeper.command(cls=Gatekeeper)
@prepared.option
@click.pass_obj
def pause(env: Env, prepare: bool) -> None:
    """Stop new requests. Audits under way are unaffected."""
    from assay_chain.wrappers.board import Board

    if prepare:
        prepared.show(env, lambda acts: acts.pause())
        return
    receipt = Board(env.session).pause()
    env.emit("gatekeeper-pause", inclusion(receipt), "New requests are refused from now on.")


@gatekeeper.command(cls=Gatekeeper)
@prepared.option
@click.pass_obj
def unpause(env: Env, prepare: bool) -> None:
    """Allow new requests again."""
    from assay_chain.wrappers.board import Board

    if prepare:
        prepared.show(env, lambda acts: acts.unpause())
        return
    receipt = Board(env.session).unpause()
    env.emit("gatekeeper-unpause", inclusion(receipt), "New requests are accepted again.")


@gatekeeper.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    required=True,
    help="The gateway's folder.",
)
@click.option("--newest", type=click.IntRange(min=1), metavar="N", help="Only the last N. Default: all.")
@click.pass_obj
def log(env: Env, folder: Path, newest: int | None) -> None:
    """Show the gateway's audit log, checked: sign-ins, acts and refusals. Each entry names the one before.

    Exit code 3: an entry was changed, removed or added.
    """
    from assay_chain.gateway import auditlog

    entries = list(auditlog.read(folder))
    shown = entries if newest is None else entries[-newest:]

    def human() -> None:
        for entry in shown:
            detail = " ".join(f"{name}={value}" for name, value in entry["detail"].items())
            click.echo(f"{entry['seq']:6} {entry['time']} {entry['address'] or '-'} {entry['act']} {detail}")
        click.echo(f"{len(entries)} entries, none changed.", err=True)

    env.emit("gatekeeper-log", {"entries": shown, "count": len(entries)}, human)
