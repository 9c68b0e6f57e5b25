"""`assay version`."""

from __future__ import annotations

import click

from .base import Command, Env


@click.command(cls=Command)
@click.pass_obj
def version(env: Env) -> None:
    """Show the version of Assay."""
    from importlib.metadata import version as installed

    number = installed("assay-network")
    env.emit("version", {"version": number}, number)
