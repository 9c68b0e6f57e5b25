"""Inputs to ask about: a labelled sample, from a file or from a library."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.whitebox import dataset, metrics
from numpy.typing import NDArray

from assay_client import labelled

from .endpoints.info import Info

_BUILT_IN: Final = {((1, 8, 8), 10): "digits", ((30,), 2): "breast_cancer"}
"""Names in `assay_client.supplier.samples` by input shape and number of classes."""


@dataclass(frozen=True)
class Pool:
    """Samples to draw from: `inputs` (n, *shape) float64, `labels` (n,) class numbers, and where they are from."""

    name: str
    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]

    def encode(self) -> bytes:
        """The pool as a safetensors file, exact."""
        return dataset.encode(self.inputs, self.labels)

    @property
    def digest(self) -> str:
        """SHA-256 of `encode`, hexadecimal."""
        return hashlib.sha256(self.encode()).hexdigest()


def load(path: Path, info: Info) -> Pool:
    """Read a safetensors file with `inputs` (n, *input_shape) and `labels` (n,), as docs/manifest.md has them.

    Raises:
        MalformedInput: it is none, or does not fit the service; culprit local.
    """
    inputs, labels = labelled.read(path)
    return fitting(str(path), inputs, labels, info)


def fitting(name: str, inputs: NDArray[Any], labels: NDArray[Any], info: Info) -> Pool:
    """A pool of samples that the service takes.

    Raises:
        MalformedInput: shape, labels or number of samples do not fit; culprit local.
    """
    if inputs.shape[1:] != info.input_shape or labels.shape != inputs.shape[:1]:
        raise _wrong(
            f"{name} has inputs {inputs.shape} and labels {labels.shape}; the service takes {info.input_shape}"
        )
    if not 1 <= len(labels) <= metrics.MAX_SAMPLES:
        raise _wrong(f"{name} has {len(labels)} samples, not 1 to {metrics.MAX_SAMPLES}")
    if labels.min() < 0 or labels.max() >= info.classes:
        raise _wrong(f"{name} has labels {labels.min()} to {labels.max()}; the service has {info.classes} classes")
    return Pool(name, inputs.astype(np.float64), labels.astype(np.int64))


def default(info: Info) -> Pool:
    """The library's sample that fits the service: held-out handwritten digits, or held-out breast cancer cases.

    Raises:
        Usage: none fits.
    """
    name = _BUILT_IN.get((info.input_shape, info.classes))
    if name is not None:
        return _built_in(name, info)
    raise Usage(
        f"no built-in sample has inputs of shape {info.input_shape} and {info.classes} classes",
        code="no-data",
        culprit="local",
        hint="Name your own labelled sample with --data FILE (safetensors with `inputs` and `labels`).",
    )


def _built_in(name: str, info: Info) -> Pool:
    from assay_client.supplier import samples

    read: samples.Read = getattr(samples, name)
    inputs, labels, _ = read()
    _, test = samples.split(inputs, labels)
    return fitting(f"{name}, held-out part", test.inputs, test.labels, info)


def _wrong(message: str) -> MalformedInput:
    return MalformedInput(
        message,
        code="bad-data",
        culprit="local",
        hint="Name a safetensors file with `inputs` (n, *input_shape) and `labels` (n,).",
    )
