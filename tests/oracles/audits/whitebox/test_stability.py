"""Models about which honest machines disagree cost no oracle its bond: they are refused as unstable."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.whitebox import dataset, evaluation, perturb, stability, weights
from assay_oracles.audits.whitebox.stability import NUDGE, UnstableError, nudged
from assay_oracles.audits.whitebox.tensors import Source


def test_nudged__every_number__moved_by_the_nudge_up_or_down() -> None:
    start = {"0.weight": np.full((100, 100), 3.0), "0.bias": np.zeros(5)}
    shift = nudged(start)["0.weight"] / 3 - 1
    np.testing.assert_allclose(np.abs(shift), NUDGE, rtol=0.01)
    assert abs((shift > 0).mean() - 0.5) < 0.05
    assert not nudged(start)["0.bias"].any()


def test_run__chaotic_recipe__unstable(cancer_recipe: Any) -> None:
    """At such a rate another instruction set trains another model altogether."""
    cancer_recipe.document["recipe"] |= {"optimiser": {"name": "adam", "parameters": {"lr": 0.5}}, "epochs": 50}
    with pytest.raises(UnstableError, match="learning rate"):
        cancer_recipe.run()


def test_run__weights_that_cancel__unstable(linear: Callable[..., Any]) -> None:
    """Logits of order one that are the difference of numbers of order 1e15: nothing but rounding is left."""
    inputs = np.random.default_rng(0).uniform(1, 2, (300, 2))
    bench = linear([[1.0, 0.0], [0.0, 1.0]], inputs, np.zeros(300))
    bench.document["architecture"] = [{"layer": "linear", "features": 2}, {"layer": "linear", "features": 2}]
    tensors = {
        "0.weight": np.array([[1e15, 1.0], [1e15, -1.0]]),
        "0.bias": np.zeros(2),
        "1.weight": np.array([[1.0, -1.0], [-1.0, 1.0]]),
        "1.bias": np.zeros(2),
    }
    bench.put("weights", weights.encode(tensors))
    with pytest.raises(UnstableError):
        bench.run()


def test_run__sample_on_the_edge_of_two_classes__unstable(linear: Callable[..., Any]) -> None:
    bench = linear([[1.0], [0.0]], [[stability.EDGE], [1.0]], [0, 0])
    with pytest.raises(UnstableError, match="test sample"):
        bench.run()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_run__ordinary_weights_of_any_scale__stable(linear: Callable[..., Any], scale: float) -> None:
    random = np.random.default_rng(2)
    bench = linear(random.normal(size=(3, 5)) * scale, random.normal(size=(300, 5)), random.integers(0, 3, 300))
    assert bench.run()


def test_run__constant_model_with_exact_ties__stable(linear: Callable[..., Any]) -> None:
    bench = linear(np.zeros((3, 2)), np.random.default_rng(2).normal(size=(50, 2)), np.zeros(50))
    lanes = bench.run()
    assert lanes["predicted_0"] == 50


@pytest.mark.parametrize("broken", [0, 1])
def test_vote__only_one_of_model_and_twin_overflows__unstable_not_invalid(
    linear: Callable[..., Any], broken: int
) -> None:
    """Another machine may find the other way round, and a lone INVALID_SPEC would cost the bond."""
    manifest = linear(np.eye(2), np.ones((3, 2)), [0, 1, 0]).manifest()
    data = dataset.Dataset(np.ones((3, 2)), np.array([0, 1, 0]))
    models = [{"0.weight": np.eye(2), "0.bias": np.zeros(2)}] * 2
    models[broken] = {"0.weight": np.full((2, 2), 1e308), "0.bias": np.zeros(2)}
    law = perturb.noise(bytes(32), manifest.input, data)
    with pytest.raises(UnstableError):
        evaluation.vote(evaluation.Model(manifest.architecture, *models), data, law, None, Source("test"))
