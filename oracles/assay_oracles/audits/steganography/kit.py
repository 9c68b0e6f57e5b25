"""A hide kit: what a client needs to hide messages that S reads, and nothing that reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from assay_oracles.audits.steganography.files import Scale, encode, read
from assay_oracles.audits.steganography.networks import Hide, Shape
from assay_oracles.audits.steganography.recipe import MIN_MESSAGES
from assay_oracles.audits.whitebox.streams import FloatArray
from assay_oracles.audits.whitebox.tensors import Header, Source

_META: Final = {"messages", "range", "classes"}


@dataclass(frozen=True)
class Kit:
    """Prep and hide networks with their message pool.

    Attributes:
        network: adds a message to a cover.
        pool: messages (M, *shape) in [0, 1]; S names the one that it reads by its number.
        scale: range of the service's inputs.
        classes: number n of object classes; message m is class n + m of the service.
    """

    network: Hide
    pool: FloatArray
    scale: Scale
    classes: int

    @property
    def shape(self) -> Shape:
        """Shape of covers, messages and containers."""
        channels, height, width = self.pool.shape[1:]
        return channels, height, width

    def hide(self, covers: NDArray[Any], messages: NDArray[np.integer[Any]]) -> FloatArray:
        """Containers (k, *shape), in the service's range, for covers (k, *shape) and message numbers (k,)."""
        with torch.no_grad():
            pool = torch.from_numpy(self.pool.astype(np.float32))
            return self.scale.inputs(self.network(self.scale.unit(covers), pool[torch.from_numpy(messages)]))

    def encode(self) -> bytes:
        """The file of this kit."""
        classes = np.array([self.classes], dtype=np.float64)
        return encode(self.network, {"messages": self.pool, "range": self.scale.tensor(), "classes": classes})


def load(path: Path) -> Kit:
    """Read a kit that `Kit.encode` wrote.

    Raises:
        SpecError: anything else; culprit supplier.
        OSError: the file cannot be read here.
    """
    source = Source("kit")

    def build(headers: Mapping[str, Header]) -> Hide:
        shape = headers["messages"].shape
        if len(shape) != 4 or shape[0] < MIN_MESSAGES:
            raise source.error(
                "wrong-shape",
                f"has shape {shape}, not (M, channels, height, width) with at least {MIN_MESSAGES} messages",
                "ask the supplier for a kit of `assay supplier stego train`",
                "messages",
            )
        return Hide(shape[1])

    network, meta = read(path, source, set(Hide(1).state_dict()), _META, build)
    classes = meta["classes"]
    if classes.shape != (1,) or classes[0] < 2:
        raise source.error("wrong-shape", "is not a number of classes", "ask the supplier for another kit", "classes")
    return Kit(network, meta["messages"], Scale.read(source, meta["range"]), int(classes[0]))
