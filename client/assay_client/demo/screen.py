"""How the story looks in a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from assay_chain.amounts import format_amount
from assay_oracles.audits.whitebox.metrics import derive
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from assay_client.ballots import Ballot

from .balance import Balances
from .record import Record

HEADLINES = ("accuracy", "balanced_accuracy", "robust_accuracy", "log_loss", "calibration_error")
STANDINGS = {"paid": "green", "slashed": "red"}


def act(show: Console, title: str, text: str) -> None:
    """Open an act."""
    show.print(Panel(text, title=f"[bold]{title}[/]", title_align="left", border_style="cyan"))


def votes(show: Console, found: Record, names: Mapping[str, str]) -> None:
    """What each oracle voted, and what it got."""
    moved = {move.seat: move.amount for move in found.payouts} | {move.seat: -move.amount for move in found.slashes}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("oracle", "vote", "accuracy", "log loss", "sketch 0", "standing", "tokens"):
        table.add_column(column, no_wrap=True, justify="left" if column in ("oracle", "vote", "standing") else "right")
    for ballot in sorted(found.ballots, key=lambda ballot: names[ballot.operator]):
        colour = STANDINGS.get(ballot.standing, "yellow")
        amount = moved.get(ballot.seat, 0)
        table.add_row(
            names[ballot.operator],
            ballot.verdict.name.lower(),
            *_figures(ballot),
            Text(ballot.standing, style=colour),
            Text(f"{'+' if amount > 0 else '-' if amount < 0 else ''}{format_amount(abs(amount))}", style=colour),
        )
    show.print(table)


def _figures(ballot: Ballot) -> tuple[str, ...]:
    if not ballot.lanes:
        return "", "", ""
    metrics = derive(ballot.lanes)
    sketch = (ballot.lanes["sketch_0"] - (1 << 31)) / 1000  # the lane's offset and unit
    return f"{metrics['accuracy'].value:.4f}", f"{metrics['log_loss'].value:.4f}", f"{sketch:.3f}"


def result(show: Console, found: Record) -> None:
    """The verified metrics, the claims, and what it took."""
    verified = found.report.metrics
    show.print("Verified: " + ", ".join(f"{name} [bold]{verified[name].value:.4f}[/]" for name in HEADLINES))
    for claim in found.report.claims:
        colour = {"kept": "green", "broken": "red"}.get(claim.state, "yellow")
        show.print(f"Claim {claim.metric} {claim.op} {claim.bound:g}: [bold {colour}]{claim.state}[/], {claim.reason}")
    first, last = found.blocks["requested"], found.blocks["finalized"]
    show.print(f"{last - first} blocks from request to final, {sum(found.gas.values()):,} gas")


def balances(show: Console, before: Balances, after: Balances) -> None:
    """Everybody's tokens before and after."""
    act(
        show,
        "The balance sheet",
        "Held, staked and owed together. What is slashed goes to the treasury, never to a voter.",
    )
    table = Table("account", "before", "after", "change", box=SIMPLE_HEAD)
    for name, amount in after.items():
        change = amount - before[name]
        sign, colour = ("+", "green") if change > 0 else ("-", "red") if change < 0 else ("", "dim")
        figures = (format_amount(before[name]), format_amount(amount))
        table.add_row(name, *figures, Text(f"{sign}{format_amount(abs(change))}", style=colour))
    show.print(table)
