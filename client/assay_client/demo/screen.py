"""How the story looks in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assay_chain.amounts import format_amount
from assay_chain.wrappers.policies import Kind as AuditKind
from assay_oracles.audits.fairness import metrics as fairness
from assay_oracles.audits.fairness.fault import Kind
from assay_oracles.audits.fairness.lanes import LEAVES, counts
from assay_oracles.audits.whitebox import metrics as whitebox
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from assay_client.ballots import Ballot

from .balance import Balances
from .record import Record

HEADLINES = (
    "accuracy",
    "balanced_accuracy",
    "robust_accuracy",
    "log_loss",
    "calibration_error",
    "demographic_parity_difference",
    "equal_opportunity_difference",
)
STANDINGS = {"paid": "green", "slashed": "red"}
Figure = Callable[[Ballot], str]


def act(show: Console, title: str, text: str) -> None:
    """Open an act."""
    show.print(Panel(text, title=f"[bold]{title}[/]", title_align="left", border_style="cyan"))


def votes(show: Console, found: Record, names: Mapping[str, str]) -> None:
    """What each oracle voted, and what it got."""
    moved = {move.seat: move.amount for move in found.payouts} | {move.seat: -move.amount for move in found.slashes}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    figures = FIGURES[found.report.status.kind]
    for column in ("oracle", "vote", *figures, "standing", "tokens"):
        table.add_column(column, no_wrap=True, justify="left" if column in ("oracle", "vote", "standing") else "right")
    for ballot in sorted(found.ballots, key=lambda ballot: names[ballot.operator]):
        colour = STANDINGS.get(ballot.standing, "yellow")
        amount = moved.get(ballot.seat, 0)
        table.add_row(
            names[ballot.operator],
            ballot.verdict.name.lower(),
            *(read(ballot) if ballot.lanes else "" for read in figures.values()),
            Text(ballot.standing, style=colour),
            Text(f"{'+' if amount > 0 else '-' if amount < 0 else ''}{format_amount(abs(amount))}", style=colour),
        )
    show.print(table)


def _whitebox(name: str) -> Figure:
    return lambda ballot: f"{whitebox.derive(ballot.lanes)[name].value:.4f}"


def _sketch(ballot: Ballot) -> str:
    return f"{(ballot.lanes['sketch_0'] - (1 << 31)) / 1000:.3f}"  # the lane's offset and unit


def _finding(ballot: Ballot) -> str:
    if "kind" in ballot.lanes:
        return f"row {ballot.lanes['row']}: {Kind(ballot.lanes['kind']).name.lower()}"
    return f"gap {fairness.derive(counts(ballot.lanes))['equal_opportunity_difference'].value:.4f}"


def _leaves(ballot: Ballot) -> str:
    return f"{ballot.lanes[LEAVES]:08x}" if LEAVES in ballot.lanes else ""


FIGURES: Mapping[AuditKind, Mapping[str, Figure]] = {
    AuditKind.WHITEBOX: {"accuracy": _whitebox("accuracy"), "log loss": _whitebox("log_loss"), "sketch 0": _sketch},
    AuditKind.FAIRNESS: {"finding": _finding, "leaves": _leaves},
}
"""What is shown of a vote."""


def result(show: Console, found: Record) -> None:
    """The verified metrics, the claims, and what it took."""
    verified, table = found.report.metrics, found.report.table
    if verified:
        names = [name for name in HEADLINES if name in verified]
        show.print("Verified: " + ", ".join(f"{name} [bold]{verified[name].value:.4f}[/]" for name in names))
    if table is not None and table.fault is not None:
        show.print(f"[bold red]The supplier's table is false[/], row {table.fault.row}: {table.fault}")
    for claim in found.report.claims:
        colour = {"kept": "green", "broken": "red"}.get(claim.state, "yellow")
        show.print(f"Claim {claim.metric} {claim.op} {claim.bound:g}: [bold {colour}]{claim.state}[/], {claim.reason}")
    first, last = found.blocks["requested"], max(found.blocks.values())
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
