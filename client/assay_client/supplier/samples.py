"""Samples at hand: data that scikit-learn ships and Debian packages, and how they are divided."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Final

import numpy as np
from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.whitebox.dataset import Dataset
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Read = Callable[[], tuple[Floats, NDArray[np.int64], list[str]]]
SHUFFLE_SEED = 0
TRAINING_SHARE = 0.75

FASHION_FOLDER: Final = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts its files."""
_FASHION_CLASSES: Final = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def split(inputs: Floats, labels: NDArray[np.int64]) -> tuple[Dataset, Dataset]:
    """Training set and held-out test set of an example, always the same."""
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(labels))
    train, test = np.split(order, [int(TRAINING_SHARE * len(labels))])
    return Dataset(inputs[train], labels[train]), Dataset(inputs[test], labels[test])


def digits() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """1797 grey images of 8 by 8 pixels in [0, 1], as (n, 1, 8, 8)."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]  # heavy, and not every sample needs it

    bunch = load_digits()
    return (bunch.images[:, None] / 16).astype(np.float32), bunch.target.astype(np.int64), list("0123456789")


def breast_cancer() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """569 cases with 30 measurements each, scaled to zero mean and unit variance."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    scaled = (bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0)
    return scaled.astype(np.float32), bunch.target.astype(np.int64), list(bunch.target_names)


def fashion_mnist() -> tuple[Floats, NDArray[np.int64], list[str]]:
    """The 10,000 test images of Fashion-MNIST, 28 by 28 grey pixels in [0, 1], as (n, 1, 28, 28).

    Its training images are left alone: whoever trained on them is asked about others.

    Raises:
        Usage: Debian's package dataset-fashion-mnist is not installed.
        MalformedInput: a file of it is damaged.
    """
    images, labels = _idx("t10k-images-idx3-ubyte.gz", 3), _idx("t10k-labels-idx1-ubyte.gz", 1)
    if len(images) != len(labels) or labels.max(initial=0) >= len(_FASHION_CLASSES):
        raise _damaged("t10k-labels-idx1-ubyte.gz", f"{len(labels)} labels up to {labels.max(initial=0)}")
    return (images[:, None] / 255).astype(np.float32), labels.astype(np.int64), list(_FASHION_CLASSES)


NAMED: Final[Mapping[str, Read]] = {
    "digits": digits,
    "breast-cancer": breast_cancer,
    "fashion-mnist": fashion_mnist,
}
"""By the names that commands take."""


def _idx(name: str, dimensions: int) -> NDArray[np.uint8]:
    """An array of bytes in the IDX format: a magic number, a big-endian length a dimension, the values."""
    path = FASHION_FOLDER / name
    try:
        raw = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise Usage(
            f"Fashion-MNIST is not on this machine: there is no {path}",
            code="no-samples",
            culprit="local",
            hint="On Debian: apt install dataset-fashion-mnist. Elsewhere name a file with --data.",
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(name, str(error)) from error
    start = 4 + 4 * dimensions
    shape = [int.from_bytes(raw[at : at + 4], "big") for at in range(4, start, 4)]
    if raw[:4] != bytes([0, 0, 8, dimensions]) or len(raw) != start + prod(shape):
        raise _damaged(name, "it is no such IDX file")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def _damaged(name: str, what: str) -> MalformedInput:
    return MalformedInput(
        f"{FASHION_FOLDER / name} is damaged: {what}",
        code="bad-samples",
        culprit="local",
        hint="Install the package dataset-fashion-mnist again.",
    )
