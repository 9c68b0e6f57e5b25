"""A zoo whose supplier reads hidden messages, with a hide kit for the client (paper A, IV-A.1)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from assay_chain.addressbook import home
from assay_oracles.audits.steganography import kit, service
from assay_oracles.audits.steganography.files import Scale
from assay_oracles.audits.steganography.networks import FEATURES, HIDDEN
from assay_oracles.audits.steganography.recipe import Recipe
from assay_oracles.audits.steganography.service import Service
from assay_oracles.audits.steganography.training import train, train_kit
from assay_oracles.audits.whitebox import architecture
from assay_oracles.audits.whitebox.architecture import Architecture
from assay_oracles.audits.whitebox.weights import Weights

from .models import CLASSES, Models, data, weak, write

RECIPE: Final = Recipe(noise=0.05, gamma=2.0, steps=500)
"""As much noise as the supplier's public instance adds to its inputs."""
STALE_STEPS: Final = 60
_VERSION: Final = "1"
_TENSORS: Final = {"features.0": 0, "features.2": 2, "classify.1": 5, "classify.3": 7}
"""Where the layers of the service's network stand in `_layers`."""


def load(folder: Path | None = None) -> tuple[Models, Path]:
    """The models, and the client's hide kit, from `folder` (by default `~/.assay/zoo`) if they were trained before."""
    train_set, test = data()
    facts = f"{_VERSION} {RECIPE} {STALE_STEPS}"
    folder = (folder or home() / "zoo") / f"stego-{hashlib.sha256(facts.encode()).hexdigest()[:16]}"
    names = ("service", "stale", "kit")
    paths = {name: folder / f"{name}.safetensors" for name in names}
    if not all(path.exists() for path in paths.values()):
        torch.set_num_threads(1)
        images, scale = train_set.inputs.astype(float), Scale(0, 1)

        def trained(recipe: Recipe) -> Any:
            return train(images, train_set.labels, CLASSES, scale, recipe, lambda done, steps: None)

        current, published = trained(RECIPE)
        own = train_kit(current, published, images, replace(RECIPE, seed=1), lambda done, steps: None)
        older, _ = trained(replace(RECIPE, steps=STALE_STEPS))
        for name, made in zip(names, (current, older, own), strict=True):
            write(paths[name], made.encode())
    current, older = service.load(paths["service"]), service.load(paths["stale"])
    kit.load(paths["kit"])  # damaged files are found now
    models = Models(
        _layers(current), current.messages, weak(folder, train_set), _weights(current), _weights(older), test
    )
    return models, paths["kit"]


def _layers(found: Service) -> Architecture:
    convolution = {"layer": "conv2d", "channels": FEATURES, "kernel": 3, "padding": 1}
    outputs = found.classes + found.messages
    layers: list[dict[str, Any]] = [
        convolution,
        {"layer": "relu"},
        convolution,
        {"layer": "relu"},
        {"layer": "flatten"},
        {"layer": "linear", "features": HIDDEN},
        {"layer": "relu"},
        {"layer": "linear", "features": outputs},
    ]
    return architecture.resolve(layers, found.shape, outputs)


def _weights(found: Service) -> Weights:
    tensors = found.network.state_dict()
    return {
        f"{index}.{part}": tensors[f"{name}.{part}"].double().numpy()
        for name, index in _TENSORS.items()
        for part in ("weight", "bias")
    }
