"""The manifest of a model, `assay/manifest/1`: everything an oracle needs to recompute its metrics, or of a closed
model only what it is called and claims. Torch-free.

The format is described in docs/manifest.md; its JSON schema is `manifest.schema.json` beside this file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from assay_oracles.audits.claims import MICRO, Claim
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.metrics import CLAIMABLE as FAIRNESS_METRICS
from assay_oracles.audits.service import declaration
from assay_oracles.audits.service import sla as agreements
from assay_oracles.audits.service.declaration import Service
from assay_oracles.audits.service.sla import Sla
from assay_oracles.audits.whitebox import strictjson
from assay_oracles.audits.whitebox.architecture import Architecture, Shape, resolve
from assay_oracles.audits.whitebox.metrics import claimable

SCHEMA = "assay/manifest/1"
Role = Literal["weights", "train", "test"]

_ALTERNATIVES = {
    "oneOf": (
        "gives not exactly one of weights and recipe",
        "give weights to have them measured, or a recipe to have the model trained again",
    ),
    "not": ("gives a training_set beside a recipe", "leave it out: a recipe names its own training set"),
}


@dataclass(frozen=True)
class ArtifactRef:
    """A file that the manifest cites: its SHA-256 digest, where it is found, and its size in bytes."""

    role: Role
    digest: bytes
    uri: str
    size: int


@dataclass(frozen=True)
class InputSpec:
    """Shape of one sample and, when declared, the range that every input value keeps."""

    shape: Shape
    range: tuple[float, float] | None


@dataclass(frozen=True)
class Optimiser:
    """Name of a torch optimiser (sgd, adam, adamw) and its parameters."""

    name: str
    parameters: Mapping[str, float]


@dataclass(frozen=True)
class Recipe:
    """How to train the model again; see `training.train`."""

    optimiser: Optimiser
    epochs: int
    batch_size: int
    seed: int
    initialisation: str


@dataclass(frozen=True)
class Card:
    """What every manifest says. All that there is of a *closed* model, whose layers, weights and data stay secret.

    ``claims`` are about the model; ``service`` is where its supplier offers it, and ``sla`` what it promises of that
    (docs/sla.md), if anything.
    """

    name: str
    version: str
    description: str
    claims: tuple[Claim, ...]
    service: Service | None
    sla: Sla | None


@dataclass(frozen=True)
class Served(Card):
    """A closed model that is offered as a service, with the labelled samples that oracles may ask it about."""

    input: InputSpec
    classes: tuple[str, ...]
    test: ArtifactRef

    def artifacts(self) -> tuple[ArtifactRef, ...]:
        """Every file that an audit needs."""
        return (self.test,)


@dataclass(frozen=True)
class Manifest(Served):
    """An open model, which oracles recompute. Exactly one of the ``weights`` artifact and ``recipe`` is given.

    ``train`` is what the recipe trains on; with given weights it is optional and serves only to report overlap.
    """

    architecture: Architecture
    weights: ArtifactRef | None
    recipe: Recipe | None
    train: ArtifactRef | None

    def artifacts(self) -> tuple[ArtifactRef, ...]:
        """Every file that recomputing needs."""
        return tuple(ref for ref in (self.weights, self.train, self.test) if ref is not None)


def parse(data: bytes) -> Manifest:
    """Reads and checks the manifest of an open model, as far as its own bytes determine.

    Raises:
        SpecError: with the path of the offending field, or because the model is closed; nothing else, whatever the
            bytes.
    """
    return opened(read(data))


def opened(card: Card) -> Manifest:
    """The card as the manifest of an open model.

    Raises:
        SpecError: the model is closed.
    """
    if not isinstance(card, Manifest):
        raise SpecError(
            "closed-model",
            "manifest",
            f"the model {card.name} is closed: it declares no layers, weights or test set to recompute it from",
            "audit its fairness tables (`--kind fairness`), or ask the supplier for an open version",
        )
    return card


def served(card: Card) -> tuple[Served, Service]:
    """The card as the manifest of a model that is offered as a service, and that service.

    Raises:
        SpecError: it is offered nowhere; culprit client, who may not ask for such an audit.
    """
    if not isinstance(card, Served) or card.service is None:
        raise SpecError(
            "no-service",
            "manifest",
            f"the model {card.name} declares no service",
            "audit the model itself, or ask the supplier for a version that declares `service`",
            culprit="client",
        )
    return card, card.service


def read(data: bytes) -> Card:
    """Reads and checks a manifest, as far as its own bytes determine; a `Manifest` unless the model is closed,
    a `Served` if it is a closed one that is offered as a service.

    Raises:
        SpecError: with the path of the offending field; nothing else, whatever the bytes.
    """
    document = strictjson.loads(data)
    problem = next(_validator().iter_errors(document), None)
    if problem is not None:
        raise _schema_error(problem)
    return _build(document)


def schema() -> dict[str, Any]:
    """The committed JSON schema of the format."""
    text = resources.files(__package__).joinpath("manifest.schema.json").read_text("utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _schema_error(problem: ValidationError) -> SpecError:
    field = problem.json_path.removeprefix("$.").removeprefix("$") or "manifest"
    if problem.validator in _ALTERNATIVES:
        return SpecError("weights-or-recipe", field, *_ALTERNATIVES[problem.validator])
    message = problem.message if len(problem.message) <= 300 else f"breaks the rule {problem.validator}"
    return SpecError("schema", field[:200], message, "docs/manifest.md describes every field")


def _build(document: Mapping[str, Any]) -> Card:
    about = {
        "name": document["name"],
        "version": document["version"],
        "description": document.get("description", ""),
        "service": declaration.build(document["service"]) if "service" in document else None,
        "sla": agreements.parse(document["sla"]) if "sla" in document else None,
    }
    if "architecture" not in document:
        about["claims"] = _claims(document["claims"], FAIRNESS_METRICS, "a closed model")
        return Served(**about, **_samples(document)) if "test" in document else Card(**about)
    samples = _samples(document)
    shape, classes = samples["input"].shape, samples["classes"]
    recipe = document.get("recipe")
    train = recipe["train"] if recipe else document.get("training_set")
    known = claimable(len(classes)) | FAIRNESS_METRICS
    return Manifest(
        **about,
        claims=_claims(document["claims"], known, f"a model with {len(classes)} classes"),
        **samples,
        architecture=resolve(document["architecture"], shape, len(classes)),
        weights=_artifact("weights", document["weights"]) if "weights" in document else None,
        recipe=_recipe(recipe) if recipe else None,
        train=_artifact("train", train) if train else None,
    )


def _samples(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a `Served` says of its samples."""
    shape = tuple(int(side) for side in document["input"]["shape"])
    classes = tuple(document["classes"])
    if len(set(classes)) != len(classes):
        raise SpecError("repeated-class", "classes", "names a class twice", "give every class its own label")
    return {
        "input": InputSpec(shape, _range(document["input"].get("range"))),
        "classes": classes,
        "test": _artifact("test", document["test"]),
    }


