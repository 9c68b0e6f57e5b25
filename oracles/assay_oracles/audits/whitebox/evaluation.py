"""From a model's tensors and a test set to the raw lanes of a vote."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from assay_oracles.audits.whitebox import scores
from assay_oracles.audits.whitebox.architecture import Architecture
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.layers import forward, one_thread
from assay_oracles.audits.whitebox.metrics import lanes
from assay_oracles.audits.whitebox.perturb import Noise
from assay_oracles.audits.whitebox.sketch import sketch
from assay_oracles.audits.whitebox.stability import PROBES, require_steady
from assay_oracles.audits.whitebox.streams import FloatArray, shake
from assay_oracles.audits.whitebox.tensors import Source
from assay_oracles.audits.whitebox.weights import Weights

BATCH_VALUES = 1 << 22
"""Activations that one batch may occupy."""


@one_thread()
def logits(architecture: Architecture, weights: Weights, batches: Iterable[FloatArray]) -> FloatArray:
    """Logits (n, classes) of consecutive batches (size, *shape)."""
    tensors = {name: torch.from_numpy(values) for name, values in weights.items()}
    with torch.inference_mode():
        return np.concatenate([forward(architecture, tensors, torch.from_numpy(batch)).numpy() for batch in batches])


def batch_size(architecture: Architecture) -> int:
    """Samples that fit `BATCH_VALUES` at once, at most 128; it changes speed and rounding only."""
    return max(1, min(128, BATCH_VALUES // architecture.activations))


@dataclass(frozen=True)
class Model:
    """Layers, their tensors, and the tensors of the nudged model that tells whether measuring is reliable."""

    architecture: Architecture
    weights: Weights
    twin: Weights


def measure(
    model: Model, test: Dataset, seed: bytes, source: Source, *views: Callable[[int], Iterable[FloatArray]]
) -> list[FloatArray]:
    """Logits (n, classes) of several views of a test set, the plain one first.

    Args:
        model: what is measured.
        test: the test set.
        seed: the audit's seed; it draws the samples that the twin is asked about.
        source: who is to blame when logits are not finite.
        views: from a batch size to the batches of a perturbed test set.

    Raises:
        SpecError: the model yields a logit that is not finite, and so does its twin.
        UnstableError: see `stability`.
    """
    size = batch_size(model.architecture)
    found = [logits(model.architecture, model.weights, view(size)) for view in (test.batches, *views)]
    chosen = _probed(len(test), seed)
    again = logits(model.architecture, model.twin, [test.inputs[chosen].astype(np.float64)])
    finite = all(bool(np.isfinite(each).all()) for each in found)
    if finite or np.isfinite(again).all():
        require_steady(found[0][chosen], again)
    if not finite:
        raise source.error("logits-not-finite", "makes the model overflow", "check the model's weights and inputs")
    return found


def vote(model: Model, test: Dataset, noise: Noise, overlapping: int | None, source: Source) -> dict[str, int]:
    """Raw lanes by name.

    Args:
        model: what is measured.
        test: the whole test set.
        noise: the law of the perturbations; it carries the audit's seed.
        overlapping: test samples found in the training set, None when none was declared.
        source: who is to blame when logits are not finite.

    Raises:
        SpecError, UnstableError: see `measure`.
    """
    classes = model.architecture.steps[-1].after[0]
    plain, noisy = measure(model, test, noise.seed, source, lambda size: noise.apply(test.batches(size)))
    predicted = scores.predictions(plain)
    right = predicted == test.labels
    values = {
        **_counts("support", test.labels, classes),
        **_counts("predicted", predicted, classes),
        **_counts("correct", predicted[right], classes),
        "log_loss": scores.log_loss(plain, test.labels),
        "calibration_error": scores.calibration_error(plain, test.labels, predicted),
        "robust_correct": int((scores.predictions(noisy) == test.labels).sum()),
        "overlap": -1 if overlapping is None else overlapping,
        "sketch_0": sketch(0, noise.seed, scores.margins(plain, test.labels)),
        "sketch_1": sketch(1, noise.seed, scores.margins(noisy, test.labels)),
    }
    return {
        lane.name: min(lane.maximum, max(0, round(values[lane.name] * 10**lane.decimals) + lane.offset))
        for lane in lanes(classes)
    }


def _counts(kind: str, labels: NDArray[np.signedinteger], classes: int) -> dict[str, float]:
    return {f"{kind}_{label}": int(n) for label, n in enumerate(np.bincount(labels, minlength=classes))}


def _probed(count: int, seed: bytes) -> NDArray[np.intp]:
    """Numbers of the samples that the twin is asked about, drawn with the audit's seed."""
    words = np.frombuffer(shake("probe", seed, [0], 8 * count), ">u8").astype(np.uint64)
    return np.argsort(words, kind="stable")[:PROBES]
