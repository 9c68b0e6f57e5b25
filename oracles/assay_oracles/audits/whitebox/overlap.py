"""Test samples that the model has seen in training."""

import hashlib

from assay_oracles.audits.whitebox.dataset import Dataset

_BATCH = 1024


def overlap(test: Dataset, train: Dataset) -> int:
    """Number of test samples whose input bytes, as float64 with one zero, occur in the training set."""
    seen = _digests(train)
    known = set(seen)
    return sum(digest in known for digest in _digests(test))


def _digests(data: Dataset) -> list[bytes]:
    return [hashlib.sha256((row + 0.0).tobytes()).digest() for batch in data.batches(_BATCH) for row in batch]
