"""Networks as safetensors, and the unit scale that they work on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor, nn

from assay_oracles.audits.whitebox.streams import FloatArray
from assay_oracles.audits.whitebox.tensors import Header, Source, check_dtype, check_finite, opened

MAX_VALUES: Final = 1 << 24
"""Numbers in one tensor."""

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Scale:
    """The range of a service's inputs, which becomes [0, 1]."""

    low: float
    high: float

    def unit(self, images: NDArray[Any]) -> Tensor:
        """Images as the networks take them, float32."""
        return torch.from_numpy(np.asarray((images - self.low) / (self.high - self.low), dtype=np.float32))

    def inputs(self, images: Tensor) -> FloatArray:
        """What the networks gave as inputs of the service, clipped to its range, float64."""
        found: FloatArray = images.detach().clamp(0, 1).numpy().astype(np.float64)
        return self.low + found * (self.high - self.low)

    @classmethod
    def read(cls, source: Source, values: FloatArray) -> "Scale":
        """From a file's tensor (2,).

        Raises:
            SpecError: no range.
        """
        if values.shape != (2,) or not values[0] < values[1]:
            raise source.error("bad-range", "is no range (low, high)", "export the file again", "range")
        return cls(float(values[0]), float(values[1]))

    def tensor(self) -> FloatArray:
        """As a file holds it, (2,)."""
        return np.array([self.low, self.high], dtype=np.float64)


def encode(network: nn.Module, more: Mapping[str, NDArray[Any]]) -> bytes:
    """The file of a network's tensors and of some more."""
    tensors = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    return save({name: np.ascontiguousarray(values) for name, values in {**tensors, **more}.items()})


def read(
    path: Path, source: Source, names: set[str], more: set[str], build: Callable[[Mapping[str, Header]], N]
) -> tuple[N, dict[str, FloatArray]]:
    """Read a network and the other tensors of its file.

    Args:
        path: of a safetensors file.
        source: where it is from, for errors.
        names: of the network's tensors.
        more: names of the other tensors.
        build: makes the network that fits the headers; it may raise SpecError.

    Raises:
        SpecError: malformed, other names, shapes or types than the network's, NaN, too large.
        OSError: the file cannot be read here.
    """
    with opened(path, source, names | more) as file:
        for name, header in file.headers.items():
            check_dtype(source, name, header.dtype, ("F32", "F64"))
            if int(np.prod(header.shape, dtype=object)) > MAX_VALUES:
                raise source.error("too-large", f"has shape {header.shape}", f"keep it below {MAX_VALUES} values", name)
        network = build(file.headers)
        for name, tensor in network.state_dict().items():
            if file.headers[name].shape != tuple(tensor.shape):
                raise source.error(
                    "wrong-shape",
                    f"has shape {file.headers[name].shape}, not {tuple(tensor.shape)}",
                    "export the file again",
                    name,
                )
        found = {name: file.load(name) for name in file.headers}
    for name, values in found.items():
        check_finite(source, name, values)
    network.load_state_dict({name: torch.from_numpy(found[name]) for name in names})
    return network, {name: found[name].astype(np.float64) for name in more}
