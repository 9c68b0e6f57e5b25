"""Training: S's network and the public kit as one model, and kits for single clients (paper A, section IV-A.1)."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.steganography import detector
from assay_oracles.audits.steganography.files import Scale
from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.steganography.networks import Hide, Reveal, Shape
from assay_oracles.audits.steganography.recipe import Recipe
from assay_oracles.audits.steganography.service import Service

DETECTORS: Final = 4
Progress = Callable[[int, int], None]
"""Told steps done and steps in all."""

# The distance between cover and container counts little at first: with its full weight at once the networks learn to
# hide nothing, which is the nearest local minimum.
_EASE: Final = (0.1, 0.3, 0.7)  # first weight; shares of the steps at which it begins to grow and reaches 1


def train(
    images: NDArray[Any],
    labels: NDArray[np.integer[Any]],
    classes: int,
    scale: Scale,
    recipe: Recipe,
    progress: Progress,
) -> tuple[Service, Kit]:
    """Train prep, hide and reveal networks as one model.

    Args:
        images: (n, channels, height, width) within `scale`.
        labels: (n,) class numbers.
        classes: of objects.
        scale: range of the inputs.
        recipe: the settings.
        progress: told after every step.

    Returns:
        What S runs, and the public kit.

    Raises:
        SpecError: the inputs are not images; the supplier's fault.
    """
    if images.ndim != 4:
        raise SpecError(
            "not-images",
            "inputs",
            f"have shape {images.shape}; steganography hides in images (n, channels, height, width)",
            "use the other methods for tabular services",
        )
    shape: Shape = images.shape[1], images.shape[2], images.shape[3]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        reveal, hide = Reveal(shape, classes + recipe.messages), Hide(shape[0])
        pool = torch.randint(0, 2, (recipe.messages, *shape)).float()
        optimiser = torch.optim.Adam([*reveal.parameters(), *hide.parameters()], lr=recipe.learning_rate)
        truth = torch.from_numpy(labels.astype(np.int64))
        for cover, rows, message, ease in _batches(scale.unit(images), recipe, progress):
            container = hide(cover, pool[message])
            plain = _noisy(cover, recipe)
            logits, recovered = reveal(torch.cat([_noisy(container.clamp(0, 1), recipe), plain]))
            hidden, objects = logits.chunk(2)
            error = functional.cross_entropy(hidden, classes + message)
            error = error + functional.cross_entropy(objects, truth[rows])
            loss = _loss(cover, container, pool[message], recovered[: len(cover)], error, recipe, ease)
            _step(optimiser, loss)
    service = Service(reveal.eval(), shape, scale, classes, recipe.messages)
    return service, Kit(hide.eval(), pool.double().numpy(), scale, classes)


def train_kit(service: Service, published: Kit, images: NDArray[Any], recipe: Recipe, progress: Progress) -> Kit:
    """Train a client's own kit, with other networks and another message pool, for a service that stays as it is.

    Other weights alone do not help: a detector trained on the published kit's containers recognises those of any kit
    (measured: 99 %). So this kit is also trained to pass `DETECTORS` such detectors as plain. Arguments as for `train`;
    `recipe.messages` must be the service's.
    """
    assert recipe.messages == service.messages, "a kit has the service's messages"
    detectors = [detector.thief(published, images, recipe.seed + number) for number in range(DETECTORS)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        hide = Hide(service.shape[0])
        pool = torch.randint(0, 2, (recipe.messages, *service.shape)).float()
        optimiser = torch.optim.Adam(hide.parameters(), lr=recipe.learning_rate)
        for cover, _, message, ease in _batches(service.scale.unit(images), recipe, progress):
            container = hide(cover, pool[message])
            logits, _ = service.network(_noisy(container.clamp(0, 1), recipe))
            error = functional.cross_entropy(logits, service.classes + message)
            for found in detectors:
                suspected = functional.cross_entropy(found(container.clamp(0, 1)), torch.zeros_like(message))
                error = error + suspected / len(detectors)
            # The service recovers the messages of its own pool only: their error is none of this kit's.
            _step(optimiser, _loss(cover, container, pool[message], pool[message], error, recipe, ease))
    return Kit(hide.eval(), pool.double().numpy(), service.scale, service.classes)


def _batches(images: Tensor, recipe: Recipe, progress: Progress) -> Iterator[tuple[Tensor, Tensor, Tensor, float]]:
    """Covers, their rows, message numbers, and the weight of the distance in every step."""
    first, begins, full = _EASE
    for step in range(recipe.steps):
        rows = torch.randint(0, len(images), (recipe.batch,))
        message = torch.randint(0, recipe.messages, (recipe.batch,))
        grown = min(1.0, max(0.0, (step / recipe.steps - begins) / (full - begins)))
        yield images[rows], rows, message, first + (1 - first) * grown
        progress(step + 1, recipe.steps)


def _noisy(images: Tensor, recipe: Recipe) -> Tensor:
    return images + recipe.noise * torch.randn_like(images)


def _loss(
    cover: Tensor, container: Tensor, message: Tensor, recovered: Tensor, error: Tensor, recipe: Recipe, ease: float
) -> Tensor:
    """The design's loss: mean |c - c'|_p + beta mean |s - s'|_p + gamma CE."""
    distance: Tensor = (container - cover).flatten(1).norm(p=recipe.norm, dim=1).mean()
    recovery: Tensor = (recovered - message).flatten(1).norm(p=recipe.norm, dim=1).mean()
    return ease * distance + recipe.beta * recovery + recipe.gamma * error


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
