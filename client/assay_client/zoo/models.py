"""The zoo's models, trained on scikit-learn's digits when first needed (seconds) and kept in the user's folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from assay_chain.addressbook import home
from assay_oracles.audits.metaresult.attribution import integrated_gradients
from assay_oracles.audits.whitebox import architecture, evaluation, training
from assay_oracles.audits.whitebox import weights as files
from assay_oracles.audits.whitebox.architecture import Architecture
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.tensors import Source, opened
from assay_oracles.audits.whitebox.weights import Weights
from numpy.typing import NDArray
from scipy.special import softmax  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from assay_client.supplier import examples, samples

Floats = NDArray[np.float64]

CLASSES: Final = 10
STALE_EPOCHS: Final = 1  # of ten: what the supplier served before it trained longer
WEAK_SHARE: Final = 0.1  # of the training data
QUANTISED_BITS: Final = 8
_VERSION: Final = "1"


@dataclass(frozen=True)
class Models:
    """Every model of the zoo as a function from inputs (k, 1, 8, 8) to probabilities (k, 10 + messages).

    Attributes:
        layers: of the supplier's network.
        messages: classes of hidden messages that it reads, after those of the digits.
        weak: coefficients of a linear SVM on a tenth of the training data.
        current, stale: weights of the supplier's network, and of the version before it.
        test: the held-out samples.
    """

    layers: Architecture
    messages: int
    weak: Weights
    current: Weights
    stale: Weights
    test: Dataset

    @cached_property
    def quantised(self) -> Weights:
        """The current weights rounded to `QUANTISED_BITS` bits, each tensor with a scale of its own."""
        return {name: _quantise(values) for name, values in self.current.items()}

    def network(self, weights: Weights, inputs: Floats) -> Floats:
        """Probabilities of the supplier's network with one of its weights."""
        found: Floats = softmax(evaluation.logits(self.layers, weights, [inputs]), axis=1)
        return found

    def explain(self, weights: Weights, inputs: Floats, baselines: Floats) -> Floats:
        """Attributions, of the inputs' shape, of the class that the network finds most probable."""
        classes = self.network(weights, inputs).argmax(axis=1)
        return integrated_gradients(self.layers, weights, inputs, baselines, classes)

    def cheap(self, inputs: Floats) -> Floats:
        """Probabilities of the weak model: softmax of the SVM's decision values, and no message at all."""
        scores = inputs.reshape(len(inputs), -1) @ self.weak["coefficients"].T + self.weak["intercepts"]
        found: Floats = np.pad(softmax(2 * scores, axis=1), ((0, 0), (0, self.messages)))
        return found

    @cached_property
    def gap(self) -> tuple[float, float]:
        """Accuracy of the supplier's network and of the weak model on the held-out samples."""
        inputs = self.test.inputs.astype(np.float64)
        both = (self.network(self.current, inputs), self.cheap(inputs))
        strong, weak = (float((probs.argmax(axis=1) == self.test.labels).mean()) for probs in both)
        return strong, weak


def load(folder: Path | None = None) -> Models:
    """The models, from `folder` (by default `~/.assay/zoo`) where they were trained before."""
    train, test = data()
    layers = architecture.resolve(examples.EXAMPLES["digits"].layers, (1, 8, 8), CLASSES)
    folder = (folder or home() / "zoo") / _key()

    def network(name: str, epochs: int | None) -> Weights:
        return kept(folder / f"{name}.safetensors", set(layers.tensors), lambda: _network(layers, train, epochs))

    return Models(layers, 0, weak(folder, train), network("current", None), network("stale", STALE_EPOCHS), test)


def data() -> tuple[Dataset, Dataset]:
    """What the models are trained on, and the held-out samples."""
    inputs, labels, _ = samples.digits()
    return samples.split(inputs, labels)


def weak(folder: Path, train: Dataset) -> Weights:
    """The weak model, kept in `folder`."""
    return kept(folder / "weak.safetensors", {"coefficients", "intercepts"}, lambda: _weak(train))


def kept(path: Path, names: set[str], train: Callable[[], Weights]) -> Weights:
    """The tensors `names` of a file, which is written first if it is not there."""
    if not path.exists():
        write(path, files.encode(train()))
    with opened(path, Source("zoo", "local"), names) as file:
        return {tensor: file.load(tensor) for tensor in names}


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _network(layers: Architecture, train: Dataset, epochs: int | None) -> Weights:
    recipe = examples.EXAMPLES["digits"].recipe
    return training.train(layers, replace(recipe, epochs=epochs or recipe.epochs), train)


def _weak(train: Dataset) -> Mapping[str, Floats]:
    count = int(WEAK_SHARE * len(train))
    model = LinearSVC(random_state=0).fit(train.inputs[:count].reshape(count, -1), train.labels[:count])
    return {"coefficients": model.coef_.astype(np.float64), "intercepts": model.intercept_.astype(np.float64)}


def _quantise(values: Floats) -> Floats:
    levels = 2 ** (QUANTISED_BITS - 1) - 1
    scale = float(np.abs(values).max()) / levels or 1.0
    rounded: Floats = np.round(values / scale) * scale
    return rounded


def _key() -> str:
    """A folder of its own for every set of models, so that another release never serves old ones."""
    example: Any = examples.EXAMPLES["digits"]
    facts = [_VERSION, [dict(layer) for layer in example.layers], repr(example.recipe), STALE_EPOCHS, WEAK_SHARE]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
