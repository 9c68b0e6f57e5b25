"""Shapes worked out on integers must be those that torch computes, and misfits are refused where they occur."""

from typing import Any

import pytest
import torch
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox.architecture import Architecture, resolve
from assay_oracles.audits.whitebox.layers import forward
from hypothesis import assume, given, settings
from hypothesis import strategies as st

small = st.integers(1, 5)
LAYERS = st.one_of(
    st.fixed_dictionaries(
        {"layer": st.just("conv2d"), "channels": small, "kernel": small},
        optional={"stride": small, "padding": st.integers(0, 3), "bias": st.booleans()},
    ),
    st.fixed_dictionaries(
        {"layer": st.sampled_from(["maxpool2d", "avgpool2d"]), "kernel": small}, optional={"stride": small}
    ),
    st.fixed_dictionaries({"layer": st.just("linear"), "features": small}, optional={"bias": st.booleans()}),
    st.fixed_dictionaries({"layer": st.just("dropout"), "rate": st.floats(0, 0.99)}),
    st.fixed_dictionaries(
        {"layer": st.sampled_from(["batchnorm", "layernorm", "relu", "gelu", "tanh", "sigmoid", "flatten"])}
    ),
)


def ends_at(layers: list[dict[str, Any]], shape: tuple[int, ...]) -> Architecture:
    return resolve([*layers, {"layer": "flatten"}, {"layer": "linear", "features": 2}], shape, 2)


@settings(max_examples=150, deadline=None)
@given(st.lists(LAYERS, max_size=5), st.sampled_from([(3,), (2, 9, 9), (1, 5, 7), (4, 6)]))
def test_resolve__any_layers_that_fit__torch_agrees(layers: list[dict[str, Any]], shape: tuple[int, ...]) -> None:
    try:
        architecture = ends_at(layers, shape)
    except SpecError:
        assume(False)
        return
    tensors = {name: torch.ones(size, dtype=torch.float64) for name, size in architecture.tensors.items()}
    x = torch.rand((2, *shape), dtype=torch.float64)
    assert forward(architecture, tensors, x).shape == (2, 2)
    for index, step in enumerate(architecture.steps):
        part = Architecture((step,))
        held = {f"0.{name}": tensors[f"{index}.{name}"] for name in step.tensors}
        assert x.shape[1:] == step.before
        x = forward(part, held, x)
        assert x.shape[1:] == step.after


def test_resolve__known_network__counts_parameters_and_activations() -> None:
    layers = [{"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "flatten"}, {"layer": "linear", "features": 2}]
    architecture = resolve(layers, (2, 5, 5), 2)
    assert architecture.tensors == {"0.weight": (4, 2, 3, 3), "0.bias": (4,), "2.weight": (2, 36), "2.bias": (2,)}
    assert architecture.parameters == 72 + 4 + 72 + 2
    assert architecture.activations == 50 + (36 + 2 * 9 * 9) + 36 + 2


@pytest.mark.parametrize(
    ("layers", "shape", "field"),
    [
        ([{"layer": "linear", "features": 3}], (2, 5, 5), "architecture[0]"),
        ([{"layer": "conv2d", "channels": 1, "kernel": 3}], (25,), "architecture[0]"),
        ([{"layer": "relu"}, {"layer": "maxpool2d", "kernel": 6}], (2, 5, 5), "architecture[1]"),
        ([{"layer": "conv2d", "channels": 1, "kernel": 8, "padding": 1}], (2, 5, 5), "architecture[0]"),
        ([{"layer": "avgpool2d", "kernel": 2}], (5, 5), "architecture[0]"),
        ([{"layer": "batchnorm"}], (5, 5), "architecture[0]"),
    ],
)
def test_resolve__layer_that_does_not_fit__refused_where_it_stands(
    layers: list[dict[str, Any]], shape: tuple[int, ...], field: str
) -> None:
    with pytest.raises(SpecError) as refusal:
        ends_at(layers, shape)
    assert refusal.value.field == field
    assert refusal.value.code == "shape-mismatch"


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([{"layer": "conv2d", "channels": 256, "kernel": 1}], (1, 1024, 1024)),
        ([{"layer": "conv2d", "channels": 1, "kernel": 128, "padding": 64}], (3, 256, 256)),
        ([{"layer": "relu"}], (65536, 65536, 65536)),
    ],
)
def test_resolve__activations_beyond_the_cap__refused(layers: list[dict[str, Any]], shape: tuple[int, ...]) -> None:
    with pytest.raises(SpecError, match=r"activations|parameters"):
        ends_at([*layers, {"layer": "avgpool2d", "kernel": 128}], shape)
