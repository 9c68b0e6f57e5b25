"""Labelled data: safetensors with ``inputs`` (n, *shape), ``labels`` (n,) and, optionally, ``groups`` (n,)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from assay_oracles.audits.whitebox.architecture import Shape
from assay_oracles.audits.whitebox.manifest import Served
from assay_oracles.audits.whitebox.streams import FloatArray
from assay_oracles.audits.whitebox.tensors import Header, Source, check_dtype, check_finite, opened

MAX_VALUES = 1 << 28
"""Numbers in ``inputs``."""
INPUT_DTYPES = ("F64", "F32", "U8")
LABEL_DTYPES = ("I64", "I32", "U8")
GROUP_DTYPES = ("I64",)


@dataclass(frozen=True)
class Dataset:
    """Checked samples.

    Attributes:
        inputs: (n, *shape), in the type of their file.
        labels: (n,) int64, class numbers.
        groups: (n,) int64, numbers of protected groups from 0; None where the file does not tell.
    """

    inputs: NDArray[Any]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.labels)

    def batches(self, size: int) -> Iterator[FloatArray]:
        """The inputs in order, ``size`` samples at a time, in float64."""
        for first in range(0, len(self), size):
            yield self.inputs[first : first + size].astype(np.float64)


def load(path: Path, source: Source, manifest: Served, max_samples: int) -> Dataset:
    """Reads a data set and checks it against the manifest's input and classes.

    Raises:
        SpecError: malformed, empty, too large, of another shape or type, NaN, beyond the range, labels or groups out of
            range.
    """
    with opened(path, source, {"inputs", "labels"}, frozenset({"groups"})) as file:
        _check_headers(source, file.headers, manifest.input.shape, max_samples)
        inputs, labels = file.load("inputs"), file.load("labels").astype(np.int64)
        groups: NDArray[np.int64] | None = file.load("groups") if "groups" in file.headers else None
    check_finite(source, "inputs", inputs)
    _check_range(source, inputs, manifest.input.range)
    if labels.min() < 0 or labels.max() >= len(manifest.classes):
        raise source.error(
            "label-out-of-range",
            f"contains {labels.min()} to {labels.max()}, but the classes are 0 to {len(manifest.classes) - 1}",
            "number the classes from 0 in the order of the manifest",
            "labels",
        )
    if groups is not None and groups.min() < 0:
        raise source.error("group-out-of-range", "contains negative numbers", "number the groups from 0", "groups")
    return Dataset(inputs, labels, groups)


def encode(inputs: NDArray[Any], labels: NDArray[Any], groups: NDArray[Any] | None = None) -> bytes:
    """The file of a data set: ``inputs`` as they are, ``labels`` and ``groups`` as int64."""
    tensors = {"inputs": np.ascontiguousarray(inputs), "labels": np.ascontiguousarray(labels, dtype=np.int64)}
    if groups is not None:
        tensors["groups"] = np.ascontiguousarray(groups, dtype=np.int64)
    return save(tensors)


def _check_headers(source: Source, headers: Mapping[str, Header], shape: Shape, max_samples: int) -> None:
    inputs = headers["inputs"]
    check_dtype(source, "inputs", inputs.dtype, INPUT_DTYPES)
    if inputs.shape[1:] != shape or len(inputs.shape) != len(shape) + 1:
        raise source.error(
            "wrong-shape", f"has shape {inputs.shape}, not (n, *{shape})", "stack the samples on a first axis", "inputs"
        )
    count = inputs.shape[0]
    for name, dtypes in (("labels", LABEL_DTYPES), ("groups", GROUP_DTYPES)):
        if (header := headers.get(name)) is None:
            continue
        check_dtype(source, name, header.dtype, dtypes)
        if header.shape != (count,):
            hint = f"give every sample one of the {name}"
            raise source.error("wrong-shape", f"has shape {header.shape}, not ({count},)", hint, name)
    if not count:
        raise source.error("empty-set", "contains no sample", "publish at least one sample")
    if count > max_samples or count * int(np.prod(shape, dtype=object)) > MAX_VALUES:
        raise source.error(
            "set-too-large",
            f"has {count} samples of shape {shape}, at most {max_samples} samples and {MAX_VALUES} values are allowed",
            "publish a smaller sample",
        )


def _check_range(source: Source, inputs: NDArray[Any], declared: tuple[float, float] | None) -> None:
    if declared is None:
        return
    least, most = float(inputs.min()), float(inputs.max())
    if least < declared[0] or most > declared[1]:
        raise source.error(
            "input-out-of-range",
            f"contains {least} to {most}, beyond the declared range [{declared[0]}, {declared[1]}]",
            "scale the inputs, or declare the range that they have",
            "inputs",
        )
