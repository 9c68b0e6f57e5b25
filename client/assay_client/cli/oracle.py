"""`assay oracle`: stake, run a node, and leave with the money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay_client.documents.oracles import standing_json

from .base import Env, Group, Reading, acting, inclusion

if TYPE_CHECKING:
    from assay_client.staking import Standing

Oracle = acting("oracle")


@click.group("oracle", cls=Group)
def oracle() -> None:
    """Run an oracle: stake, compute, vote, earn."""


@oracle.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def init(env: Env, folder: Path) -> None:
    """Create a new oracle in DIR: an encrypted key with a random password, and room for the node's journal.

    Next a gatekeeper admits its address, somebody sends it tokens, and it stakes.
    """
    import os
    import secrets

    from assay_chain import keystore as keystores

    keystore, password_file = folder / "key.json", folder / "password"
    password = secrets.token_urlsafe(32)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    address = keystores.create(keystore, password).address
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    files = f"--keystore {keystore} --password-file {password_file}"
    env.emit(
        "oracle-init",
        {"address": address, "keystore": str(keystore), "password_file": str(password_file)},
        f"Created oracle {address} in {folder}. Keep the folder, and keep it private: its stake depends on it.\n"
        f"A gatekeeper admits it:  assay gatekeeper admit {address} --role oracle\n"
        f"Then it stakes:          assay oracle stake AMOUNT {files}\n"
        f"Then it runs:            assay oracle run {folder} {files}",
    )


@oracle.command(cls=Oracle)
@click.argument("amount")
@click.pass_obj
def stake(env: Env, amount: str) -> None:
    """Add AMOUNT tokens to the stake. The first time the oracle takes a seat; with enough stake it can be drawn."""
    from assay_chain.amounts import parse_amount

    from assay_client import staking

    _report(env, "oracle-stake", inclusion(staking.stake(env.session, parse_amount(amount))))


@oracle.command(cls=Oracle)
@click.pass_obj
def activate(env: Env) -> None:
    """Let the oracle be drawn again, after a slash or jail. It needs the minimum stake."""
    from assay_chain.wrappers.vault import Vault

    _report(env, "oracle-activate", inclusion(Vault(env.session).activate()))


@oracle.command(cls=Oracle)
@click.argument("amount")
@click.pass_obj
def unbond(env: Env, amount: str) -> None:
    """Announce that AMOUNT of the stake leaves; replaces an earlier announcement, and 0 cancels it.

    It can still be slashed until it is released.
    """
    from assay_chain.amounts import parse_amount
    from assay_chain.wrappers.vault import Vault

    _report(env, "oracle-unbond", inclusion(Vault(env.session).unbond(parse_amount(amount))))


@oracle.command(cls=Oracle)
@click.pass_obj
def release(env: Env) -> None:
    """Take announced stake out once its unbonding period is over."""
    from assay_chain.wrappers.vault import Vault

    _report(env, "oracle-release", inclusion(Vault(env.session).release()))


@oracle.command("withdraw", cls=Oracle)
@click.pass_obj
def withdraw_(env: Env) -> None:
    """Take everything that the oracle is owed outside its stake."""
    from assay_chain.amounts import format_amount

    amount = format_amount(env.client.withdraw())
    env.emit("oracle-withdraw", {"amount": amount}, f"Withdrew {amount}." if amount != "0" else "Nothing is owed.")


@oracle.command(cls=Reading)
@click.argument("account")
@click.pass_obj
def status(env: Env, account: str) -> None:
    """Show how ACCOUNT (address, or name in the address book) stands: seat, stake, strikes, what is owed."""
    from assay_client import staking

    found = staking.standing(env.session, env.address(account), env.session.head().number)
    env.emit("oracle-status", standing_json(found), lambda: _show(found))


@oracle.command(cls=Oracle)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--metrics-port", type=int, default=9464, show_default=True, help="Metrics and readiness; 0: any free port."
)
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Interface that serves them.")
@click.option("--rpc", metavar="URL", help="Endpoint of the chain's node. Default: the address book's.")
@click.option("--confirmations", type=int, default=0, show_default=True, help="Blocks until state counts as settled.")
@click.option("--memory", type=int, default=4096, show_default=True, help="MiB that one computation may use.")
@click.option("--cpu-seconds", type=int, default=3600, show_default=True, help="Processor time of one computation.")
@click.option("--wall-seconds", type=float, default=3600, show_default=True, help="Time that one computation may take.")
@click.option("--protocol", "protocols", multiple=True, help="Where artifacts may come from. Default: https, ipfs, s3.")
@click.pass_obj
def run(
    env: Env,
    folder: Path,
    metrics_port: int,
    metrics_host: str,
    rpc: str | None,
    confirmations: int,
    memory: int,
    cpu_seconds: int,
    wall_seconds: float,
    protocols: tuple[str, ...],
) -> None:
    """Run the oracle's node until it is stopped. Its journal lives in DIR; one node a folder.

    After a crash or a restart in the same folder it goes on where it was: it neither loses a vote nor votes twice.
    """
    from assay_oracles.node import daemon
    from assay_oracles.node.config import MIB, Limits, NodeConfig

    from assay_client.accounts import keys_of

    keystore, password_file = keys_of(env.book, env.acting_as, env.keystore, env.password_file, "oracle")
    settings: dict[str, Any] = {"protocols": protocols} if protocols else {}
    daemon.run(
        NodeConfig(
            network=env.book.path,
            keystore=keystore,
            password_file=password_file,
            data_dir=folder,
            rpc=rpc,
            confirmations=confirmations,
            metrics_host=metrics_host,
            metrics_port=metrics_port,
            limits=Limits(memory_bytes=memory * MIB, cpu_seconds=cpu_seconds, wall_seconds=wall_seconds),
            **settings,
        )
    )


def _report(env: Env, name: str, included: dict[str, Any]) -> None:
    """Say how the oracle stands after what was done."""
    from assay_client import staking

    assert env.session.account is not None, "oracle commands act as an oracle"
    found = staking.standing(env.session, env.session.account.address, included["block"])
    env.emit(name, {**standing_json(found), **included}, lambda: _show(found))


def _show(found: Standing) -> None:
    from .tables import table

    table(("oracle", found.address), [(name, str(value)) for name, value in list(standing_json(found).items())[1:]])
    if found.obstacle:
        click.echo(found.obstacle)
