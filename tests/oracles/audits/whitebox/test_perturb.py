"""Noise for robust accuracy: as documented, from the seed alone, inside its radius and the declared range."""

import hashlib
from typing import Any

import numpy as np
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import InputSpec
from assay_oracles.audits.whitebox.perturb import Noise, noise

SEED = bytes(range(32))


def moved(law: Noise, data: Dataset, size: int = 100) -> np.ndarray:
    return np.concatenate(list(law.apply(data.batches(size))))


def data_of(inputs: Any) -> Dataset:
    values = np.asarray(inputs, dtype=np.float64)
    return Dataset(values, np.zeros(len(values), dtype=np.int64))


def test_noise__by_hand__bytes_of_shake_256_within_the_radius() -> None:
    data = data_of([[0.5, 0.5, 0.5]] * 2)
    found = moved(noise(SEED, InputSpec((3,), (0.0, 2.0)), data), data)
    tag = b"assay/whitebox/v1/noise"
    for index in range(2):
        drawn = hashlib.shake_256(bytes([23]) + tag + bytes([32]) + SEED + index.to_bytes(8, "big")).digest(3)
        np.testing.assert_allclose(found[index], [0.5 + 0.2 * (2 * byte - 255) / 255 for byte in drawn], rtol=1e-15)


def test_noise__batch_sizes__same_samples(digits: Any) -> None:
    data = Dataset(*digits.test)
    law = noise(SEED, InputSpec((1, 8, 8), (0.0, 1.0)), data)
    assert np.array_equal(moved(law, data, 1), moved(law, data, 77))


def test_noise__another_seed__other_samples(digits: Any) -> None:
    data, spec = Dataset(*digits.test), InputSpec((1, 8, 8), (0.0, 1.0))
    one, two = moved(noise(SEED, spec, data), data), moved(noise(SEED[::-1], spec, data), data)
    assert (one != two).mean() > 0.5


def test_noise__declared_range__kept_and_radius_a_tenth_of_it(digits: Any) -> None:
    data = Dataset(*digits.test)
    found = moved(noise(SEED, InputSpec((1, 8, 8), (0.0, 1.0)), data), data)
    assert found.min() == 0.0
    assert found.max() == 1.0
    change = np.abs(found - data.inputs).max()
    assert 0.099 < change <= 0.1 + 1e-15


def test_noise__no_range__a_tenth_of_each_features_deviation(cancer: Any) -> None:
    data = Dataset(*cancer.test)
    law = noise(SEED, InputSpec((30,), None), data)
    np.testing.assert_allclose(law.radius, 0.1 * data.inputs.std(axis=0), rtol=1e-12)
    share = np.abs(moved(law, data) - data.inputs).max(axis=0) / law.radius
    assert ((share > 0.9) & (share < 1 + 1e-9)).all()
