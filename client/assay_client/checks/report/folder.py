"""A report's folder: what a run leaves behind, and how somebody else checks it."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any, Final

from assay_chain.errors import MalformedInput

from .. import journal as journals
from .. import robustness
from ..building import DATA, Run, build, read_pool
from ..journal import Exchange
from ..plan import Plan
from ..robustness import GENERATOR
from . import document, html, junit, signing

NAME: Final = "report.json"
HTML: Final = "report.html"
JUNIT: Final = "junit.xml"
TOLERANCE: Final = 1e-6
"""Relative difference of recomputed numbers that another processor or library may cause."""


def write(folder: Path, plan: Plan, run: Run, exchanges: list[Exchange], key: int | None) -> dict[str, Any]:
    """Write report.json, report.html and junit.xml; the journal and the samples are there already."""
    report = signing.seal(_compose(folder, plan, run, exchanges), key)
    (folder / HTML).write_text(html.render(report))
    (folder / JUNIT).write_text(junit.render(report))
    (folder / NAME).write_text(json.dumps(report, indent=1) + "\n")
    return report


def replay(folder: Path, signer: str | None = None) -> tuple[dict[str, Any], int]:
    """Check a report: its seal, its files, and its verdict, recomputed from the recorded answers.

    Args:
        folder: with report.json, journal.jsonl and data.safetensors.
        signer: the address that must have signed it, if anybody's.

    Returns:
        The report, and from how many recorded answers it was recomputed.

    Raises:
        MalformedInput: it is no report, or not what it says; culprit local, who handed it over being unknown.
    """
    report = _read(folder / NAME)
    if not signing.holds(report):
        raise _tampered(f"{folder / NAME}: its signature does not fit: it was changed after it was signed")
    if signer is not None and report["signer"].lower() != signer.lower():
        raise _tampered(f"{folder / NAME} is signed by {report['signer']}, not by {signer}")
    for name, digest in report["files"].items():
        if name not in (journals.NAME, DATA, GENERATOR) or _sha256(folder / name) != digest:
            raise _tampered(f"{folder / name} is not the file that the report rests on")
    plan, exchanges = journals.read(folder / journals.NAME)
    run = build(plan, read_pool(folder, plan), robustness.kept(folder))
    run.engine.feed(exchanges)
    run.engine.progress.stopped = report["stopped"]
    again = json.loads(json.dumps(_compose(folder, plan, run, exchanges)))
    for name, value in again.items():
        if not _alike(value, report.get(name)):
            raise _tampered(f"{folder / NAME}: `{name}` does not follow from the recorded answers")
    return report, len(exchanges)


def _compose(folder: Path, plan: Plan, run: Run, exchanges: list[Exchange]) -> dict[str, Any]:
    kept = [GENERATOR] if robustness.kept(folder) else []
    files = {name: _sha256(folder / name) for name in (journals.NAME, DATA, *kept)}
    return document.compose(plan, run, exchanges, files)


def _read(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(path.read_bytes())
    except OSError as error:
        raise _tampered(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _tampered(f"{path} is no JSON") from error
    if not isinstance(report, dict) or report.get("schema") != document.SCHEMA:
        raise _tampered(f"{path} is no report of schema {document.SCHEMA}")
    return report


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _tampered(f"cannot read {path}: {error.strerror}") from error


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(one) is type(other) and bool(one == other)


def _tampered(message: str) -> MalformedInput:
    return MalformedInput(
        message, code="bad-report", culprit="local", hint="Ask for the report again from whoever made it."
    )
