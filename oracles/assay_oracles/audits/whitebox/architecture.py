"""What a declared architecture implies, worked out on plain integers before anything is allocated. Torch-free."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay_oracles.audits.errors import SpecError

MAX_PARAMETERS = 1 << 24
"""Numbers in all tensors together: 128 MiB in float64, four times that while training with Adam."""
MAX_ACTIVATIONS = 1 << 22
"""Numbers that one sample occupies on its way through the layers, unfolded convolutions included."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer of the closed list, with every option resolved (defaults filled in)."""

    kind: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """A layer in its place: shapes of one sample before and after it, and the tensors that it holds."""

    layer: Layer
    before: Shape
    after: Shape
    tensors: Mapping[str, Shape]
    workspace: int = 0


@dataclass(frozen=True)
class Architecture:
    """A sequence of layers that fits together, ending in one logit a class."""

    steps: tuple[Step, ...]

    @property
    def tensors(self) -> dict[str, Shape]:
        """Shape of every tensor by its name in the weights file: ``{index of the layer}.{name}``."""
        return {f"{i}.{name}": shape for i, step in enumerate(self.steps) for name, shape in step.tensors.items()}

    @property
    def parameters(self) -> int:
        """Numbers in all tensors together."""
        return sum(math.prod(shape) for shape in self.tensors.values())

    @property
    def activations(self) -> int:
        """Numbers that one sample occupies: the input, every layer's output and workspace."""
        return math.prod(self.steps[0].before) + sum(math.prod(step.after) + step.workspace for step in self.steps)


def resolve(layers: Sequence[Mapping[str, Any]], shape: Shape, classes: int) -> Architecture:
    """Propagates ``shape`` through schema-checked layers.

    Raises:
        SpecError: a layer does not fit what precedes it, the end is not ``(classes,)``, or the whole is too large.
    """
    steps = []
    for index, declared in enumerate(layers):
        field = f"architecture[{index}]"
        step = _RULES[declared["layer"]](declared, shape, field)
        steps.append(step)
        shape = step.after
    architecture = Architecture(tuple(steps))
    if shape != (classes,):
        raise _misfit("architecture", f"ends in shape {shape}, not in one logit for each of {classes} classes")
    _cap("parameters", architecture.parameters, MAX_PARAMETERS)
    _cap("activations", architecture.activations, MAX_ACTIVATIONS)
    return architecture


def _cap(what: str, got: int, allowed: int) -> None:
    if got > allowed:
        raise SpecError(
            "model-too-large",
            "architecture",
            f"has {got} {what}, at most {allowed} are allowed",
            "publish a smaller model: oracles recompute in float64 on one thread",
        )


def _misfit(field: str, message: str) -> SpecError:
    return SpecError("shape-mismatch", field, message, "follow the shapes from the input on, as docs/manifest.md says")


def _linear(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    if len(shape) != 1:
        raise _misfit(field, f"linear needs one dimension but is given shape {shape}; put flatten before it")
    features = int(declared["features"])
    tensors = _weighted(declared, (features, *shape))
    return Step(Layer("linear", {"features": features}), shape, (features,), tensors)


def _conv2d(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    channels, kernel = int(declared["channels"]), int(declared["kernel"])
    stride, padding = int(declared.get("stride", 1)), int(declared.get("padding", 0))
    inward, *sides = _image(shape, field)
    after = (channels, *_slide(sides, kernel, stride, padding, field))
    tensors = _weighted(declared, (channels, inward, kernel, kernel))
    options = {"channels": channels, "kernel": kernel, "stride": stride, "padding": padding}
    return Step(Layer("conv2d", options), shape, after, tensors, inward * kernel * kernel * math.prod(after[1:]))


def _pool2d(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    kernel = int(declared["kernel"])
    stride = int(declared.get("stride", kernel))
    channels, *sides = _image(shape, field)
    after = (channels, *_slide(sides, kernel, stride, 0, field))
    return Step(Layer(declared["layer"], {"kernel": kernel, "stride": stride}), shape, after, {})


def _batchnorm(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    if len(shape) == 2:
        raise _misfit(field, f"batchnorm needs features (n) or channels (c, h, w) but is given shape {shape}")
    per_channel = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), shape[:1])
    return Step(Layer("batchnorm", {}), shape, shape, per_channel)


def _layernorm(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    return Step(Layer("layernorm", {}), shape, shape, {"weight": shape, "bias": shape})


def _flatten(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    return Step(Layer("flatten", {}), shape, (math.prod(shape),), {})


def _dropout(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    return Step(Layer("dropout", {"rate": float(declared["rate"])}), shape, shape, {})


def _activation(declared: Mapping[str, Any], shape: Shape, field: str) -> Step:
    return Step(Layer(declared["layer"], {}), shape, shape, {})


def _weighted(declared: Mapping[str, Any], weight: Shape) -> dict[str, Shape]:
    return {"weight": weight} | ({"bias": weight[:1]} if declared.get("bias", True) else {})


def _image(shape: Shape, field: str) -> Shape:
    if len(shape) != 3:
        raise _misfit(field, f"needs an image (channels, height, width) but is given shape {shape}")
    return shape


def _slide(sides: Sequence[int], kernel: int, stride: int, padding: int, field: str) -> Shape:
    if min(sides) + 2 * padding < kernel:
        raise _misfit(field, f"a window of {kernel} does not fit an image of {tuple(sides)} padded by {padding}")
    return tuple((side + 2 * padding - kernel) // stride + 1 for side in sides)


_RULES: Mapping[str, Callable[[Mapping[str, Any], Shape, str], Step]] = {
    "linear": _linear,
    "conv2d": _conv2d,
    "batchnorm": _batchnorm,
    "layernorm": _layernorm,
    "relu": _activation,
    "gelu": _activation,
    "tanh": _activation,
    "sigmoid": _activation,
    "maxpool2d": _pool2d,
    "avgpool2d": _pool2d,
    "flatten": _flatten,
    "dropout": _dropout,
}
