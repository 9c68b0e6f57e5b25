"""The report as one HTML page that needs nothing else: inline style and SVG, light and dark, any width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from . import plots

WORDS = {
    "pass": "No sign of cheating",
    "fail": "The provider does not serve the supplier",
    "inconclusive": "Neither shown nor excluded",
}
SLA_WORDS = {
    "pass": "The agreement is kept",
    "fail": "The agreement is broken",
    "inconclusive": "The agreement is undecided",
}
STATES = {"kept": "pass", "broken": "fail", "undecided": "inconclusive"}
STOPPED = {
    "settled": "More queries would not change the verdict.",
    "asked": "Nothing was left to ask.",
    "budget": "The budget was spent.",
    "interrupted": "The run was interrupted.",
}


def render(report: Mapping[str, Any]) -> str:
    """The page; whatever strangers sent is escaped."""
    environment = Environment(
        loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("report.html.j2")
    least, most = plots.axis(report["methods"])
    return template.render(
        report=report,
        words=WORDS,
        sla_words=SLA_WORDS,
        states=STATES,
        stopped=STOPPED[report["stopped"]],
        plots=plots,
        least=least,
        most=most,
    )
