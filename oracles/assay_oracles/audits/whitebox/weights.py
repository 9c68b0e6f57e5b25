"""Published weights: safetensors with exactly the tensors that the architecture implies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from assay_oracles.audits.whitebox.architecture import Architecture
from assay_oracles.audits.whitebox.streams import FloatArray
from assay_oracles.audits.whitebox.tensors import Source, check_dtype, check_finite, opened

DTYPES = ("F64", "F32")
Weights = Mapping[str, FloatArray]


def load(path: Path, source: Source, architecture: Architecture) -> Weights:
    """Reads weights as float64.

    Raises:
        SpecError: malformed, other names, shapes or types than the architecture's, NaN, or a negative variance.
    """
    expected = architecture.tensors
    with opened(path, source, set(expected)) as file:
        for name, header in file.headers.items():
            check_dtype(source, name, header.dtype, DTYPES)
            if header.shape != expected[name]:
                raise source.error(
                    "wrong-shape",
                    f"has shape {header.shape} where the architecture has {expected[name]}",
                    "publish the weights of the declared architecture",
                    name,
                )
        loaded = {name: file.load(name) for name in expected}
    for name, values in loaded.items():
        check_finite(source, name, values)
        if name.endswith("running_var") and values.min() < 0:
            raise source.error("negative-variance", "is negative somewhere", "publish the trained statistics", name)
    return {name: values.astype(np.float64) for name, values in loaded.items()}


def encode(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """The file of a model's weights."""
    return save({name: np.ascontiguousarray(values) for name, values in weights.items()})
