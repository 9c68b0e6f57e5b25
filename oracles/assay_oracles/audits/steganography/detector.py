"""Telling containers from plain inputs: what an adversary trains, and what a client's kit is trained to pass."""

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.steganography.networks import FEATURES, HIDDEN
from assay_oracles.audits.whitebox.streams import FloatArray, Stream

_STEPS: Final = 300
_BATCH: Final = 64


def containers(kit: Kit, covers: NDArray[Any], random: Stream) -> FloatArray:
    """The covers (k, *shape), each with a message drawn from the kit's pool."""
    return kit.hide(covers, (random.uniform(len(covers)) * len(kit.pool)).astype(np.int64))


def thief(kit: Kit, covers: NDArray[Any], seed: int) -> nn.Module:
    """A detector of who has a kit: trained on covers (k, *shape) and as many containers made of them."""
    made = np.concatenate([covers, containers(kit, covers, Stream("thief", seed))])
    return train(kit.scale.unit(made), torch.arange(len(made)) >= len(covers), seed)


def train(images: Tensor, hidden: Tensor, seed: int) -> nn.Module:
    """A network from images (k, *shape) to logits (k, 2), plain and container, trained on which are containers (k,)."""
    channels, height, width = images.shape[1:]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(channels, FEATURES, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(FEATURES * height * width, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, 2),
        )
        optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
        for _ in range(_STEPS):
            rows = torch.randint(0, len(images), (min(_BATCH, len(images)),))
            optimiser.zero_grad()
            functional.cross_entropy(network(images[rows]), hidden[rows].long()).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return network.requires_grad_(False)


def recognise(network: nn.Module, images: Tensor) -> NDArray[np.bool_]:
    """Which of the images (k, *shape) a detector takes for containers, (k,)."""
    found: NDArray[np.bool_] = network(images).argmax(1).numpy() == 1
    return found
