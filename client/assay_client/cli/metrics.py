"""`assay metrics` and `assay withdraw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from assay_client.documents.counts import counts_json
from assay_client.documents.metrics import report_json, state_of

from . import prepared
from .base import Env, Reading, acting
from .counts import show_counts

if TYPE_CHECKING:
    from assay_oracles.audits.service.pooling import Survey

    from assay_client import Report


@click.command(cls=Reading)
@click.argument("model")
@click.option("--audit", "audit_id", type=int, metavar="AUDIT", help="Only this audit. Default: all that are final.")
@click.pass_obj
def metrics(env: Env, model: str, audit_id: int | None) -> int:
    """Show the verified metrics of MODEL (number or name) and what became of its supplier's claims.

    The metrics are those of the newest final audit. Each claim is judged by the newest final audit that has a value for
    it: a later one of another kind, or without a value, hides nothing. With --audit only that audit counts.

    Exit code 0: final, and every claim that was measured is kept. 1: a claim is broken, the fairness table is false, or
    the model cannot be audited as published. 2: undecided, still provisional, or no audit.
    """
    report = env.client.metrics(model, audit_id=audit_id)
    env.emit("metrics", report_json(report), lambda: show(report))
    return exit_code(report)


def exit_code(report: Report) -> int:
    """0 when every claim is kept for good, 1 when something speaks against the supplier for good, else 2."""
    return 1 if report.broken else 0 if report.kept else 2


def show(report: Report) -> None:
    """Print the report as tables."""
    from .tables import table

    status = report.status
    word = status.outcome.name.lower().replace("_", "-")
    click.echo(
        f"Model {status.model_id}, audit {status.audit_id}: {state_of(report)} as of block {status.block}, "
        f"{word} by {len(report.voters)} of {len(status.roster)} oracles"
    )
    if report.audits > 1:
        click.echo(f"One of {report.audits} audits of this model; all: assay audit list {status.model_id}")
    if status.appeal:
        click.echo(f"The first decision was appealed by {status.appellant}: {status.appeal}")
    if status.test_set:
        click.echo(f"Measured on the client's own test set {status.test_set.hex()}")
    if report.table:
        _show_table(report)
    elif report.metrics:
        rows = [
            (name, _number(metric.value, metric.scale), metric.unit, _spread(metric.min, metric.max, metric.scale))
            for name, metric in report.metrics.items()
        ]
        spread = "spread of the votes" + (", or 95 % of a service's shares" if report.service else "")
        table(("metric", "value", "unit", spread), rows)
    if report.service:
        _show_service(report.service)
    if report.claims:
        judged = [
            (
                f"{c.metric} {c.op} {c.bound:g}",
                f"{c.tolerance:g}",
                _number(c.verified, 6),
                c.state,
                str(c.audit_id or "none"),
                c.reason,
            )
            for c in report.claims
        ]
        table(("claim", "slack", "verified", "state", "audit", "because"), judged)


def _show_service(found: Survey) -> None:
    from .tables import table

    click.echo(f"Service: {found.counts.asked} queries of {found.oracles} oracles, {found.counts.answered} answered")
    for groups, each in (("oracles", found.between_oracles), ("halves of their runs", found.between_halves)):
        least = min(each.p_values.values(), default=1.0)
        met = "did not meet the same service" if each.uneven else "met the same service, as far as counts tell"
        click.echo(f"The {groups} {met} (least of {len(each.p_values)} p-values: {least:.4f})")
    if found.objectives:
        rows = [
            (o.objective.name, f"{o.objective.op} {o.objective.share:g}", o.judgement.state, o.judgement.reason)
            for o in found.objectives
        ]
        table(("objective", "share", "state", "because"), rows)


def _show_table(report: Report) -> None:
    from assay_chain.wrappers.board import Verdict

    from .tables import table

    found, status = report.table, report.status
    assert found is not None, "the report is of a table"
    assert status.table is not None, "the report is of a table"
    click.echo(f"Fairness table {status.table.hex()}")
    if status.refuted:
        click.echo("REFUTED: whatever the oracles said, the supplier's table was shown to be false, or withheld.")
        click.echo(f"How: assay fairness refute {status.table.hex()}")
        return
    if found.rebutted:
        click.echo("REBUTTED: the check that these oracles named holds. Nothing speaks against the table.")
    elif found.fault is not None:
        click.echo(f"The supplier's table is false, row {found.fault.row}: {found.fault}")
    elif status.outcome is Verdict.INVALID_SPEC:
        click.echo("The supplier's file is not the one that belongs to what it published.")
    if found.counts:
        show_counts(counts_json(found.counts))
    if found.model_counts:
        names = ("true negative", "false positive", "false negative", "true positive")
        rows = [
            (str(k // 4), names[k % 4], str(declared), str(recomputed), f"{declared - recomputed:+d}")
            for k, (declared, recomputed) in enumerate(zip(found.counts, found.model_counts, strict=True))
        ]
        table(("group", "cell", "table", "model", "difference"), rows)
        agree = not any(found.differences)
        click.echo(
            "Table and model agree."
            if agree
            else "Table and model differ: the table has other rows, or predictions of another model."
        )


def _number(value: float | None, digits: int) -> str:
    return "undefined" if value is None else f"{value:.{digits}f}"


def _spread(low: float | None, high: float | None, digits: int) -> str:
    if low is None or high is None:
        return ""
    return "exact" if low == high else f"{low:.{digits}f} to {high:.{digits}f}"


@click.command(cls=acting("client"))
@prepared.option
@click.pass_obj
def withdraw(env: Env, prepare: bool) -> None:
    """Take everything that the account is owed: refunds of a client, income of the treasury."""
    from assay_chain.amounts import format_amount

    if prepare:
        prepared.show(env, lambda acts: acts.withdraw())
        return
    amount = format_amount(env.client.withdraw())
    env.emit("withdraw", {"amount": amount}, f"Withdrew {amount}." if amount != "0" else "Nothing is owed.")
