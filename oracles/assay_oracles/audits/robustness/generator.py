"""The generator of the paper, section IV-C: a small network that makes an additive change of its input.

    G(x, i, z) = clip(x + reach * tanh(W' relu(W [x, z, onehot i] + b) + b'))

for an input x in [0, 1], the wanted class i and noise z. Files are safetensors, so loading one runs no code; computed
with numpy alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from assay_oracles.audits.whitebox.streams import FloatArray
from assay_oracles.audits.whitebox.tensors import Source, check_dtype, check_finite, opened

LAYERS: Final = ("hidden.weight", "hidden.bias", "output.weight", "output.bias")
MAX_VALUES: Final = 1 << 24
"""Numbers in one tensor."""
_META: Final = {"shape": 8, "sizes": 2, "reach": 1}
"""Tensors beside the layers, and how many numbers each may hold."""


@dataclass(frozen=True)
class Generator:
    """A generator for inputs of one shape and a number of classes.

    Attributes:
        layers: `LAYERS` by name, float64: (H, D + Z + n), (H,), (D, H), (D,).
        shape: of one input, D numbers.
        classes: n.
        latent: Z, how many numbers of noise each proposal takes.
        reach: greatest change of a value, share of the range.
    """

    layers: Mapping[str, FloatArray]
    shape: tuple[int, ...]
    classes: int
    latent: int
    reach: float

    def propose(self, start: NDArray[Any], wanted: int, noise: FloatArray) -> NDArray[np.float32]:
        """One changed input (*shape) in [0, 1] for a start (*shape), a class number and noise (Z,)."""
        told = np.concatenate([start.ravel().astype(np.float64), noise, np.eye(self.classes)[wanted]])
        hidden = np.maximum(self.layers["hidden.weight"] @ told + self.layers["hidden.bias"], 0)
        change = self.reach * np.tanh(self.layers["output.weight"] @ hidden + self.layers["output.bias"])
        found: NDArray[np.float32] = np.clip(start + change.reshape(self.shape), 0, 1).astype(np.float32)
        return found

    def encode(self) -> bytes:
        """The file of this generator."""
        meta = {"shape": self.shape, "sizes": (self.classes, self.latent), "reach": (self.reach,)}
        arrays = {name: np.asarray(values, dtype=np.float64) for name, values in {**self.layers, **meta}.items()}
        return save({name: np.ascontiguousarray(values) for name, values in arrays.items()})


def load(path: Path) -> Generator:
    """Read a generator that `Generator.encode` wrote.

    Raises:
        SpecError: anything else; culprit supplier.
        OSError: the file cannot be read here.
    """
    source = Source("generator")
    with opened(path, source, {*LAYERS, *_META}) as file:
        for name, header in file.headers.items():
            check_dtype(source, name, header.dtype, ("F64",))
            if prod(header.shape) > _META.get(name, MAX_VALUES):
                raise source.error("too-large", f"has shape {header.shape}", "train a smaller generator", name)
        found = {name: file.load(name) for name in file.headers}
    for name, values in found.items():
        check_finite(source, name, values)
    sides, sizes, reach = (found[name].ravel() for name in _META)
    counts = np.concatenate([sides, sizes])
    if not len(sides) or len(sizes) != 2 or counts.min() < 1 or counts.max() > MAX_VALUES or sizes[0] < 2:
        raise source.error("bad-generator", "is for no inputs and classes that there are", "export the file again")
    if len(reach) != 1 or not 0 < reach[0] <= 1:
        raise source.error("bad-generator", "reaches no share of the range", "export the file again")
    shape, (classes, latent) = tuple(sides.astype(int).tolist()), sizes.astype(int).tolist()
    values, hidden = prod(shape), len(found["hidden.bias"].ravel())
    forms = ((hidden, values + latent + classes), (hidden,), (values, hidden), (values,))
    for name, form in zip(LAYERS, forms, strict=True):
        if (given := found[name].shape) != form:
            raise source.error("wrong-shape", f"has shape {given}, not {form}", "export the file again", name)
    return Generator({name: found[name] for name in LAYERS}, shape, classes, latent, float(reach[0]))
