"""Ready-to-publish models on samples at hand: `assay supplier init`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay_oracles.audits.whitebox import architecture, dataset, training, weights
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import Optimiser, Recipe

from assay_client.folders import require_new

from . import diabetes, draft, samples
from .samples import Read

CLOSED = "diabetes"
"""The example whose model is not shown, only rows to prove its fairness with."""


@dataclass(frozen=True)
class Example:
    """A model to be: `read` gives inputs (n, *shape) and labels (n,), `layers` and `recipe` are as in a manifest."""

    name: str
    description: str
    read: Read
    layers: tuple[Mapping[str, Any], ...]
    recipe: Recipe
    claims: tuple[Mapping[str, Any], ...]
    give_weights: bool = True


def write(name: str, folder: Path) -> list[Path]:
    """Write one of `EXAMPLES`, or `CLOSED`, to `folder`: model.json and its files.

    Returns:
        The files, model.json first.

    Raises:
        Refused: the folder has files in it.
    """
    require_new(folder)
    folder.mkdir(parents=True, exist_ok=True)
    document, files = diabetes.draft() if name == CLOSED else _draft(EXAMPLES[name])
    paths = [folder / draft.NAME, *(folder / file for file in files)]
    paths[0].write_text(json.dumps(document, indent=2) + "\n")
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return paths


def _draft(example: Example) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of an open model, and the files that it names."""
    inputs, labels, classes = example.read()
    train, test = samples.split(inputs, labels)
    files = {"train.safetensors": _encode(train), "test.safetensors": _encode(test)}
    document: dict[str, Any] = {
        "schema": "assay/manifest/1",
        "name": example.name,
        "version": "1.0.0",
        "description": example.description,
        "input": {"shape": list(inputs.shape[1:])},
        "classes": classes,
        "architecture": list(example.layers),
        "test": {"file": "test.safetensors"},
        "claims": list(example.claims),
    }
    if example.give_weights:
        layers = architecture.resolve(example.layers, inputs.shape[1:], len(classes))
        trained = training.train(layers, example.recipe, train)
        files["weights.safetensors"] = weights.encode(trained)
        document |= {"weights": {"file": "weights.safetensors"}, "training_set": {"file": "train.safetensors"}}
    else:
        document["recipe"] = {"train": {"file": "train.safetensors"}, **_declare(example.recipe)}
    return document, files


def _encode(data: Dataset) -> bytes:
    return dataset.encode(data.inputs, data.labels)


def _declare(recipe: Recipe) -> dict[str, Any]:
    return {
        "optimiser": {"name": recipe.optimiser.name, "parameters": dict(recipe.optimiser.parameters)},
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "seed": recipe.seed,
        "dtype": "float64",
        "initialisation": recipe.initialisation,
    }


_CNN: tuple[Mapping[str, Any], ...] = (
    {"layer": "conv2d", "channels": 16, "kernel": 3, "padding": 1},
    {"layer": "relu"},
    {"layer": "maxpool2d", "kernel": 2},
    {"layer": "conv2d", "channels": 32, "kernel": 3, "padding": 1},
    {"layer": "relu"},
    {"layer": "maxpool2d", "kernel": 2},
    {"layer": "flatten"},
    {"layer": "linear", "features": 10},
)
_ADAM = Recipe(Optimiser("adam", {"lr": 0.005}), epochs=10, batch_size=32, seed=1, initialisation="kaiming-uniform")


def _claim(metric: str, op: str, bound: float, tolerance: float = 0) -> Mapping[str, Any]:
    return {"metric": metric, "op": op, "bound": bound, "tolerance": tolerance}


EXAMPLES: Mapping[str, Example] = {
    "digits": Example(
        "digits",
        "Convolutional network on scikit-learn's handwritten digits (UCI, 8 by 8 pixels).",
        samples.digits,
        _CNN,
        _ADAM,
        (_claim("accuracy", ">=", 0.97, 0.005), _claim("log_loss", "<=", 0.1)),
    ),
    "digits-recipe": Example(
        "digits-recipe",
        "The same network as a recipe: every oracle trains it again from data and seed.",
        samples.digits,
        _CNN,
        _ADAM,
        (_claim("accuracy", ">=", 0.97, 0.005), _claim("log_loss", "<=", 0.1)),
        give_weights=False,
    ),
    "breast-cancer": Example(
        "breast-cancer",
        "Small network on the diagnostic Wisconsin breast cancer data (UCI, 30 measurements).",
        samples.breast_cancer,
        ({"layer": "linear", "features": 16}, {"layer": "relu"}, {"layer": "linear", "features": 2}),
        Recipe(Optimiser("adam", {"lr": 0.003}), epochs=20, batch_size=32, seed=1, initialisation="kaiming-uniform"),
        (_claim("accuracy", ">=", 0.94), _claim("recall_1", ">=", 0.9)),
    ),
    "fashion-mnist": Example(
        "fashion-mnist",
        "Small network on the test images of Fashion-MNIST (Zalando, 28 by 28 pixels).",
        samples.fashion_mnist,
        (
            {"layer": "flatten"},
            {"layer": "linear", "features": 64},
            {"layer": "relu"},
            {"layer": "linear", "features": 10},
        ),
        Recipe(Optimiser("adam", {"lr": 0.001}), epochs=12, batch_size=32, seed=1, initialisation="kaiming-uniform"),
        (_claim("accuracy", ">=", 0.83, 0.005),),
    ),
}
