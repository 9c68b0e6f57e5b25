"""`assay devnet`: a development chain on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Env, Group

if TYPE_CHECKING:
    from assay_chain.devnet.up import Devnet


@click.group("devnet", cls=Group)
def devnet() -> None:
    """Run a development chain on this machine."""


@devnet.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where everything is kept: keys, address book, artifacts, logs. Default: $ASSAY_HOME/devnet.",
)
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Settings to start from (see hardhat-free-devnet/); the other options come first.",
)
@click.option("--port", type=int, help="On the loopback interface; 0 picks a free one. Default: 8545.")
@click.option("--block-time", type=float, metavar="SECONDS", help="Default: 1.")
@click.option(
    "--engine",
    type=click.Choice(["embedded", "anvil"]),
    help="embedded needs only pip and forgets everything; anvil (from npm) keeps the chain in DIR. Default: embedded.",
)
@click.option("--oracles", type=int, metavar="N", help="Number of oracle accounts. Default: 5.")
@click.pass_obj
def up(
    env: Env,
    folder: Path | None,
    settings: Path | None,
    port: int | None,
    block_time: float | None,
    engine: str | None,
    oracles: int | None,
) -> None:
    """Start a development network and run it until Ctrl-C.

    Contracts are deployed, accounts funded and admitted, and DIR/addressbook.json becomes the network that every other
    command finds.
    """
    from assay_chain import addressbook
    from assay_chain.devnet.settings import Settings
    from assay_chain.devnet.up import serve

    given = {
        "directory": folder,
        "port": port,
        "block_time": block_time,
        "engine": engine,
        "oracles": oracles,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    if settings is None:
        configured = Settings(**{"directory": addressbook.home() / "devnet", **chosen})  # type: ignore[arg-type]
    else:
        configured = Settings.load(settings, **chosen)
    serve(configured, lambda started: _announce(env, started), env.say)


def _announce(env: Env, started: Devnet) -> None:
    book = started.book
    env.emit(
        "devnet-up",
        {
            "chain_id": book.chain_id,
            "rpc": book.rpc,
            "contracts": book.contracts,
            "accounts": {name: entry.address for name, entry in book.accounts.items()},
            "addressbook": str(book.path),
            "resumed": started.resumed,
        },
        lambda: _show(started),
    )


def _show(started: Devnet) -> None:
    from .tables import table

    book = started.book
    click.echo(f"Chain {book.chain_id} at {book.rpc}, a block every {book.block_time:g} s; address book {book.path}")
    table(("account", "address"), [(name, entry.address) for name, entry in book.accounts.items()])
    oracles = [name for name, entry in book.accounts.items() if "oracle" in entry.roles]
    click.echo(
        "Leave this running, and in other terminals:\n"
        f"  assay oracle stake 500 --as {oracles[0]}        (and each of {', '.join(oracles[1:]) or 'no other'})\n"
        f"  assay oracle run DIR --as {oracles[0]}          (one process and one DIR an oracle)\n"
        "  assay supplier init model --example digits && assay supplier publish model\n"
        "  assay audit request digits && assay audit wait 1 && assay metrics digits\n"
        "Ctrl-C stops it."
    )
