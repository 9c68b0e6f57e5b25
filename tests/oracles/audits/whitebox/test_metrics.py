"""Derived metrics against scikit-learn's, their spread, and lanes that policies can carry."""

from typing import Any

import numpy as np
import pytest
from assay_chain.policies import load_standard
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import metrics
from assay_oracles.audits.whitebox.metrics import derive, derive_within, lane_names, lanes
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)


def vote(labels: Any, predicted: Any, classes: int, robust: int = 0, overlap: int = 0) -> dict[str, int]:
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    counts = [np.bincount(values, minlength=classes) for values in (labels, predicted, predicted[labels == predicted])]
    numbers = [int(n) for column in counts for n in column]
    return dict(zip(lane_names(classes), [*numbers, 250_000, 31_250, robust, overlap, 2**31, 2**31], strict=True))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_derive__any_predictions__equal_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = zip(*pairs, strict=True)
    found = derive(vote(labels, predicted, 4))
    assert found["accuracy"].value == pytest.approx(accuracy_score(labels, predicted))
    with np.errstate(all="ignore"):
        assert found["macro_f1"].value == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))
    if set(predicted) <= set(labels):  # scikit-learn warns otherwise
        assert found["balanced_accuracy"].value == pytest.approx(balanced_accuracy_score(labels, predicted))
    kinds = {"recall": (recall_score, labels), "precision": (precision_score, predicted)}
    for kind, (score, denominators) in kinds.items():
        expected = score(labels, predicted, average=None, labels=range(4), zero_division=0)
        for label in range(4):
            value = found[f"{kind}_{label}"].value
            assert value == (pytest.approx(expected[label]) if label in denominators else None)


def test_derive__fixed_point_and_counts__in_their_units() -> None:
    found = derive(vote([0, 1, 1, 0], [0, 1, 0, 0], 2, robust=3, overlap=2))
    assert (found["log_loss"].value, found["log_loss"].unit) == (0.25, "nats")
    assert found["calibration_error"].value == 0.03125
    assert (found["robust_accuracy"].value, found["robust_accuracy"].ratio) == (0.75, (3, 4))
    assert (found["overlap"].value, found["overlap"].unit, found["overlap"].scale) == (1, "samples", 0)


def test_derive__nothing_predicted_or_declared__none_and_never_nan() -> None:
    found = derive(vote([0, 0], [0, 0], 3))
    for name in ("recall_1", "precision_2", "overlap"):
        metric = found[name]
        assert (metric.value, metric.min, metric.max) == (None, None, None)
    assert found["balanced_accuracy"].value == 1
    empty = derive(dict.fromkeys(lane_names(2), 0))
    assert empty["accuracy"].value is None
    assert empty["macro_f1"].value is None


def test_to_json__public_keys__rounded_to_scale() -> None:
    metric = derive(vote([0, 1, 1], [0, 1, 0], 2))["accuracy"]
    assert metric.to_json() == {"value": 0.666667, "unit": "ratio", "scale": 6, "min": 0.666667, "max": 0.666667}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_derive__any_vote_within_the_spread__metrics_within_min_and_max(data: st.DataObject) -> None:
    names = lane_names(3)
    draw = lambda most: data.draw(st.integers(0, most))  # noqa: E731
    decided, low, high = {}, {}, {}
    for name in names:
        low[name] = draw(20)
        high[name] = low[name] + draw(5)
        decided[name] = low[name] + draw(high[name] - low[name])
    found = derive(decided, low, high)
    for label in range(3):
        for kind in ("support", "predicted"):
            decided[f"{kind}_{label}"] = max(decided[f"{kind}_{label}"], decided[f"correct_{label}"])
    for name, metric in derive(decided, low, high).items():
        if metric.value is not None and all(low[n] <= decided[n] <= high[n] for n in names):
            assert metric.min is not None
            assert metric.max is not None
            assert metric.min - 1e-12 <= metric.value <= metric.max + 1e-12, name
    assert found.keys() == metrics.claimable(3)


def test_derive__spread_of_one_count__propagated_to_its_metrics_only() -> None:
    decided = vote([0] * 50 + [1] * 50, [0] * 40 + [1] * 60, 2)
    low, high = dict(decided), dict(decided)
    low["correct_0"], high["correct_0"] = 39, 41
    found = derive(decided, low, high)
    assert (found["accuracy"].min, found["accuracy"].max) == (0.89, 0.91)
    assert (found["recall_0"].min, found["recall_0"].max) == (0.78, 0.82)
    assert (found["precision_0"].min, found["precision_0"].max) == (0.975, 1.0)
    assert (found["recall_1"].min, found["recall_1"].max) == (1.0, 1.0)


def test_derive_within__tolerances__widen_every_lane() -> None:
    decided = vote([0] * 50 + [1] * 50, [0] * 40 + [1] * 60, 2)
    tolerances = dict.fromkeys(decided, 0) | {"correct_1": 2, "log_loss": 100}
    found = derive_within(decided, tolerances)
    assert (found["accuracy"].min, found["accuracy"].max) == (0.88, 0.92)
    assert (found["log_loss"].min, found["log_loss"].max) == (0.2499, 0.2501)


@pytest.mark.parametrize("classes", [2, 10, metrics.MAX_CLASSES])
def test_lanes__any_class_count__fit_a_policy(classes: int) -> None:
    found = lanes(classes)
    assert len(found) == 3 * classes + 6 <= 96
    assert len({lane.name for lane in found}) == len(found)
    assert all(len(lane.name.encode()) <= 31 and 0 <= lane.maximum < 2**32 for lane in found)
    assert all(len(name) <= 31 for name in metrics.claimable(classes))


def test_check_lanes__policy_for_other_classes__the_clients_fault() -> None:
    metrics.check_lanes(lane_names(10), 10)
    with pytest.raises(SpecError) as refusal:
        metrics.check_lanes(lane_names(10), 2)
    assert refusal.value.culprit == "client"
    assert "whitebox-2" in refusal.value.hint


@pytest.mark.parametrize("spec", [s for s in load_standard() if s.name.startswith("whitebox")], ids=lambda s: s.name)
def test_standard_policies__whitebox__carry_exactly_these_lanes(spec: Any) -> None:
    classes = (len(spec.lanes) - 6) // 3
    assert [(s.name, s.unit, s.decimals, s.offset, s.maximum) for s in spec.lanes] == [
        (lane.name, lane.unit, lane.decimals, lane.offset, lane.maximum) for lane in lanes(classes)
    ]
    names = lane_names(classes)
    assert {(names[i], names[j]) for i, j in spec.orders} == set(metrics.orders(classes))
