"""Noise that nobody knew before the audit opened, for robust accuracy.

Value ``v`` of feature ``f`` becomes ``v + radius_f (2 b - 255) / 255``, clipped to the declared range, where ``b`` is
the next byte of SHAKE-256 over the audit's seed and the sample's number. With a declared range [lo, hi] every radius
is ``0.1 (hi - lo)``; without, ``radius_f`` is a tenth of the feature's standard deviation over the test set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import InputSpec
from assay_oracles.audits.whitebox.streams import FloatArray, shake

STRENGTH = 0.1
_BATCH = 1024


@dataclass(frozen=True)
class Noise:
    """The law of one audit: its seed, the radius of each feature (*shape), and where to clip."""

    seed: bytes
    radius: FloatArray
    range: tuple[float, float] | None

    def apply(self, batches: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """Perturbs consecutive batches (n, *shape) of the whole test set."""
        first = 0
        for batch in batches:
            drawn = shake("noise", self.seed, range(first, first + len(batch)), batch[0].size)
            noise = (2.0 * np.frombuffer(drawn, np.uint8).reshape(batch.shape) - 255.0) / 255.0
            moved = batch + self.radius * noise
            yield moved if self.range is None else np.clip(moved, *self.range)
            first += len(batch)


def noise(seed: bytes, spec: InputSpec, test: Dataset) -> Noise:
    """The law for a test set."""
    if spec.range is not None:
        low, high = spec.range
        return Noise(seed, np.full(spec.shape, STRENGTH * (high - low)), spec.range)
    return Noise(seed, STRENGTH * _deviation(test), None)


def _deviation(test: Dataset) -> FloatArray:
    """Standard deviation of every feature (*shape), a batch at a time: float64 copies of a large set would not fit."""
    mean = sum(batch.sum(axis=0) for batch in test.batches(_BATCH)) / len(test)
    square = sum(((batch - mean) ** 2).sum(axis=0) for batch in test.batches(_BATCH)) / len(test)
    return np.asarray(np.sqrt(square))
