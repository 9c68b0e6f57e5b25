"""`--prepare`: the unsigned call in place of a sent one, for accounts whose keys are elsewhere, such as a multisig."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from .base import Env

if TYPE_CHECKING:
    from assay_client.administering import Administration, Prepared

option = click.option("--prepare", is_flag=True, help="Send nothing: print the unsigned call, for a multisig to sign.")


def show(env: Env, prepare: Callable[[Administration], list[Prepared]]) -> None:
    """Print what would be sent; needs no account."""
    from assay_client.administering import Administration

    calls = prepare(Administration(env.reading))

    def human() -> None:
        for call in calls:
            click.echo(f"{call.description}\n  to    {call.to} ({call.contract})\n  value {call.value}")
            click.echo(f"  data  {call.data}\n        {call.function}")
        click.echo("Nothing was sent." if calls else "Nothing is to be done.")

    env.emit("prepared", {"chain_id": env.book.chain_id, "transactions": [vars(call) for call in calls]}, human)
