"""Ready-to-publish models on data that scikit-learn ships: `assay supplier init`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from assay_chain.errors import Refused
from assay_oracles.audits.whitebox import architecture, dataset, training, weights
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import Optimiser, Recipe
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits  # type: ignore[import-untyped]

from . import draft

Floats = NDArray[np.float32]
SHUFFLE_SEED = 0
TRAINING_SHARE = 0.75


@dataclass(frozen=True)
class Example:
    """A model to be: `read` gives inputs (n, *shape) and labels (n,), `layers` and `recipe` are as in a manifest."""

    name: str
    description: str
    read: Callable[[], tuple[Floats, NDArray[np.int64], list[str]]]
    layers: tuple[Mapping[str, Any], ...]
    recipe: Recipe
    claims: tuple[Mapping[str, Any], ...]
    give_weights: bool = True


def write(name: str, folder: Path) -> list[Path]:
    """Write one of `EXAMPLES` to `folder`: model.json and the files that it names.

    Returns:
        The files, model.json first.

    Raises:
        Refused: the folder has files in it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty",
            code="folder-not-empty",
            culprit="local",
            hint="name a new folder; nothing is overwritten",
        )
    folder.mkdir(parents=True, exist_ok=True)
    example = EXAMPLES[name]
    inputs, labels, classes = example.read()
    train, test = split(inputs, labels)
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
    paths = [folder / draft.NAME, *(folder / file for file in files)]
    paths[0].write_text(json.dumps(document, indent=2) + "\n")
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return paths


def split(inputs: Floats, labels: NDArray[np.int64]) -> tuple[Dataset, Dataset]:
    """Training set and held-out test set of an example, always the same."""
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(labels))
    train, test = np.split(order, [int(TRAINING_SHARE * len(labels))])
    return Dataset(inputs[train], labels[train]), Dataset(inputs[test], labels[test])


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


def _digits() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """1797 grey images of 8 by 8 pixels in [0, 1], as (n, 1, 8, 8)."""
    bunch = load_digits()
    return (bunch.images[:, None] / 16).astype(np.float32), bunch.target.astype(np.int64), list("0123456789")


def _breast_cancer() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """569 cases with 30 measurements each, scaled to zero mean and unit variance."""
    bunch = load_breast_cancer()
    scaled = (bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0)
    return scaled.astype(np.float32), bunch.target.astype(np.int64), list(bunch.target_names)


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
        _digits,
        _CNN,
        _ADAM,
        (_claim("accuracy", ">=", 0.97, 0.005), _claim("log_loss", "<=", 0.1)),
    ),
    "digits-recipe": Example(
        "digits-recipe",
        "The same network as a recipe: every oracle trains it again from data and seed.",
        _digits,
        _CNN,
        _ADAM,
        (_claim("accuracy", ">=", 0.97, 0.005), _claim("log_loss", "<=", 0.1)),
        give_weights=False,
    ),
    "breast-cancer": Example(
        "breast-cancer",
        "Small network on the diagnostic Wisconsin breast cancer data (UCI, 30 measurements).",
        _breast_cancer,
        ({"layer": "linear", "features": 16}, {"layer": "relu"}, {"layer": "linear", "features": 2}),
        Recipe(Optimiser("adam", {"lr": 0.003}), epochs=20, batch_size=32, seed=1, initialisation="kaiming-uniform"),
        (_claim("accuracy", ">=", 0.94), _claim("recall_1", ">=", 0.9)),
    ),
}
