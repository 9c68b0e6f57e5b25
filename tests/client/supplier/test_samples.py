"""Fashion-MNIST as Debian packages it: read where it is, explained where it is not, refused where it is damaged."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from assay_chain.errors import MalformedInput, Usage
from assay_client.supplier import samples

from tests.client.fashion import needs_fashion_mnist

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


def idx(values: np.ndarray) -> bytes:
    """Bytes in the IDX format, compressed."""
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    return gzip.compress(head + values.astype(np.uint8).tobytes())


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small one: 20 images, two of each class."""
    images = np.arange(20 * 28 * 28).reshape(20, 28, 28) % 256
    (tmp_path / IMAGES).write_bytes(idx(images))
    (tmp_path / LABELS).write_bytes(idx(np.arange(20) % 10))
    monkeypatch.setattr(samples, "FASHION_FOLDER", tmp_path)
    return tmp_path


def test_fashion_mnist__a_package__images_labels_and_names(package: Path) -> None:
    images, labels, names = samples.fashion_mnist()
    assert (images.shape, images.dtype, labels.dtype) == ((20, 1, 28, 28), np.float32, np.int64)
    assert images[0, 0, 0, :3].tolist() == pytest.approx([0, 1 / 255, 2 / 255])
    assert images.max() == 1
    assert labels.tolist() == [*range(10)] * 2
    assert (len(names), names[9]) == (10, "Ankle boot")


def test_fashion_mnist__package_absent__says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "FASHION_FOLDER", tmp_path)
    with pytest.raises(Usage) as caught:
        samples.fashion_mnist()
    assert (caught.value.code, caught.value.culprit) == ("no-samples", "local")
    assert "apt install dataset-fashion-mnist" in caught.value.hint


@pytest.mark.parametrize("name", [IMAGES, LABELS])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        gzip.compress(b""),
        idx(np.ones((20, 28, 28)))[:-20],
        idx(np.zeros((2, 2))),
        gzip.compress(bytes([0, 0, 8, 3]) + b"\xff" * 12),
        gzip.compress(bytes([0, 0, 8, 1]) + b"\0\0\0\2" + b"\1"),
    ],
    ids=["empty", "no gzip", "nothing in it", "cut off", "two dimensions", "shape of no file", "too few"],
)
def test_fashion_mnist__a_file_damaged__names_it(package: Path, name: str, data: bytes) -> None:
    (package / name).write_bytes(data)
    with pytest.raises(MalformedInput, match=name) as caught:
        samples.fashion_mnist()
    assert (caught.value.code, caught.value.culprit) == ("bad-samples", "local")


@pytest.mark.parametrize("labels", [np.arange(19) % 10, np.full(20, 10)])
def test_fashion_mnist__labels_of_other_images__refused(package: Path, labels: np.ndarray) -> None:
    (package / LABELS).write_bytes(idx(labels))
    with pytest.raises(MalformedInput):
        samples.fashion_mnist()


@needs_fashion_mnist
def test_fashion_mnist__the_real_one__thousand_images_of_each_class() -> None:
    images, labels, _ = samples.fashion_mnist()
    assert images.shape == (10_000, 1, 28, 28)
    assert np.bincount(labels).tolist() == [1000] * 10
