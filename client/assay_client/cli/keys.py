"""`assay keys`: encrypted keystores."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .base import Env, Group

_password = click.option(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    envvar="ASSAY_PASSWORD_FILE",
    help="File with the password in its first line; asked for when absent.",
)


@click.group("keys", cls=Group)
def keys() -> None:
    """Create and look at encrypted keystores (V3)."""


@keys.command()
@click.argument("keystore", type=click.Path(dir_okay=False, path_type=Path))
@_password
@click.pass_obj
def new(env: Env, keystore: Path, password_file: Path | None) -> None:
    """Create a random key and write it to KEYSTORE, encrypted. An existing file is never overwritten."""
    from assay_chain import keystore as keystores

    address = keystores.create(keystore, _read(password_file, confirm=True)).address
    env.emit("keys-new", {"address": address, "keystore": str(keystore)}, f"{address} in {keystore}")


@keys.command()
@click.argument("keystore", type=click.Path(dir_okay=False, path_type=Path))
@_password
@click.pass_obj
def show(env: Env, keystore: Path, password_file: Path | None) -> None:
    """Open KEYSTORE and show its address. The key itself is never shown."""
    from assay_chain import keystore as keystores

    address = keystores.load_account(keystore, _read(password_file, confirm=False)).address
    env.emit("keys-show", {"address": address, "keystore": str(keystore)}, address)


def _read(password_file: Path | None, *, confirm: bool) -> str:
    """The password from its file, or from whoever sits at the terminal."""
    from assay_chain import keystore as keystores

    if password_file is not None:
        return keystores.read_password(password_file)
    if not sys.stdin.isatty():
        raise click.UsageError("without a terminal to ask for the password, name a file with --password-file")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True))
