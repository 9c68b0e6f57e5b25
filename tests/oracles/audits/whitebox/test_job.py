"""Whole jobs: images and tables, weights and recipes, honest repeats and everyone's faults."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset, metrics
from assay_oracles.audits.whitebox.job import run
from assay_oracles.audits.whitebox.metrics import derive
from sklearn.metrics import log_loss


def test_run__digits_with_weights__lanes_of_the_policy_in_order(digits_weights: Any) -> None:
    lanes = digits_weights.run()
    assert tuple(lanes) == metrics.lane_names(10)
    assert all(0 <= lanes[lane.name] <= lane.maximum for lane in metrics.lanes(10))
    assert all(lanes[lesser] <= lanes[greater] for lesser, greater in metrics.orders(10))
    assert sum(lanes[f"support_{c}"] for c in range(10)) == sum(lanes[f"predicted_{c}"] for c in range(10)) == 359
    found = derive(lanes)
    assert all(found[name].value > 0.95 for name in ("accuracy", "balanced_accuracy", "macro_f1"))
    assert 0.9 < found["robust_accuracy"].value <= 1
    assert 0 < found["log_loss"].value < 0.2
    assert 0 < found["calibration_error"].value < 0.05
    assert found["overlap"].value == 0


def test_run__same_job_again__same_vote(digits_weights: Any) -> None:
    assert digits_weights.run() == digits_weights.run()


def test_run__recipe_and_the_weights_it_trains__same_vote(digits_recipe: Any, request: pytest.FixtureRequest) -> None:
    retrained = digits_recipe.run()
    assert request.getfixturevalue("digits_weights").run() == retrained


def test_run__tabular_recipe__scores_and_overlap(cancer_recipe: Any) -> None:
    found = derive(cancer_recipe.run())
    assert found["accuracy"].value > 0.93
    assert found["recall_0"].value > 0.85
    assert found["overlap"].value == 0


def test_run__linear_model_by_hand__every_lane(linear: Callable[..., Any]) -> None:
    inputs, labels = [[2.0, 0.0], [0.0, 3.0], [1.0, 2.0]], [0, 1, 0]
    bench = linear(np.eye(2), inputs, labels)
    lanes = bench.run()
    assert [lanes[f"support_{c}"] for c in (0, 1)] == [2, 1]
    assert [lanes[f"predicted_{c}"] for c in (0, 1)] == [1, 2]
    assert [lanes[f"correct_{c}"] for c in (0, 1)] == [1, 1]
    powers = np.exp(inputs)
    expected = log_loss(labels, powers / powers.sum(axis=1, keepdims=True))
    assert lanes["log_loss"] == round(expected * 1e6)
    assert lanes["robust_correct"] == 2
    assert lanes["overlap"] == 0


@pytest.mark.parametrize("own", [False, True])
def test_run__labels_out_of_range__the_fault_of_whose_set_it_is(digits_weights: Any, digits: Any, own: bool) -> None:
    inputs, labels = digits.test
    digits_weights.put("test", dataset.encode(inputs, labels + 1))
    with pytest.raises(SpecError) as refusal:
        digits_weights.run(own=own)
    assert refusal.value.culprit == ("client" if own else "supplier")
    assert refusal.value.field == "test.labels"


def test_run__client_brings_another_test_set__size_of_the_declared_one_is_not_asked(
    digits_weights: Any, digits: Any
) -> None:
    job = digits_weights.job(own=True)
    digits_weights.files["test"].write_bytes(dataset.encode(digits.inputs[:50], digits.labels[:50]))
    assert sum(run(job)[f"support_{c}"] for c in range(10)) == 50


@pytest.mark.parametrize("role", ["weights", "train", "test"])
def test_run__file_of_another_size_than_declared__refused(digits_weights: Any, role: str) -> None:
    place = digits_weights.document["training_set" if role == "train" else role]
    place["bytes"] += 1
    with pytest.raises(SpecError) as refusal:
        digits_weights.run()
    assert (refusal.value.code, refusal.value.field) == ("wrong-size", f"{role}.bytes")


def test_run__training_set_malformed__refused_though_only_overlap_needs_it(digits_weights: Any) -> None:
    digits_weights.put("train", b"nonsense")
    with pytest.raises(SpecError) as refusal:
        digits_weights.run()
    assert refusal.value.field == "train"


@pytest.mark.parametrize("own", [False, True])
def test_run__logits_overflow__refused(linear: Callable[..., Any], own: bool) -> None:
    bench = linear([[1e308, 1e308], [0, 0]], [[10.0, 10.0]] * 3, [0, 0, 1])
    with pytest.raises(SpecError) as refusal:
        bench.run(own=own)
    assert (refusal.value.code, refusal.value.culprit) == ("logits-not-finite", "client" if own else "supplier")


def test_run__single_sample__scored(linear: Callable[..., Any]) -> None:
    assert derive(linear(np.eye(2), [[1.0, 0.0]], [0]).run())["accuracy"].value == 1


def test_run__seed_of_wrong_length__our_own_bug(digits_weights: Any) -> None:
    with pytest.raises(AssertionError, match="32 bytes"):
        digits_weights.run(b"short")


def test_torch_free_modules__imported_alone__torch_is_not_loaded() -> None:
    """Clients and nodes read manifests, metrics and claims without the oracle's libraries."""
    modules = "manifest, claims, metrics, architecture"
    code = (
        f"import sys; from assay_oracles.audits.whitebox import {modules}; "
        "assert not {'torch', 'safetensors', 'sklearn'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
