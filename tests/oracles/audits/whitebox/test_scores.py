"""Scores against their definitions and scikit-learn's, and at the places where they jump."""

import math

import numpy as np
import pytest
from assay_oracles.audits.whitebox import scores
from assay_oracles.audits.whitebox.stability import EDGE, UnstableError
from sklearn.metrics import log_loss

RANDOM = np.random.default_rng(0)
LOGITS, LABELS = 3 * RANDOM.normal(size=(500, 4)), RANDOM.integers(0, 4, 500)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_log_loss__random_logits__equals_scikit_learn() -> None:
    assert scores.log_loss(LOGITS, LABELS) == pytest.approx(log_loss(LABELS, softmax(LOGITS)), rel=1e-12)


@pytest.mark.parametrize("size", [1e3, 1e100, 1e308])
def test_log_loss__probability_zero__counts_as_epsilon(size: float) -> None:
    logits = np.array([[size, 0.0], [size, 0.0]])
    assert scores.log_loss(logits, np.array([1, 0])) == pytest.approx(-math.log(2.0**-52) / 2)
    assert scores.log_loss(logits, np.array([0, 0])) == 0


def test_calibration_error__random_logits__equals_its_definition() -> None:
    confidence, predicted = softmax(LOGITS).max(axis=1), LOGITS.argmax(axis=1)
    expected = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            accuracy = (predicted[inside] == LABELS[inside]).mean()
            expected += inside.mean() * abs(accuracy - confidence[inside].mean())
    assert scores.calibration_error(LOGITS, LABELS, predicted) == pytest.approx(expected, rel=1e-12)


def test_calibration_error__certain_and_wrong__is_one() -> None:
    logits = np.array([[900.0, 0.0]] * 3)
    assert scores.calibration_error(logits, np.array([1, 1, 1]), np.array([0, 0, 0])) == 1


def test_calibration_error__confidence_on_a_bin_edge__same_bin_whatever_the_rounding() -> None:
    """Three equal logits give a confidence of 1/3 = 5/15, give or take rounding."""
    labels, predicted = np.array([0, 1, 2, 0]), np.zeros(4, dtype=np.intp)
    rounded = np.zeros((4, 3))
    rounded[::3, 1] = 1e-12
    exact = scores.calibration_error(np.zeros((4, 3)), labels, predicted)
    assert scores.calibration_error(rounded, labels, predicted) == pytest.approx(exact, abs=1e-11)


def test_predictions__ties_up_to_rounding__lowest_class() -> None:
    logits = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0 + 4e-16], [2.0, 5.0, 5.0 - 1e-14], [0.0, 0.0, 1e-14]])
    assert scores.predictions(logits).tolist() == [0, 1, 1, 0]
    assert scores.predictions(LOGITS).tolist() == LOGITS.argmax(axis=1).tolist()


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_predictions__gap_at_the_edge__refused_rather_than_guessed(scale: float) -> None:
    logits = np.array([[scale, scale * (1 - EDGE), 0.0]])
    with pytest.raises(UnstableError):
        scores.predictions(logits)


def test_calibration_error__confidence_at_the_moved_edge__refused_rather_than_guessed() -> None:
    confidence = (9 + EDGE) / 15
    logits = np.array([[math.log(confidence / (1 - confidence)), 0.0]])
    with pytest.raises(UnstableError):
        scores.calibration_error(logits, np.array([0]), np.array([0]))


def test_margins__two_and_more_classes__true_less_best_other() -> None:
    logits = np.array([[5.0, 1.0, 3.0], [5.0, 1.0, 3.0], [2.0, 2.0, 2.0]])
    assert scores.margins(logits, np.array([0, 1, 2])).tolist() == [2.0, -4.0, 0.0]
    assert scores.margins(logits[:, :2], np.array([0, 1, 0])).tolist() == [4.0, -4.0, 0.0]
