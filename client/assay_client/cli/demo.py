"""`assay demo`."""

from __future__ import annotations

import click

from .base import Command, Env


@click.command(cls=Command)
@click.option("--keep", is_flag=True, help="Keep the folder with the logs, keys and artifacts of the demo.")
@click.pass_obj
def demo(env: Env, keep: bool) -> None:
    """Tell the whole story of paid audits, in about three minutes, with real processes on a chain of its own.

    Five oracles recompute a model; one lies, one replays an old answer; both lose their stake. Then a supplier's false
    claim is exposed. Then the fairness of a secret model is proven and verified, and a forged proof is caught with the
    oracle that vouched for it. At last all oracles collude, and a supplier withholds its table: one verifier is enough.
    Exit code 0 only when all of that really happened.
    """
    from rich.console import Console

    from assay_client.demo.story import tell

    told = tell(Console(stderr=env.as_json, highlight=False), keep=keep)
    env.emit("demo", told, lambda: None)
