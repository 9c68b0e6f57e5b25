"""What a black-box check found, for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

_WORDS = {
    "pass": "Pass: no sign of cheating, and what the methods see is below their margins.",
    "fail": "Fail: the provider's answers are not the supplier's.",
    "inconclusive": "Inconclusive: neither shown nor excluded.",
}
_SLA_WORDS = {
    "pass": "The agreement is kept.",
    "fail": "The agreement is broken.",
    "inconclusive": "The agreement is undecided: more queries would be needed.",
}
_STOPPED = {
    "settled": "more queries would not change the verdict",
    "asked": "nothing was left to ask",
    "budget": "the budget is spent",
    "interrupted": "it was interrupted",
}


def show(report: Mapping[str, Any], folder: Path, recomputed: int | None = None) -> None:
    """Print a report: the verdict, the methods, the claims, and what none of it says.

    `recomputed` is from how many recorded answers it was, if it was.
    """
    from .tables import table

    if recomputed is not None:
        click.echo(f"Recomputed from {recomputed} recorded answers: the report is right.")
    if report["methods"]:
        click.echo(_WORDS[report["verdict"]])
        click.echo(
            f"E = {report['e_value']:.4g} (fail from {1 / report['alpha']:.4g}), "
            f"probability of cheating {report['p_cheat']:.4f} (before: {report['prior']:g})"
        )
    if report["sla"]:
        click.echo(_SLA_WORDS[report["sla"]])
    click.echo(f"Queries: {report['queries']}; the run ended because {_STOPPED[report['stopped']]}.")
    if report["methods"]:
        rows = [
            (m["name"], m["verdict"], f"{m['e_value']:.4g}", _estimate(m), str(m["queries"]), m["silent"] or "")
            for m in report["methods"]
        ]
        table(("method", "verdict", "E", "estimate (interval)", "queries", "why silent"), rows)
    for method in report["methods"]:
        if rating := method["facts"].get("explainability"):
            click.echo(f"The supplier's explanations: {rated(rating)}")
    if report["claims"]:
        table(("objective", "state", "because"), [(c["name"], c["state"], c["reason"]) for c in report["claims"]])
    if report["robustness"]:
        _show_robustness(report["robustness"])
    for caveat in report["caveats"]:
        click.echo(caveat)
    whose = "a key made for this report alone" if report["ephemeral_key"] else "the keystore's key"
    click.echo(f"Report: {folder}/report.html, report.json, junit.xml; signed by {report['signer']} ({whose})")


def rated(rating: Mapping[str, float]) -> str:
    """An explainability rating and its parts (docs/blackbox.md), each from 0 to 1."""
    parts = ", ".join(f"{name} {rating[name]:.2f}" for name in ("deletion", "completeness", "stability"))
    return f"explainability {rating['rating']:.2f} ({parts})"


def _show_robustness(measured: Mapping[str, Any]) -> None:
    from .tables import table

    click.echo(
        f"Robustness: queries that {measured['attack']['name']} needs for a probability of {measured['threshold']:g}"
    )
    rows = []
    for one in (*measured["classes"], measured["all"]):
        low, high = one["interval"]
        score = "" if one["score_micro"] is None else f"{one['score_micro'] / 1e6:.4f} "
        mean = f"{one['total'] / one['ended']:.1f}" if one["ended"] else ""
        name = "all" if one["class"] is None else str(one["class"])
        rows.append(
            (name, f"{one['ended']} of {one['begun']}", mean, str(one["censored"]), f"{score}({low:.4f} to {high:.4f})")
        )
    table(("class", "starts ended", "q, mean queries", "never reached", "score (interval)"), rows)


def _estimate(method: Mapping[str, Any]) -> str:
    if method["estimate"] is None:
        return ""
    low, high = method["interval"] or (None, None)
    return f"{method['estimate']:.4f}" + ("" if low is None else f" ({low:.4f} to {high:.4f})")
