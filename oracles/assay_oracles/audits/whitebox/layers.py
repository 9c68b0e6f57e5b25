"""The closed list of layers, computed by torch. Untrusted architectures never choose code, only options."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from assay_oracles.audits.whitebox.architecture import Architecture
from assay_oracles.audits.whitebox.streams import Stream

Options = Mapping[str, Any]
Held = Mapping[str, Tensor]


def forward(architecture: Architecture, tensors: Held, x: Tensor, dropout: Stream | None = None) -> Tensor:
    """Logits (n, classes) of samples ``x`` (n, *shape).

    Args:
        architecture: the layers.
        tensors: every tensor of `Architecture.tensors`, float64.
        x: float64 samples.
        dropout: given while training: batch statistics are used and updated, and dropout draws from it.
    """
    for index, step in enumerate(architecture.steps):
        held = {name: tensors[f"{index}.{name}"] for name in step.tensors}
        x = _LAYERS[step.layer.kind](x, held, step.layer.options, dropout)
    return x


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: how many would change the order of its sums. The caller's setting comes back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _batchnorm(x: Tensor, held: Held, options: Options, dropout: Stream | None) -> Tensor:
    """Torch's defaults: momentum 0.1, epsilon 1e-5."""
    return F.batch_norm(
        x, held["running_mean"], held["running_var"], held["weight"], held["bias"], training=dropout is not None
    )


def _dropout(x: Tensor, held: Held, options: Options, dropout: Stream | None) -> Tensor:
    if dropout is None:
        return x
    kept = torch.from_numpy(dropout.uniform(x.numel()) >= options["rate"]).reshape(x.shape)
    thinned: Tensor = x * kept / (1 - options["rate"])
    return thinned


_LAYERS: Mapping[str, Callable[[Tensor, Held, Options, Stream | None], Tensor]] = {
    "linear": lambda x, held, _, __: F.linear(x, held["weight"], held.get("bias")),
    "conv2d": lambda x, held, o, __: F.conv2d(x, held["weight"], held.get("bias"), o["stride"], o["padding"]),
    "batchnorm": _batchnorm,
    "layernorm": lambda x, held, _, __: F.layer_norm(x, x.shape[1:], held["weight"], held["bias"]),
    "relu": lambda x, *_: F.relu(x),
    "gelu": lambda x, *_: F.gelu(x),
    "tanh": lambda x, *_: torch.tanh(x),
    "sigmoid": lambda x, *_: torch.sigmoid(x),
    "maxpool2d": lambda x, _, o, __: F.max_pool2d(x, o["kernel"], o["stride"]),
    "avgpool2d": lambda x, _, o, __: F.avg_pool2d(x, o["kernel"], o["stride"]),
    "flatten": lambda x, *_: torch.flatten(x, 1),
    "dropout": _dropout,
}
