"""The closed list computes what torch's own modules compute."""

from typing import Any

import pytest
import torch
from assay_oracles.audits.whitebox.architecture import Architecture, resolve
from assay_oracles.audits.whitebox.layers import forward, one_thread
from assay_oracles.audits.whitebox.streams import Stream
from torch import nn

PAIRS: list[tuple[dict[str, Any], nn.Module, tuple[int, ...]]] = [
    ({"layer": "linear", "features": 4}, nn.Linear(6, 4), (6,)),
    ({"layer": "linear", "features": 4, "bias": False}, nn.Linear(6, 4, bias=False), (6,)),
    (
        {"layer": "conv2d", "channels": 3, "kernel": 3, "stride": 2, "padding": 1},
        nn.Conv2d(2, 3, 3, 2, 1),
        (2, 7, 6),
    ),
    ({"layer": "conv2d", "channels": 3, "kernel": 2, "bias": False}, nn.Conv2d(2, 3, 2, bias=False), (2, 5, 5)),
    ({"layer": "batchnorm"}, nn.BatchNorm1d(6), (6,)),
    ({"layer": "batchnorm"}, nn.BatchNorm2d(2), (2, 4, 4)),
    ({"layer": "layernorm"}, nn.LayerNorm([6]), (6,)),
    ({"layer": "layernorm"}, nn.LayerNorm([2, 4, 4]), (2, 4, 4)),
    ({"layer": "relu"}, nn.ReLU(), (6,)),
    ({"layer": "gelu"}, nn.GELU(), (6,)),
    ({"layer": "tanh"}, nn.Tanh(), (6,)),
    ({"layer": "sigmoid"}, nn.Sigmoid(), (6,)),
    ({"layer": "maxpool2d", "kernel": 2}, nn.MaxPool2d(2), (2, 5, 5)),
    ({"layer": "maxpool2d", "kernel": 3, "stride": 1}, nn.MaxPool2d(3, 1), (2, 5, 5)),
    ({"layer": "avgpool2d", "kernel": 2, "stride": 3}, nn.AvgPool2d(2, 3), (2, 5, 5)),
    ({"layer": "flatten"}, nn.Flatten(), (2, 3, 3)),
    ({"layer": "dropout", "rate": 0.5}, nn.Dropout(0.5), (6,)),
]


def single(declared: dict[str, Any], shape: tuple[int, ...]) -> Architecture:
    whole = resolve([declared, {"layer": "flatten"}, {"layer": "linear", "features": 2}], shape, 2)
    return Architecture(whole.steps[:1])


@pytest.mark.parametrize(("declared", "module", "shape"), PAIRS)
def test_forward__each_layer__equals_torch_module(
    declared: dict[str, Any], module: nn.Module, shape: tuple[int, ...]
) -> None:
    architecture = single(declared, shape)
    generator = torch.Generator().manual_seed(1)
    module = module.double().eval()
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            tensor.data.copy_(torch.rand(tensor.shape, generator=generator, dtype=torch.float64))
    state = {f"0.{name}": tensor for name, tensor in module.state_dict().items() if name != "num_batches_tracked"}
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == architecture.tensors
    x = torch.rand((3, *shape), generator=generator, dtype=torch.float64) - 0.5
    assert torch.equal(forward(architecture, state, x), module(x))


def test_forward__batchnorm_while_training__uses_and_updates_batch_statistics() -> None:
    architecture, module = single({"layer": "batchnorm"}, (6,)), nn.BatchNorm1d(6).double()
    held = {f"0.{name}": tensor.clone() for name, tensor in module.state_dict().items() if "num" not in name}
    x = torch.rand((5, 6), dtype=torch.float64)
    assert torch.equal(forward(architecture, held, x, Stream("dropout", 0)), module(x))
    assert torch.equal(held["0.running_mean"], module.running_mean)
    assert torch.equal(held["0.running_var"], module.running_var)


def test_forward__dropout_while_training__thins_by_the_rate_and_keeps_the_mean() -> None:
    architecture = single({"layer": "dropout", "rate": 0.25}, (100_000,))
    out = forward(architecture, {}, torch.ones((1, 100_000), dtype=torch.float64), Stream("dropout", 1))
    assert set(out.unique().tolist()) == {0.0, 1 / 0.75}
    assert abs(float((out == 0).double().mean()) - 0.25) < 0.005


def test_one_thread__inside_and_after__setting_comes_back() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
