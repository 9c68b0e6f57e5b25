"""Real models on scikit-learn's data, in folders of their own, ready to be spoiled by a test."""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from assay_oracles.audits.whitebox import dataset, training, weights
from assay_oracles.audits.whitebox.job import Job, run
from assay_oracles.audits.whitebox.manifest import Manifest, parse
from sklearn.datasets import load_breast_cancer, load_digits

SEED = bytes(range(32))
CNN = [
    {"layer": "conv2d", "channels": 16, "kernel": 3, "padding": 1},
    {"layer": "relu"},
    {"layer": "maxpool2d", "kernel": 2},
    {"layer": "conv2d", "channels": 32, "kernel": 3, "padding": 1},
    {"layer": "relu"},
    {"layer": "maxpool2d", "kernel": 2},
    {"layer": "flatten"},
    {"layer": "linear", "features": 10},
]
TABULAR = [
    {"layer": "batchnorm"},
    {"layer": "linear", "features": 16},
    {"layer": "relu"},
    {"layer": "linear", "features": 2},
]


@dataclass
class Bench:
    """A manifest and its files, both open to changes. Files and citations stay in step through `put`."""

    folder: Path
    document: dict[str, Any]
    files: dict[str, Path] = field(default_factory=dict)

    def put(self, role: str, data: bytes) -> None:
        path = self.folder / f"{role}.safetensors"
        path.write_bytes(data)
        self.files[role] = path
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        cited = {"digest": digest, "uri": f"memory://{role}", "bytes": len(data)}
        if role == "train" and "recipe" in self.document:
            self.document["recipe"]["train"] = cited
        else:
            self.document["training_set" if role == "train" else role] = cited

    def manifest(self) -> Manifest:
        return parse(json.dumps(self.document).encode())

    def job(self, seed: bytes = SEED, *, own: bool = False) -> Job:
        return Job(self.manifest(), seed, dict(self.files), own_test_set=own)

    def run(self, seed: bytes = SEED, *, own: bool = False) -> dict[str, int]:
        return run(self.job(seed, own=own))


@dataclass(frozen=True)
class Data:
    inputs: np.ndarray
    labels: np.ndarray
    cut: int

    @property
    def test(self) -> tuple[np.ndarray, np.ndarray]:
        return self.inputs[: self.cut], self.labels[: self.cut]

    @property
    def train(self) -> tuple[np.ndarray, np.ndarray]:
        return self.inputs[self.cut :], self.labels[self.cut :]


def _shuffled(inputs: np.ndarray, labels: np.ndarray) -> Data:
    order = np.random.default_rng(5).permutation(len(labels))
    return Data(inputs[order], labels[order], len(labels) // 5)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def digits() -> Data:
    inputs, labels = load_digits(return_X_y=True)
    return _shuffled((inputs / 16).reshape(-1, 1, 8, 8), labels)


@pytest.fixture(scope="session")
def cancer() -> Data:
    return _shuffled(*load_breast_cancer(return_X_y=True))


def _recipe_document(data: Data, layers: list[dict[str, Any]], epochs: int) -> dict[str, Any]:
    return {
        "schema": "assay/manifest/1",
        "name": "example",
        "version": "1.0.0",
        "input": {"shape": list(data.inputs.shape[1:])},
        "classes": [str(label) for label in range(int(data.labels.max()) + 1)],
        "architecture": copy.deepcopy(layers),
        "recipe": {
            "optimiser": {"name": "adam", "parameters": {"lr": 0.005}},
            "epochs": epochs,
            "batch_size": 32,
            "seed": 3,
            "dtype": "float64",
            "initialisation": "kaiming-uniform",
        },
        "claims": [{"metric": "accuracy", "op": ">=", "bound": 0.95, "tolerance": 0}],
    }


@pytest.fixture
def digits_recipe(tmp_path: Path, digits: Data) -> Bench:
    bench = Bench(tmp_path, _recipe_document(digits, CNN, 10))
    bench.document["input"]["range"] = [0, 1]
    bench.put("train", dataset.encode(*digits.train))
    bench.put("test", dataset.encode(*digits.test))
    return bench


@pytest.fixture
def cancer_recipe(tmp_path: Path, cancer: Data) -> Bench:
    bench = Bench(tmp_path, _recipe_document(cancer, TABULAR, 10))
    bench.put("train", dataset.encode(*cancer.train))
    bench.put("test", dataset.encode(*cancer.test))
    return bench


@pytest.fixture(scope="session")
def trained(digits: Data, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Tensors of a digits network, trained once; do not change them in place."""
    bench = Bench(tmp_path_factory.mktemp("trained"), _recipe_document(digits, CNN, 10))
    bench.put("train", dataset.encode(*digits.train))
    bench.put("test", dataset.encode(*digits.test))
    manifest = bench.manifest()
    assert manifest.recipe is not None
    data = dataset.Dataset(*digits.train)
    return dict(training.train(manifest.architecture, manifest.recipe, data))


@pytest.fixture
def digits_weights(digits_recipe: Bench, trained: dict[str, np.ndarray]) -> Bench:
    del digits_recipe.document["recipe"]
    digits_recipe.put("train", digits_recipe.files["train"].read_bytes())
    digits_recipe.put("weights", weights.encode(trained))
    return digits_recipe


@pytest.fixture
def linear(tmp_path: Path) -> Callable[..., Bench]:
    """A model of one linear layer: logits = weight @ x + bias, so that every number can be worked out by hand."""

    def make(weight: Any, inputs: Any, labels: Any, bias: Any = None) -> Bench:
        weight, inputs = np.array(weight, dtype=np.float64), np.array(inputs, dtype=np.float64)
        document = {
            "schema": "assay/manifest/1",
            "name": "linear",
            "version": "1",
            "input": {"shape": [weight.shape[1]]},
            "classes": [f"class {i}" for i in range(len(weight))],
            "architecture": [{"layer": "linear", "features": len(weight)}],
            "claims": [],
        }
        bench = Bench(tmp_path, document)
        offsets = np.zeros(len(weight)) if bias is None else np.array(bias, dtype=np.float64)
        bench.put("weights", weights.encode({"0.weight": weight, "0.bias": offsets}))
        bench.put("test", dataset.encode(inputs, np.array(labels)))
        return bench

    return make
