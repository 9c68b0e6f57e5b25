"""Training again from a recipe ("M_t not available", paper A section III): float64, seeded, bit for bit repeatable."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox.architecture import Architecture, Shape
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.layers import forward, one_thread
from assay_oracles.audits.whitebox.manifest import Optimiser, Recipe
from assay_oracles.audits.whitebox.streams import FloatArray, Stream
from assay_oracles.audits.whitebox.weights import Weights

MAX_SAMPLES = 1 << 20
CONSTANTS = {"running_mean": 0.0, "running_var": 1.0, "bias": 0.0}


@one_thread()
def train(architecture: Architecture, recipe: Recipe, data: Dataset, start: Weights | None = None) -> Weights:
    """Minimises mean cross-entropy over shuffled batches (the last of an epoch may be smaller).

    Initialisation, shuffling and dropout each draw from their own `Stream` of the recipe's seed; ``start`` replaces the
    initialisation.

    Raises:
        SpecError: batchnorm is left with a batch of one sample.
    """
    _check_batches(architecture, recipe, len(data))
    start = initialise(architecture, recipe) if start is None else start
    tensors = {name: torch.tensor(values) for name, values in start.items()}
    learned = [tensor.requires_grad_() for name, tensor in tensors.items() if "running" not in name]
    optimiser = _OPTIMISERS[recipe.optimiser.name](learned, recipe.optimiser)
    shuffling, dropout = Stream("shuffling", recipe.seed), Stream("dropout", recipe.seed)
    labels = torch.from_numpy(data.labels)
    for _ in range(recipe.epochs):
        order = shuffling.permutation(len(data))
        for first in range(0, len(data), recipe.batch_size):
            chosen = order[first : first + recipe.batch_size]
            x = torch.from_numpy(data.inputs[chosen].astype(np.float64))
            loss = F.cross_entropy(forward(architecture, tensors, x, dropout), labels[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def initialise(architecture: Architecture, recipe: Recipe) -> dict[str, FloatArray]:
    """Starting tensors: uniform weights (He et al. 2015, or Glorot and Bengio 2010), zero biases, neutral norms."""
    stream = Stream("initialisation", recipe.seed)
    start = {}
    for name, shape in architecture.tensors.items():
        kind = name.partition(".")[2]
        if kind == "weight" and _mixes(architecture, name):
            bound = _bound(recipe.initialisation, shape)
            start[name] = (2 * stream.uniform(math.prod(shape)) - 1).reshape(shape) * bound
        else:
            start[name] = np.full(shape, CONSTANTS.get(kind, 1.0))
    return start


def _mixes(architecture: Architecture, name: str) -> bool:
    return architecture.steps[int(name.partition(".")[0])].layer.kind in ("linear", "conv2d")


def _bound(initialisation: str, shape: Shape) -> float:
    window = math.prod(shape[2:])
    inward, outward = shape[1] * window, shape[0] * window
    return math.sqrt(6 / (inward if initialisation == "kaiming-uniform" else inward + outward))


def _check_batches(architecture: Architecture, recipe: Recipe, samples: int) -> None:
    normalises = any(step.layer.kind == "batchnorm" for step in architecture.steps)
    if normalises and (recipe.batch_size == 1 or samples % recipe.batch_size == 1):
        raise SpecError(
            "batch-of-one",
            "recipe.batch_size",
            f"{samples} samples in batches of {recipe.batch_size} leave batchnorm a batch of one",
            "choose another batch size",
        )


def _sgd(learned: Iterable[Tensor], declared: Optimiser) -> torch.optim.Optimizer:
    return torch.optim.SGD(learned, **dict[str, Any](declared.parameters))


def _adam(kind: type[torch.optim.Adam]) -> Callable[[Iterable[Tensor], Optimiser], torch.optim.Optimizer]:
    def build(learned: Iterable[Tensor], declared: Optimiser) -> torch.optim.Optimizer:
        options: dict[str, Any] = dict(declared.parameters)
        betas = (options.pop("beta1", 0.9), options.pop("beta2", 0.999))
        return kind(learned, betas=betas, **options)

    return build


_OPTIMISERS: Mapping[str, Callable[[Iterable[Tensor], Optimiser], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam(torch.optim.Adam),
    "adamw": _adam(torch.optim.AdamW),
}
