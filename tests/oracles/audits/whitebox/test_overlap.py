"""Test samples that were seen in training are counted by their bytes."""

from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.whitebox import dataset
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.metrics import derive
from assay_oracles.audits.whitebox.overlap import overlap


def data_of(inputs: Any, dtype: Any = np.float64) -> Dataset:
    values = np.asarray(inputs, dtype=dtype)
    return Dataset(values, np.zeros(len(values), dtype=np.int64))


@pytest.mark.parametrize(
    ("test", "train", "expected"),
    [
        ([[1, 2], [3, 4]], [[5, 6]], 0),
        ([[1, 2], [3, 4]], [[3, 4], [3, 4]], 1),
        ([[1, 2], [1, 2], [3, 4]], [[1, 2]], 2),
        ([[1, 2]], [[2, 1]], 0),
        ([[0.0, 1]], [[-0.0, 1]], 1),
        ([[0.1, 1]], [[0.1 + 1e-16, 1]], 0),
    ],
)
def test_overlap__small_sets__counted_by_value(test: Any, train: Any, expected: int) -> None:
    assert overlap(data_of(test), data_of(train)) == expected


def test_overlap__types_differ__same_values_found() -> None:
    assert overlap(data_of([[1, 2], [3, 4]], np.uint8), data_of([[3, 4]], np.float32)) == 1


def test_run__leaked_test_samples__reported(digits_weights: Any, digits: Any) -> None:
    inputs, labels = digits.train
    digits_weights.put(
        "train", dataset.encode(np.concatenate([inputs, digits.test[0][:7]]), np.append(labels, digits.test[1][:7]))
    )
    assert derive(digits_weights.run())["overlap"].value == 7


def test_run__no_training_set_declared__overlap_undefined(digits_weights: Any) -> None:
    del digits_weights.document["training_set"]
    metric = derive(digits_weights.run())["overlap"]
    assert (metric.value, metric.min, metric.max) == (None, None, None)
