"""Attributions by a model's owner: integrated gradients, computed by captum (needs torch)."""

from typing import Final

import numpy as np
import torch
from captum.attr import IntegratedGradients  # type: ignore[import-untyped]
from numpy.typing import NDArray

from assay_oracles.audits.whitebox.architecture import Architecture
from assay_oracles.audits.whitebox.layers import forward, one_thread
from assay_oracles.audits.whitebox.weights import Weights

Array = NDArray[np.float64]

STEPS: Final = 64
"""Of the Gauss-Legendre quadrature."""


@one_thread()
def integrated_gradients(
    architecture: Architecture, weights: Weights, inputs: Array, baselines: Array, classes: NDArray[np.intp]
) -> Array:
    """Attributions (k, *shape) of the probabilities of `classes` (k,), from `baselines` to `inputs` (k, *shape)."""
    tensors = {name: torch.from_numpy(values) for name, values in weights.items()}

    def probabilities(x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(forward(architecture, tensors, x), dim=1)

    found = IntegratedGradients(probabilities).attribute(
        torch.from_numpy(inputs), torch.from_numpy(baselines), target=torch.from_numpy(classes), n_steps=STEPS
    )
    attributed: Array = found.detach().numpy()
    return attributed
