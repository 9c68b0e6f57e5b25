"""Faults of published bytes, as commands report them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from assay_chain.errors import Culprit, MalformedInput
from assay_oracles.audits.errors import SpecError


def malformed(error: SpecError, where: Path | str) -> MalformedInput:
    """The error that a command reports for a specification that can never be audited; `where` names its place."""
    return MalformedInput(
        f"{where}: {error.message}", code=error.code, culprit=cast("Culprit", error.culprit), hint=error.hint
    )
