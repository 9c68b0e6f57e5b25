"""What logits are worth: predictions, log loss, calibration, margins. Float64, any instruction set, the same answer.

Where a score jumps (which class wins, which bin a confidence falls in) a sample may stand so close to the jump that two
honest machines land on different sides. Jumps are moved `EDGE` away from the exact ties that real models have (equal
logits, confidences such as 1/3), and a sample that stands at the moved jump is refused rather than guessed.
"""

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.whitebox.stability import EDGE, require_clear
from assay_oracles.audits.whitebox.streams import FloatArray

BINS = 15
LEAST_PROBABILITY = 2.0**-52
"""Probabilities below float64's epsilon count as epsilon, as in scikit-learn: the loss of one sample is finite."""


def predictions(logits: FloatArray) -> NDArray[np.intp]:
    """Class (n,) of the greatest logit; the lowest number among those that tie within `EDGE`."""
    top = logits.max(axis=1, keepdims=True)
    gaps = (top - logits) / np.maximum(1.0, np.abs(top))
    require_clear(gaps)
    winners: NDArray[np.intp] = np.argmax(gaps <= EDGE, axis=1)
    return winners


def log_loss(logits: FloatArray, labels: NDArray[np.int64]) -> float:
    """Mean of -ln p(label) in nats, each sample's at most -ln `LEAST_PROBABILITY`."""
    losses = _log_normaliser(logits) - logits[np.arange(len(labels)), labels]
    return float(np.mean(np.clip(losses, 0.0, -np.log(LEAST_PROBABILITY))))


def calibration_error(logits: FloatArray, labels: NDArray[np.int64], predicted: NDArray[np.intp]) -> float:
    """Expected calibration error over 15 equal bins ((k-1)/15, k/15] of confidence (Guo et al. 2017)."""
    confidence = np.exp(logits.max(axis=1) - _log_normaliser(logits))
    place = BINS * confidence
    require_clear(place - np.minimum(np.floor(place), BINS - 1))
    bins = np.clip(np.ceil(place - EDGE), 1, BINS).astype(np.intp) - 1
    surplus = np.bincount(bins, weights=(predicted == labels) - confidence, minlength=BINS)
    return float(np.abs(surplus).sum() / len(labels))


def margins(logits: FloatArray, labels: NDArray[np.int64]) -> FloatArray:
    """Logit of the true class less the best other logit, (n,)."""
    rows = np.arange(len(labels))
    others = logits.copy()
    others[rows, labels] = -np.inf
    margin: FloatArray = logits[rows, labels] - others.max(axis=1)
    return margin


def _log_normaliser(logits: FloatArray) -> FloatArray:
    top = logits.max(axis=1)
    normaliser: FloatArray = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return normaliser
