"""What S runs: one network that classifies objects and reads messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from assay_oracles.audits.steganography.files import Scale, encode, read
from assay_oracles.audits.steganography.networks import FEATURES, Reveal, Shape
from assay_oracles.audits.whitebox.streams import FloatArray
from assay_oracles.audits.whitebox.tensors import Header, Source

_BATCH: Final = 1024
_META: Final = {"shape", "range", "sizes"}


@dataclass(frozen=True)
class Service:
    """S's model: inputs of `shape` in `scale` to probabilities of n classes and then of M messages."""

    network: Reveal
    shape: Shape
    scale: Scale
    classes: int
    messages: int

    def __post_init__(self) -> None:
        """Nobody trains it any more: what is trained against it need not pay for gradients of its weights."""
        self.network.requires_grad_(False)

    def probabilities(self, inputs: NDArray[Any]) -> FloatArray:
        """Probabilities (k, classes + messages), float64, of inputs (k, *shape)."""
        with torch.no_grad():
            batches = [self.scale.unit(inputs[i : i + _BATCH]) for i in range(0, len(inputs), _BATCH)]
            logits = torch.cat([self.network(batch)[0] for batch in batches])
            found: FloatArray = torch.softmax(logits.double(), dim=1).numpy()
        return found

    def encode(self) -> bytes:
        """The file of this service."""
        sizes = np.array([self.classes, self.messages], dtype=np.float64)
        shape = np.array(self.shape, dtype=np.float64)
        return encode(self.network, {"shape": shape, "range": self.scale.tensor(), "sizes": sizes})


def load(path: Path) -> Service:
    """Read a service that `Service.encode` wrote.

    Raises:
        SpecError: anything else; culprit supplier.
        OSError: the file cannot be read here.
    """
    source = Source("service")

    def build(headers: Mapping[str, Header]) -> Reveal:
        # The first layer tells the channels, the last one the outputs; height and width must fit what lies between.
        first, inner, last = (headers[f"{layer}.weight"].shape for layer in ("features.0", "classify.1", "classify.3"))
        if len(first) != 4 or len(inner) != 2 or not last or not inner[1] % FEATURES == 0:
            raise source.error("wrong-shape", "holds no network of this kind", "export the file again")
        return Reveal((first[1], 1, inner[1] // FEATURES), last[0])

    names = set(Reveal((1, 1, 1), 1).state_dict())
    network, meta = read(path, source, names, _META, build)
    shape, sizes = meta["shape"].astype(int).tolist(), meta["sizes"].astype(int).tolist()
    fits = len(shape) == 3 and len(sizes) == 2 and min(*shape, *sizes) > 0
    if fits:
        expected = Reveal((shape[0], shape[1], shape[2]), sum(sizes)).state_dict()
        fits = all(expected[name].shape == tensor.shape for name, tensor in network.state_dict().items())
    if not fits:
        raise source.error("wrong-shape", f"describes images {shape} and outputs {sizes}", "export the file again")
    return Service(network, (shape[0], shape[1], shape[2]), Scale.read(source, meta["range"]), sizes[0], sizes[1])
