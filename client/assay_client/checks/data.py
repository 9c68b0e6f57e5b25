"""Inputs to ask about: a labelled sample, from a file, a service's description or a library."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import numpy as np
from assay_chain import addressbook, store
from assay_chain.errors import Culprit, MalformedInput, Usage
from assay_oracles.audits.whitebox import dataset, metrics
from numpy.typing import NDArray

from assay_client import labelled

from .endpoints.base import Party
from .endpoints.info import Info

FETCH_BYTES: Final = 1 << 28
FETCH_SECONDS: Final = 120.0

_UNASKED: Final = {((1, 8, 8), 10): "digits", ((30,), 2): "breast-cancer"}
"""Names of built-in samples by input shape and number of classes, where these leave no doubt."""


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


def declared(party: Party, by: Info, info: Info) -> Pool | None:
    """The test set that a service declares in its description, fetched without credentials; None if it declares none.

    Args:
        party: the service; its name is its URL.
        by: its description.
        info: what the service takes that will be asked.

    Raises:
        PeerUnreachable: the test set cannot be fetched.
        MalformedInput: it has other bytes than declared, is no labelled sample, or does not fit; culprit is the party.
    """
    if by.test_set is None:
        return None
    uri = urljoin(party.name.partition("?")[0].rstrip("/") + "/", by.test_set.uri)
    if urlsplit(uri).scheme not in ("http", "https"):
        raise party.malformed("bad-info", f"it declares a test set at {uri[:200]!r}", "A test set is fetched by http.")
    path = store.fetch(
        uri,
        bytes.fromhex(by.test_set.digest.removeprefix("sha256:")),
        max_bytes=FETCH_BYTES,
        cache=addressbook.home() / "cache",
        timeout=FETCH_SECONDS,
        culprit=party.culprit,
    )
    inputs, labels = labelled.read(path, party.culprit)
    return fitting(f"test set declared by {party}", inputs, labels, info, party.culprit)


def fitting(name: str, inputs: NDArray[Any], labels: NDArray[Any], info: Info, culprit: Culprit = "local") -> Pool:
    """A pool of samples that the service takes.

    Raises:
        MalformedInput: shape, labels or number of samples do not fit; `culprit` chose them.
    """
    if inputs.shape[1:] != info.input_shape or labels.shape != inputs.shape[:1]:
        what = f"{name} has inputs {inputs.shape} and labels {labels.shape}; the service takes {info.input_shape}"
    elif not 1 <= len(labels) <= metrics.MAX_SAMPLES:
        what = f"{name} has {len(labels)} samples, not 1 to {metrics.MAX_SAMPLES}"
    elif labels.min() < 0 or labels.max() >= info.classes:
        what = f"{name} has labels {labels.min()} to {labels.max()}; the service has {info.classes} classes"
    else:
        return Pool(name, inputs.astype(np.float64), labels.astype(np.int64))
    raise MalformedInput(
        what,
        code="bad-data",
        culprit=culprit,
        hint="Name a safetensors file with `inputs` (n, *input_shape) and `labels` (n,) with --data.",
    )


def default(info: Info) -> Pool:
    """The library's sample that fits the service: held-out handwritten digits, or held-out breast cancer cases.

    Raises:
        Usage: none fits.
    """
    name = _UNASKED.get((info.input_shape, info.classes))
    if name is not None:
        return built_in(name, info)
    raise Usage(
        f"no built-in sample has inputs of shape {info.input_shape} and {info.classes} classes",
        code="no-data",
        culprit="local",
        hint="Name samples with --samples, or your own with --data FILE (safetensors with `inputs` and `labels`).",
    )


def built_in(name: str, info: Info) -> Pool:
    """The held-out part of a built-in sample.

    Args:
        name: of `assay_client.supplier.samples.NAMED`.
        info: what the service takes.

    Raises:
        Usage: its package is not installed.
        MalformedInput: the service takes others; culprit local.
    """
    from assay_client.supplier import samples

    inputs, labels, _ = samples.NAMED[name]()
    _, test = samples.split(inputs, labels)
    return fitting(f"{name}, held-out part", test.inputs, test.labels, info)