def _range(declared: list[float] | None) -> tuple[float, float] | None:
    if declared is None:
        return None
    low, high = map(float, declared)
    if low >= high:
        raise SpecError("empty-range", "input.range", f"[{low}, {high}] is empty", "give the least value first")
    return low, high


def _artifact(role: Role, declared: Mapping[str, Any]) -> ArtifactRef:
    digest = bytes.fromhex(declared["digest"].removeprefix("sha256:"))
    return ArtifactRef(role, digest, declared["uri"], int(declared["bytes"]))


def _recipe(declared: Mapping[str, Any]) -> Recipe:
    optimiser = declared["optimiser"]
    parameters = {name: float(number) for name, number in optimiser["parameters"].items()}
    return Recipe(
        optimiser=Optimiser(optimiser["name"], parameters),
        epochs=int(declared["epochs"]),
        batch_size=int(declared["batch_size"]),
        seed=int(declared["seed"]),
        initialisation=declared["initialisation"],
    )


def _claims(declared: list[Mapping[str, Any]], known: frozenset[str], of: str) -> tuple[Claim, ...]:
    claims = []
    for index, item in enumerate(declared):
        field = f"claims[{index}]"
        if item["metric"] not in known:
            raise SpecError(
                "unknown-metric",
                f"{field}.metric",
                f"{item['metric']!r} is not a metric of {of}",
                f"choose one of {', '.join(sorted(known))}",
            )
        bound, tolerance = (_micro(item[key], f"{field}.{key}") for key in ("bound", "tolerance"))
        claims.append(Claim(item["metric"], item["op"], bound, tolerance))
    if len({(claim.metric, claim.op) for claim in claims}) != len(claims):
        raise SpecError("repeated-claim", "claims", "bound one metric twice in one direction", "keep the stricter one")
    return tuple(claims)


def _micro(number: float, field: str) -> int:
    """Millionths, exactly: the registry holds claims as integers and both must say the same."""
    micro = Decimal(str(number)) * MICRO
    if micro != int(micro):
        raise SpecError("too-precise", field, f"{number} has more than six decimals", "round it to six decimals")
    return int(micro)
