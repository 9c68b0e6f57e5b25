"""Training again gives the same model bit for bit, whoever trains and whatever else the process does."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import metrics, training
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import Manifest, Recipe
from assay_oracles.audits.whitebox.streams import Stream

EVERYTHING = [
    {"layer": "conv2d", "channels": 4, "kernel": 3, "bias": False},
    {"layer": "batchnorm"},
    {"layer": "gelu"},
    {"layer": "avgpool2d", "kernel": 2},
    {"layer": "flatten"},
    {"layer": "dropout", "rate": 0.2},
    {"layer": "linear", "features": 16},
    {"layer": "layernorm"},
    {"layer": "tanh"},
    {"layer": "linear", "features": 10},
]


def recipe_of(manifest: Manifest) -> Recipe:
    assert manifest.recipe is not None
    return manifest.recipe


def train(bench: Any, data: Any) -> dict[str, np.ndarray]:
    manifest = bench.manifest()
    return dict(training.train(manifest.architecture, recipe_of(manifest), Dataset(*data.train)))


def identical(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> bool:
    return one.keys() == two.keys() and all(one[name].tobytes() == two[name].tobytes() for name in one)


@pytest.mark.parametrize("layers", [None, EVERYTHING])
def test_train__again_with_other_threads_and_global_seeds__bit_identical(
    digits_recipe: Any, digits: Any, layers: Any
) -> None:
    if layers:
        digits_recipe.document["architecture"] = layers
    digits_recipe.document["recipe"]["epochs"] = 3
    torch.manual_seed(1)
    first = train(digits_recipe, digits)
    torch.manual_seed(2)
    np.random.seed(3)
    torch.set_num_threads(2)
    try:
        assert identical(first, train(digits_recipe, digits))
    finally:
        torch.set_num_threads(1)


def test_train__global_generators__untouched(cancer_recipe: Any, cancer: Any) -> None:
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    train(cancer_recipe, cancer)
    assert torch.equal(states[0], torch.get_rng_state())
    assert np.array_equal(states[1], np.random.get_state()[1])
    assert states[2] == random.getstate()


@pytest.mark.parametrize("what", ["seed", "epochs", "batch_size", "initialisation"])
def test_train__any_part_of_the_recipe_changed__other_weights(cancer_recipe: Any, cancer: Any, what: str) -> None:
    first = train(cancer_recipe, cancer)
    recipe = cancer_recipe.document["recipe"]
    recipe[what] = "xavier-uniform" if what == "initialisation" else recipe[what] + 1
    second = train(cancer_recipe, cancer)
    assert not np.array_equal(first["1.weight"], second["1.weight"])


@pytest.mark.parametrize(
    "optimiser",
    [
        {"name": "sgd", "parameters": {"lr": 0.02, "momentum": 0.9, "weight_decay": 1e-4}},
        {"name": "adam", "parameters": {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-7}},
        {"name": "adamw", "parameters": {"lr": 0.01, "weight_decay": 0.1}},
    ],
)
def test_train__each_optimiser_on_tabular_data__learns(cancer_recipe: Any, optimiser: Any) -> None:
    cancer_recipe.document["recipe"]["optimiser"] = optimiser
    accuracy = metrics.derive(cancer_recipe.run())["accuracy"].value
    assert accuracy is not None
    assert accuracy > 0.93


def test_train__digits_network__scores_above_97_percent(digits_recipe: Any) -> None:
    found = metrics.derive(digits_recipe.run())
    assert found["accuracy"].value is not None
    assert found["accuracy"].value > 0.97


def test_train__sgd_by_hand__same_steps(cancer_recipe: Any, cancer: Any) -> None:
    """One epoch of plain gradient descent on a linear model, with the gradient of cross-entropy written out."""
    cancer_recipe.document["architecture"] = [{"layer": "linear", "features": 2}]
    cancer_recipe.document["recipe"] |= {
        "optimiser": {"name": "sgd", "parameters": {"lr": 1e-5}},
        "epochs": 1,
        "batch_size": 100,
    }
    inputs, labels = cancer.train
    manifest = cancer_recipe.manifest()
    start = training.initialise(manifest.architecture, recipe_of(manifest))
    weight, bias = start["0.weight"].copy(), start["0.bias"].copy()
    order = Stream("shuffling", 3).permutation(len(labels))
    for first in range(0, len(labels), 100):
        x, y = inputs[order[first : first + 100]], labels[order[first : first + 100]]
        scores = np.exp((z := x @ weight.T + bias) - z.max(axis=1, keepdims=True))
        error = scores / scores.sum(axis=1, keepdims=True) - np.eye(2)[y]
        weight -= 1e-5 * error.T @ x / len(y)
        bias -= 1e-5 * error.mean(axis=0)
    trained = train(cancer_recipe, cancer)
    np.testing.assert_allclose(trained["0.weight"], weight, rtol=1e-10)
    np.testing.assert_allclose(trained["0.bias"], bias, rtol=1e-10)


@pytest.mark.parametrize(("name", "fans"), [("kaiming-uniform", 9), ("xavier-uniform", 9 + 16 * 9)])
def test_initialise__each_law__uniform_within_its_bound(digits_recipe: Any, name: str, fans: int) -> None:
    digits_recipe.document["recipe"]["initialisation"] = name
    manifest = digits_recipe.manifest()
    start = training.initialise(manifest.architecture, recipe_of(manifest))
    bound = (6 / fans) ** 0.5
    largest = float(np.abs(start["0.weight"]).max())
    assert 0.9 * bound < largest < bound
    assert not start["0.bias"].any()


def test_initialise__norms__start_neutral(cancer_recipe: Any) -> None:
    manifest = cancer_recipe.manifest()
    start = training.initialise(manifest.architecture, recipe_of(manifest))
    ones, zeros = ("0.weight", "0.running_var"), ("0.bias", "0.running_mean")
    assert all((start[name] == 1).all() for name in ones)
    assert not any(start[name].any() for name in zeros)


@pytest.mark.parametrize("size", [1, 2])
def test_train__batch_of_one_before_batchnorm__refused(cancer_recipe: Any, size: int) -> None:
    cancer_recipe.document["recipe"]["batch_size"] = size
    manifest = cancer_recipe.manifest()
    odd = Dataset(np.zeros((5, 30)), np.zeros(5, dtype=np.int64))
    with pytest.raises(SpecError) as refusal:
        training.train(manifest.architecture, recipe_of(manifest), odd)
    assert refusal.value.field == "recipe.batch_size"


def test_run__recipe_that_diverges__refused(cancer_recipe: Any) -> None:
    cancer_recipe.document["architecture"] = [{"layer": "linear", "features": 2}]
    cancer_recipe.document["recipe"] |= {"optimiser": {"name": "sgd", "parameters": {"lr": 100, "weight_decay": 1}}}
    cancer_recipe.document["recipe"]["epochs"] = 20
    with pytest.raises(SpecError) as refusal:
        cancer_recipe.run()
    assert refusal.value.code == "recipe-diverges"


def test_stream__domains_and_seeds__independent_and_as_recorded() -> None:
    assert not np.array_equal(Stream("dropout", 1).uniform(4), Stream("shuffling", 1).uniform(4))
    assert not np.array_equal(Stream("dropout", 1).uniform(4), Stream("dropout", 2).uniform(4))
    assert Stream("shuffling", 1).permutation(8).tolist() == RECORDED_ORDER
    np.testing.assert_array_equal(Stream("initialisation", 1).uniform(2), RECORDED_UNIFORM)
    drawn = Stream("dropout", 5).uniform(10_000)
    assert 0 <= drawn.min() < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 0.01


RECORDED_ORDER = [7, 3, 0, 4, 1, 5, 6, 2]
RECORDED_UNIFORM = [0.846439577328049, 0.17111789157826307]
