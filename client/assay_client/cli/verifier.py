"""`assay verifier`: a universal verifier that nobody attends."""

from __future__ import annotations

import click

from .base import Env, Group, acting


@click.group("verifier", cls=Group)
def verifier() -> None:
    """Watch over everybody's fairness tables: one honest verifier is enough."""


@verifier.command(cls=acting("viewer"))
@click.option("--fetch-seconds", type=float, default=600, show_default=True, help="Time that fetching a file may take.")
@click.option(
    "--patience",
    metavar="BLOCKS",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="Demand a row of a table whose file cannot be had this long after its publication.",
)
@click.option("--no-demand", is_flag=True, help="Never demand a row: it costs a bond when it is shown.")
@click.option(
    "--parallel", type=click.IntRange(min=1), default=4, show_default=True, help="Tables that are attended at once."
)
@click.option("--once", is_flag=True, help="Attend everything once and end, for a timer to start it again.")
@click.pass_obj
def watch(env: Env, fetch_seconds: float, patience: int, no_demand: bool, parallel: int, once: bool) -> int:
    """Check every new fairness table whole, refute every false one, and rebut oracles who are wrong about a true one.

    Of a table whose file cannot be had, a random row is demanded; if nobody shows it, the table is refuted. The account
    needs gas, and tokens for the bonds of demands; what it earns, `assay withdraw` takes. What was found is on disk and
    the rest on the chain, so it may be killed at any point and goes on where it was. It logs one JSON object a line on
    stderr.

    Exit code with --once: 0: nothing is left to do. 2: something is, and has to be tried again.
    """
    from assay_oracles.node import logs, stopping

    from assay_client.verifier.attending import Options
    from assay_client.verifier.watcher import Watcher

    logs.configure()
    watcher = Watcher(env.session, Options(fetch_seconds, None if no_demand else patience), parallel)
    if once:
        found = watcher.run_once()
        env.emit(
            "verifier-watch",
            vars(found),
            f"Attended {found.tables} tables, refuted {found.refuted}; attended {found.audits} audits that found a "
            f"fault, rebutted {found.rebutted}.\nLeft to try again: {found.left}",
        )
        return 2 if found.left else 0
    with stopping.stoppable("verifier.stopped"):
        watcher.run()
    return 0
