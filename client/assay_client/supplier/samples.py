"""Data that scikit-learn ships, scaled and divided into a training set and a held-out test set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from assay_oracles.audits.whitebox.dataset import Dataset
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits  # type: ignore[import-untyped]

Floats = NDArray[np.float32]
Read = Callable[[], tuple[Floats, NDArray[np.int64], list[str]]]
SHUFFLE_SEED = 0
TRAINING_SHARE = 0.75


def split(inputs: Floats, labels: NDArray[np.int64]) -> tuple[Dataset, Dataset]:
    """Training set and held-out test set of an example, always the same."""
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(labels))
    train, test = np.split(order, [int(TRAINING_SHARE * len(labels))])
    return Dataset(inputs[train], labels[train]), Dataset(inputs[test], labels[test])


def digits() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """1797 grey images of 8 by 8 pixels in [0, 1], as (n, 1, 8, 8)."""
    bunch = load_digits()
    return (bunch.images[:, None] / 16).astype(np.float32), bunch.target.astype(np.int64), list("0123456789")


def breast_cancer() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """569 cases with 30 measurements each, scaled to zero mean and unit variance."""
    bunch = load_breast_cancer()
    scaled = (bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0)
    return scaled.astype(np.float32), bunch.target.astype(np.int64), list(bunch.target_names)
