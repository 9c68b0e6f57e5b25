"""Measuring the robustness that an agreement promises, and the generator that it may cite."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any, Final

from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.robustness import generator as generators
from assay_oracles.audits.robustness.generator import Generator
from assay_oracles.audits.robustness.method import Robustness, Samples
from assay_oracles.audits.robustness.terms import Terms

from assay_client.specs import malformed

from .data import Pool
from .plan import Plan

GENERATOR: Final = "generator.safetensors"
CONFIDENCE: Final = 0.95
CURVES: Final = 20
"""Starts of each class whose curves a report keeps; the journal has all."""
POINTS: Final = 60


def build(plan: Plan, pool: Pool, terms: Terms | None, path: Path | None, batch: int) -> Robustness | None:
    """The measurement that an agreement calls for, within its share of the budget.

    Raises:
        Usage: the agreement cites a generator and none is given, or the other way round.
        MalformedInput: the generator is not the one that is cited, or no generator.
        SpecError: terms, samples and service do not fit.
    """
    digest = terms.attack.digest if terms is not None else None
    if path is not None and digest is None:
        raise Usage(
            "no agreement cites a generator", code="unused-generator", culprit="local", hint="Leave --generator out."
        )
    if terms is None:
        return None
    info = plan.provider.info
    return Robustness(
        terms,
        info.input_shape,
        info.classes,
        plan.seed_of(Robustness.name),
        generator=None if digest is None else _generator(digest, path),
        samples=Samples(pool.inputs, pool.labels),
        batch=batch,
        limit=plan.budget // plan.shares,
    )


def keep(path: Path | None, folder: Path) -> None:
    """Copy the generator into a run's folder, which needs it to go on and to be replayed."""
    if path is not None:
        shutil.copyfile(path, folder / GENERATOR)


def kept(folder: Path) -> Path | None:
    """The generator in a run's folder, if it has one."""
    path = folder / GENERATOR
    return path if path.exists() else None


def describe(measured: Robustness) -> dict[str, Any]:
    """What was measured, for the report: R, censored starts, score and interval of each class and of all together."""
    terms = measured.terms
    return {
        "attack": {"name": terms.attack.name, "parameters": dict(terms.attack.parameters)},
        "from": terms.origin,
        "range": [terms.low, terms.high],
        "threshold": terms.threshold,
        "budget": terms.budget,
        "starts": terms.starts,
        "confidence": CONFIDENCE,
        "all": _numbers(measured, None),
        "classes": [
            _numbers(measured, wanted) | {"curves": _curves(measured, wanted)} for wanted in range(measured.classes)
        ],
    }


def _numbers(measured: Robustness, wanted: int | None) -> dict[str, Any]:
    tally = measured.tally(wanted)
    return {
        "class": wanted,
        "begun": sum(wanted in (None, course.wanted) for course in measured.courses),
        "ended": tally.starts,
        "total": tally.total,
        "censored": tally.censored,
        "score_micro": tally.score_micro if tally.starts else None,
        "interval": list(measured.interval(wanted, 1 - CONFIDENCE)),
    }


def _curves(measured: Robustness, wanted: int) -> list[list[list[float]]]:
    """The highest p_i so far against queries, of the first starts: where it rises, thinned."""
    found: list[list[list[float]]] = []
    for course in [course for course in measured.courses if course.wanted == wanted and course.curve][:CURVES]:
        best, rises = -1.0, list[list[float]]()
        for number, probability in enumerate(course.curve, 1):
            if probability > best:
                best = probability
                rises.append([number, round(probability, 4)])
        step = max(1, -(-len(rises) // POINTS))
        thin = [point for index, point in enumerate(rises) if index % step == 0 or index == len(rises) - 1]
        found.append([*thin, [len(course.curve), thin[-1][1]]])
    return found


def _generator(digest: bytes, path: Path | None) -> Generator:
    if path is None:
        raise Usage(
            "the agreement cites a generator by its digest",
            code="no-generator",
            culprit="local",
            hint="Name its file with --generator; the supplier has it.",
        )
    try:
        if hashlib.sha256(path.read_bytes()).digest() != digest:
            raise MalformedInput(
                f"{path} is not the generator that the agreement cites",
                code="wrong-generator",
                culprit="local",
                hint=f"Ask the supplier for the file with SHA-256 {digest.hex()}.",
            )
        return generators.load(path)
    except SpecError as error:
        raise malformed(error, path) from error
    except OSError as error:
        raise Usage(
            f"cannot read {path}: {error.strerror}",
            code="unreadable-file",
            culprit="local",
            hint="Name a file that exists.",
        ) from error
