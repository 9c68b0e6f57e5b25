"""Real models on scikit-learn's data for the whitebox benchmarks: an image classifier and a tabular one."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from assay_oracles.audits.whitebox import dataset, manifest, training, weights
from assay_oracles.audits.whitebox.job import Job
from assay_oracles.audits.whitebox.manifest import Manifest
from assay_oracles.audits.whitebox.metrics import MAX_SAMPLES
from assay_oracles.audits.whitebox.tensors import Source
from sklearn.datasets import load_breast_cancer, load_digits

SEED = bytes(range(32))
SHUFFLE = 7


@dataclass(frozen=True)
class Example:
    """A model to audit: its manifest, and its files by role."""

    manifest: Manifest
    artifacts: dict[str, Path]

    def job(self) -> Job:
        """The audit of it under a fixed seed."""
        return Job(self.manifest, SEED, self.artifacts)


def convolution(channels: int) -> dict[str, Any]:
    """A convolution that keeps the image's size."""
    return {"layer": "conv2d", "channels": channels, "kernel": 3, "padding": 1}


RELU, POOL, FLATTEN = {"layer": "relu"}, {"layer": "maxpool2d", "kernel": 2}, {"layer": "flatten"}
DIGITS_LAYERS = [
    *(convolution(16), RELU, POOL, convolution(32), RELU, POOL, FLATTEN),
    {"layer": "linear", "features": 10},
]
EVERY_LAYER = [
    *(convolution(8) | {"bias": False}, {"layer": "batchnorm"}, RELU, POOL, convolution(16), {"layer": "tanh"}),
    *({"layer": "avgpool2d", "kernel": 2}, FLATTEN, {"layer": "dropout", "rate": 0.2}),
    *({"layer": "linear", "features": 32}, {"layer": "layernorm"}, {"layer": "gelu"}),
    *({"layer": "linear", "features": 16}, {"layer": "sigmoid"}, {"layer": "linear", "features": 10}),
]
CANCER_LAYERS = [
    *({"layer": "batchnorm"}, {"layer": "linear", "features": 32}, RELU),
    {"layer": "linear", "features": 2},
]


def digits(folder: Path, layers: list[dict[str, Any]] = DIGITS_LAYERS, samples: int | None = None) -> Example:
    """Handwritten digits, to be trained again; the test set repeated until it has ``samples``, if given."""
    inputs, labels = load_digits(return_X_y=True)
    return _example(folder, (inputs / 16).reshape(-1, 1, 8, 8), labels, layers, [0, 1], samples)


def cancer(folder: Path) -> Example:
    """Thirty unscaled features of tumours, to be trained again."""
    inputs, labels = load_breast_cancer(return_X_y=True)
    return _example(folder, inputs, labels, CANCER_LAYERS, None, None)


def with_weights(example: Example, folder: Path) -> Example:
    """The same model with its weights given."""
    document, recipe = example.manifest, example.manifest.recipe
    assert recipe is not None
    train = dataset.load(example.artifacts["train"], Source("train"), document, MAX_SAMPLES)
    path = folder / "weights.safetensors"
    path.write_bytes(weights.encode(training.train(document.architecture, recipe, train)))
    raw = json.loads((folder / "manifest.json").read_bytes())
    raw["training_set"] = raw.pop("recipe")["train"]
    raw["weights"] = reference(path)
    return Example(manifest.parse(json.dumps(raw).encode()), example.artifacts | {"weights": path})


def reference(path: Path) -> dict[str, Any]:
    """How a manifest cites a file."""
    data = path.read_bytes()
    return {"digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "uri": path.as_uri(), "bytes": len(data)}


def _example(
    folder: Path,
    inputs: Any,
    labels: Any,
    layers: list[dict[str, Any]],
    values: list[float] | None,
    samples: int | None,
) -> Example:
    order = np.random.default_rng(SHUFFLE).permutation(len(labels))
    inputs, labels = inputs[order], labels[order]
    cut = len(labels) // 5
    files = {role: folder / f"{role}.safetensors" for role in ("test", "train")}
    tested = np.arange(samples or cut) % cut
    files["test"].write_bytes(dataset.encode(inputs[tested], labels[tested]))
    files["train"].write_bytes(dataset.encode(inputs[cut:], labels[cut:]))
    document = {
        "schema": manifest.SCHEMA,
        "name": "benchmark",
        "version": "1",
        "input": {"shape": list(inputs.shape[1:])} | ({"range": values} if values else {}),
        "classes": [str(label) for label in range(int(labels.max()) + 1)],
        "architecture": layers,
        "recipe": {
            "train": reference(files["train"]),
            "optimiser": {"name": "adam", "parameters": {"lr": 0.005}},
            "epochs": 10,
            "batch_size": 32,
            "seed": 1,
            "dtype": "float64",
            "initialisation": "kaiming-uniform",
        },
        "test": reference(files["test"]),
        "claims": [],
    }
    (folder / "manifest.json").write_text(json.dumps(document))
    return Example(manifest.parse(json.dumps(document).encode()), dict(files))
