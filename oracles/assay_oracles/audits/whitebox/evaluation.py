"""From a model's tensors and a test set to the raw lanes of a vote."""

from collections.abc import Iterable

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
    """Samples that fit `BATCH_VALUES` at once, at most 256; it changes speed and rounding only."""
    return max(1, min(256, BATCH_VALUES // architecture.activations))


def probe(architecture: Architecture, weights: Weights, other: Weights, test: Dataset, seed: bytes) -> None:
    """Raises UnstableError when the nudged twin ``other`` answers otherwise on samples drawn with the audit's seed."""
    raw = np.frombuffer(shake("probe", seed, [0], 8 * len(test)), ">u8").astype(np.uint64)
    chosen = np.argsort(raw, kind="stable")[:PROBES]
    inputs = [test.inputs[chosen].astype(np.float64)]
    first, second = (logits(architecture, tensors, inputs) for tensors in (weights, other))
    if np.isfinite(first).all() or np.isfinite(second).all():  # else both overflow, which `vote` reports
        require_steady(first, second)


def vote(
    architecture: Architecture, weights: Weights, test: Dataset, noise: Noise, overlapping: int | None, source: Source
) -> dict[str, int]:
    """Raw lanes by name.

    Args:
        architecture: the layers.
        weights: their tensors.
        test: the whole test set.
        noise: the law of the perturbations; it carries the audit's seed.
        overlapping: test samples found in the training set, None when none was declared.
        source: who is to blame when logits are not finite.

    Raises:
        SpecError: the model yields a logit that is not finite.
        UnstableError: see `stability`.
    """
    size, classes = batch_size(architecture), architecture.steps[-1].after[0]
    plain = logits(architecture, weights, test.batches(size))
    noisy = logits(architecture, weights, noise.apply(test.batches(size)))
    if not (np.isfinite(plain).all() and np.isfinite(noisy).all()):
        raise source.error("logits-not-finite", "makes the model overflow", "check the model's weights and inputs")
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
