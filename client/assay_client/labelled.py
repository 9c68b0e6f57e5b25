"""Labelled samples that a person names: a safetensors file with `inputs` and `labels` (docs/manifest.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from assay_chain.errors import Culprit, Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset
from assay_oracles.audits.whitebox.tensors import Source, check_dtype, check_finite, opened
from numpy.typing import NDArray

from .specs import malformed


def read(path: Path, culprit: Culprit = "local") -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Inputs (n, ...) in the type of their file, finite, and labels (n,) from 0 on; n is at least 1.

    Raises:
        MalformedInput: it is no such file; `culprit` made it.
        Usage: it cannot be read.
    """
    source = Source("data", culprit)
    try:
        with opened(path, source, {"inputs", "labels"}) as file:
            check_dtype(source, "inputs", file.headers["inputs"].dtype, dataset.INPUT_DTYPES)
            check_dtype(source, "labels", file.headers["labels"].dtype, dataset.LABEL_DTYPES)
            inputs, labels = file.load("inputs"), file.load("labels").astype(np.int64)
        check_finite(source, "inputs", inputs)
        if not len(labels) or labels.shape != inputs.shape[:1] or labels.min() < 0:
            raise source.error(
                "bad-data", f"has inputs {inputs.shape} and labels {labels.shape}", "give every input its class, from 0"
            )
    except SpecError as error:
        raise malformed(error, path) from error
    except OSError as error:
        raise Usage(
            f"cannot read {path}: {error.strerror}",
            code="unreadable-file",
            culprit="local",
            hint="Name a safetensors file with `inputs` (n, *input_shape) and `labels` (n,).",
        ) from error
    return inputs, labels
