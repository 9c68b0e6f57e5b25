"""Service level agreements, `assay/sla/1`: parties, parameters, objectives. The format is described in docs/sla.md.

A *resource* parameter is true or false of one query; *composite* ones are built from others by all, any and not. So
every objective bounds the share of queries of which a parameter is true, among those of which its condition is true,
and an exact binomial interval judges it. Latency thresholds are such parameters too: a percentile is never estimated.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from assay_oracles.audits.claims import Op
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.intervals import CONFIDENCE
from assay_oracles.audits.robustness import terms
from assay_oracles.audits.robustness.terms import Terms

_HINT = "docs/sla.md describes every field"


@dataclass(frozen=True)
class Observation:
    """One query to a service, and what came of it.

    Attributes:
        seconds: from sending to the last byte; None when there was no usable answer.
        label: the right class, None when it is not known.
        predicted: the class answered, None without an answer.
        expected: the class that M or S answers to the same input, None when neither was asked.
    """

    seconds: float | None
    label: int | None = None
    predicted: int | None = None
    expected: int | None = None


@dataclass(frozen=True)
class Objective:
    """Among the queries of which every parameter of `condition` is true, `parameter` is true of a bounded share.

    `confidence` is that of the interval which decides whether the bound is kept.
    """

    name: str
    condition: tuple[str, ...]
    parameter: str
    op: Op
    share: float
    confidence: float


@dataclass(frozen=True)
class Sla:
    """A checked agreement. Every name that it uses is defined; `parameters` are in an order in which each stands
    after those that it is built from. `robustness` holds the scores that are promised, and on what terms."""

    name: str
    parties: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]
    objectives: tuple[Objective, ...]
    robustness: Terms | None
    document: Mapping[str, Any]

    def values(self, seen: Observation) -> dict[str, bool]:
        """What each parameter is of one query. An unanswered query is late, and neither correct nor agreeing."""
        found: dict[str, bool] = {}
        for name, spec in self.parameters.items():
            if "all" in spec:
                found[name] = all(found[part] for part in spec["all"])
            elif "any" in spec:
                found[name] = any(found[part] for part in spec["any"])
            elif "not" in spec:
                found[name] = not found[spec["not"]]
            else:
                found[name] = _resource(spec, seen)
        return found

    def uses(self, resource: str) -> bool:
        """Whether a resource parameter of this kind is defined."""
        return any(spec.get("resource") == resource for spec in self.parameters.values())


def load(data: bytes) -> Sla:
    """Read an agreement, from a file of its own or from the manifest that holds it.

    Raises:
        SpecError: it is none; culprit supplier, who wrote it.
    """
    try:
        document = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise SpecError("sla-not-json", "sla", f"is not JSON: {str(error)[:200]}", _HINT) from None
    if isinstance(document, dict) and document.get("schema") == "assay/manifest/1":
        document = document.get("sla")
    return parse(document)


def parse(document: Any) -> Sla:
    """Check an agreement.

    Raises:
        SpecError: it breaks the schema, uses an undefined name, defines a parameter by itself, or promises nothing.
    """
    problem = next(_validator().iter_errors(document), None)
    if problem is not None:
        field = problem.json_path.removeprefix("$.").removeprefix("$") or "sla"
        raise SpecError("sla-schema", field[:200], problem.message[:300], _HINT)
    parameters: dict[str, Mapping[str, Any]] = {}
    for name in document["parameters"]:
        _define(document["parameters"], name, (), parameters)
    objectives = tuple(_objective(entry, parameters, index) for index, entry in enumerate(document["objectives"]))
    names = [objective.name for objective in objectives]
    if len(set(names)) != len(names):
        raise SpecError("repeated-objective", "objectives", "name one objective twice", "give each a name of its own")
    robustness = terms.parse(document["robustness"]) if "robustness" in document else None
    if not objectives and robustness is None:
        raise SpecError("no-objective", "objectives", "promise nothing", "state an objective, or robustness")
    return Sla(document["name"], document["parties"], parameters, objectives, robustness, document)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not allowed")


@cache
def _validator() -> Draft202012Validator:
    text = resources.files(__package__).joinpath("sla.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def _objective(entry: Mapping[str, Any], parameters: Mapping[str, Any], index: int) -> Objective:
    then, condition = entry["then"], tuple(entry.get("if", ()))
    for name in (*condition, then["parameter"]):
        _defined(parameters, name, f"objectives[{index}]")
    confidence = float(entry.get("confidence", CONFIDENCE))
    return Objective(entry["name"], condition, then["parameter"], then["op"], float(then["share"]), confidence)


def _define(
    declared: Mapping[str, Any], name: str, above: tuple[str, ...], ordered: dict[str, Mapping[str, Any]]
) -> None:
    """Add a parameter to `ordered`, after those that it is built from."""
    if name in above:
        raise SpecError("circular-parameter", f"parameters.{name}", "is defined by itself", _HINT)
    if name in ordered:
        return
    spec = declared[name]
    for part in (*spec.get("all", ()), *spec.get("any", ()), *([spec["not"]] if "not" in spec else ())):
        _defined(declared, part, f"parameters.{name}")
        _define(declared, part, (*above, name), ordered)
    ordered[name] = spec


def _resource(spec: Mapping[str, Any], seen: Observation) -> bool:
    match spec["resource"]:
        case "answered":
            return seen.seconds is not None
        case "late":
            return seen.seconds is None or bool(seen.seconds * 1000 > spec["milliseconds"])
        case "label":
            return bool(seen.label == spec["class"])
        case "correct":
            return seen.predicted is not None and seen.predicted == seen.label
        case _:
            return seen.predicted is not None and seen.predicted == seen.expected


def _defined(parameters: Mapping[str, Any], name: str, field: str) -> None:
    if name not in parameters:
        known = ", ".join(sorted(parameters))
        raise SpecError("unknown-parameter", field, f"uses {name!r}, which is not defined", f"defined are {known}")
