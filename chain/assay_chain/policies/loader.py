"""Reading policy files (`assay/policy/1`).

A lane whose name contains ``{c}`` stands for one lane a class, in place; so does an order that names such lanes. A run
of lanes whose names contain ``{g}`` stands for that run once a protected group, group by group.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import groupby
from math import isqrt
from pathlib import Path
from typing import Any, Final

import jsonschema

from assay_chain.amounts import parse_amount
from assay_chain.errors import MalformedInput, Usage
from assay_chain.policies.types import Kind, LaneSpec, Length, PolicySpec, TermsSpec

_CLASS: Final = "{c}"
_GROUP: Final = "{g}"


def load(file: Path | Traversable) -> PolicySpec:
    """Read one policy file.

    Raises:
        Usage: the file cannot be read.
        MalformedInput: it is no JSON, breaks the schema, or contradicts itself; culprit gatekeeper.
    """
    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise Usage(
            f"cannot read the policy {file}: {error.strerror}",
            code="unreadable-file",
            culprit="local",
            hint="Check the path and who may read it.",
        ) from error
    except ValueError as error:
        raise _malformed("it is no JSON") from error
    return parse(data)


def parse(data: Any) -> PolicySpec:
    """Read one policy as JSON has it.

    Raises:
        MalformedInput: it breaks the schema, or contradicts itself; culprit gatekeeper.
    """
    try:
        jsonschema.validate(data, _schema())
    except jsonschema.ValidationError as error:
        raise _malformed(f"{error.json_path}: {error.message}") from error
    terms, classes = data["terms"], data.get("classes", 0)
    lanes = tuple(
        LaneSpec(**{**lane, "name": name})
        for lane in _by_group(data.get("groups", 0), data["lanes"])
        for (name,) in _each(classes, lane["name"])
    )
    index = {lane.name: position for position, lane in enumerate(lanes)}
    if len(index) != len(lanes):
        raise _malformed("two lanes have one name")
    for lane in lanes:
        if lane.tolerance > lane.maximum:
            raise _malformed(f"the tolerance of {lane.name} exceeds its maximum")
    _check_binding(Kind[data["kind"].upper()], lanes)
    pairs = [pair for order in data["orders"] for pair in _each(classes, *order)]
    for name in (name for pair in pairs for name in pair):
        if name not in index:
            raise _malformed(f"an order names the lane {name}, which is not there")
    return PolicySpec(
        name=data["name"],
        kind=Kind[data["kind"].upper()],
        terms=TermsSpec(
            development=terms["development"],
            min_roster=terms["min_roster"],
            max_roster=terms["max_roster"],
            commit=Length(**terms["commit"]),
            reveal=Length(**terms["reveal"]),
            dispute=Length(**terms["dispute"]),
            bond=parse_amount(terms["bond"]),
            fee_per_oracle=parse_amount(terms["fee_per_oracle"]),
            inspection_fee=parse_amount(terms["inspection_fee"]),
            stipend=parse_amount(terms["stipend"]),
            forfeit=parse_amount(terms["forfeit"]),
            min_rows=terms.get("min_rows", 0),
            min_cell=terms.get("min_cell", 0),
        ),
        lanes=lanes,
        orders=tuple((index[lesser], index[greater]) for lesser, greater in pairs),
    )


def load_standard() -> list[PolicySpec]:
    """The policies that come with Assay, by name."""
    files = resources.files("assay_chain.policies") / "standard"
    specs = [load(entry) for entry in files.iterdir() if entry.name.endswith(".json")]
    return sorted(specs, key=lambda spec: spec.name)


def _check_binding(kind: Kind, lanes: tuple[LaneSpec, ...]) -> None:
    """Lanes of service counts are not binding, stand last, and allow for what chance makes of an oracle's inputs."""
    loose = [lane for lane in lanes if not lane.binding]
    if loose != list(lanes[len(lanes) - len(loose) :]):
        raise _malformed("a binding lane stands behind one that is not")
    some, all_ = bool(loose), len(loose) == len(lanes)
    if (some, all_) != {Kind.SERVICE: (True, True), Kind.BOTH: (True, False)}.get(kind, (False, False)):
        raise _malformed(
            "service audits have no binding lane, audits of both some, whitebox and fairness audits only binding ones"
        )
    for lane in loose:
        most = lane.maximum - lane.offset
        if 0 < lane.tolerance < 2 * (1 + isqrt(max(most, 1) - 1)):
            raise _malformed(
                f"the tolerance of {lane.name} is below twice the root of its {most} queries: chance alone exceeds it"
            )


def _by_group(groups: int, lanes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lanes, runs of lanes of a group repeated for every group."""
    for is_pattern, run in groupby(lanes, lambda lane: _GROUP in lane["name"]):
        members = list(run)
        if not is_pattern:
            yield from members
        elif not groups:
            raise _malformed(f"{members[0]['name']} stands for one lane a protected group, but `groups` is missing")
        for group in range(groups if is_pattern else 0):
            yield from ({**lane, "name": lane["name"].replace(_GROUP, str(group))} for lane in members)


def _each(classes: int, *names: str) -> Iterator[tuple[str, ...]]:
    """The names themselves, or, when they are a pattern, those of every class."""
    if not any(_CLASS in name for name in names):
        yield names
        return
    if not classes:
        raise _malformed(f"{names[0]} stands for one lane a class, but `classes` is missing")
    for label in range(classes):
        yield tuple(name.replace(_CLASS, str(label)) for name in names)


def _schema() -> Any:
    return json.loads((resources.files("assay_chain.policies") / "policy.schema.json").read_text(encoding="utf-8"))


def _malformed(why: str) -> MalformedInput:
    return MalformedInput(
        f"the policy is malformed: {why}",
        code="bad-policy",
        culprit="gatekeeper",
        hint="Compare it with the standard policies that come with Assay.",
    )
