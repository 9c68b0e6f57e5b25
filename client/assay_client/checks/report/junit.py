"""The report as JUnit XML, for continuous integration: one test case a method and a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree


def render(report: Mapping[str, Any]) -> str:
    """XML text. A failed method or a broken claim is a failure; what is undecided is skipped."""
    cases = [
        ("methods", method["name"], _OUTCOMES[method["verdict"]], _sentence(method)) for method in report["methods"]
    ]
    cases += [("claims", claim["name"], _OUTCOMES[claim["state"]], claim["reason"]) for claim in report["claims"]]
    if report["methods"]:
        joined = f"E = {report['e_value']:g}, p_cheat = {report['p_cheat']:g} at prior {report['prior']:g}"
        cases.append(("verdict", "joined", _OUTCOMES[report["verdict"]], joined))
    outcomes = [outcome for _, _, outcome, _ in cases]
    suite = ElementTree.Element(
        "testsuite",
        name="assay check",
        tests=str(len(cases)),
        failures=str(outcomes.count("failure")),
        skipped=str(outcomes.count("skipped")),
        errors="0",
        timestamp=report["plan"]["started"],
    )
    for kind, name, outcome, said in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=f"assay.check.{kind}", name=name)
        if outcome:
            ElementTree.SubElement(case, outcome, message=said)
        else:
            ElementTree.SubElement(case, "system-out").text = said
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


_OUTCOMES = {
    "fail": "failure",
    "broken": "failure",
    "inconclusive": "skipped",
    "undecided": "skipped",
    "pass": "",
    "kept": "",
}


def _sentence(method: Mapping[str, Any]) -> str:
    if method["silent"]:
        return str(method["silent"])
    return f"E = {method['e_value']:g} after {method['queries']} queries"
