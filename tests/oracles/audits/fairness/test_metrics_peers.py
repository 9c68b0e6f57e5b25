"""Metrics against fairlearn and AIF360 on real predictions: COMPAS with two and with all six races, and Adult.

Every metric is compared with at least one of the two. Neither names treatment equality: it is taken from AIF360's
counts.
"""

import csv
import warnings
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from assay_oracles.audits.fairness.metrics import RATES, confusions, group_metrics
from sklearn.metrics import accuracy_score, precision_score

from benchmarks.adult import write_scores
from benchmarks.datasets import Dataset

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # AIF360 tells which of its optional parts are not installed
    import fairlearn.metrics as fairlearn
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

RACES = ("Caucasian", "African-American", "Hispanic", "Other", "Asian", "Native American")


@dataclass(frozen=True)
class Predictions:
    """Real rows: group, actual label and prediction, each of shape (n,)."""

    group: np.ndarray
    actual: np.ndarray
    predicted: np.ndarray

    @property
    def groups(self) -> int:
        return int(self.group.max()) + 1

    @property
    def counts(self) -> list[int]:
        return np.bincount(4 * self.group + 2 * self.actual + self.predicted, minlength=4 * self.groups).tolist()

    def peer(self, one: int, other: int) -> ClassificationMetric:
        """What AIF360 knows of two groups, the first of them unprivileged."""
        frame = pd.DataFrame({"group": self.group, "label": self.actual}).astype(float)
        truth = BinaryLabelDataset(df=frame, label_names=["label"], protected_attribute_names=["group"])
        guess = truth.copy()
        guess.labels = self.predicted.reshape(-1, 1).astype(float)
        return ClassificationMetric(truth, guess, [{"group": float(one)}], [{"group": float(other)}])


def compas(path, races) -> Predictions:
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["race"] in races]
    return Predictions(
        np.array([races.index(row["race"]) for row in rows]),
        np.array([int(row["two_year_recid"]) for row in rows]),
        np.array([int(int(row["decile_score"]) >= 5) for row in rows]),
    )


@pytest.fixture(scope="module", params=["compas, two races", "compas, six races", "adult"])
def predictions(request, dataset, tmp_path_factory) -> Predictions:
    if request.param != "adult":
        return compas(dataset(Dataset.COMPAS), RACES if "six" in request.param else RACES[:2])
    dataset(Dataset.ADULT_TRAIN)
    path = tmp_path_factory.mktemp("adult") / "scores.csv"
    write_scores(path)
    frame = pd.read_csv(path)
    return Predictions(
        (frame["sex"] == "Male").to_numpy(int), frame["income"].to_numpy(), (frame["score"] >= 0.5).to_numpy(int)
    )


def test_metrics__real_predictions__are_those_of_fairlearn(predictions):
    rows = {"y_true": predictions.actual, "y_pred": predictions.predicted, "sensitive_features": predictions.group}
    precision = fairlearn.MetricFrame(metrics=precision_score, **rows)
    accuracy = fairlearn.MetricFrame(metrics=accuracy_score, **rows)
    expected = {
        "demographic_parity_difference": fairlearn.demographic_parity_difference(**rows),
        "demographic_parity_ratio": fairlearn.demographic_parity_ratio(**rows),
        "equal_opportunity_difference": fairlearn.equal_opportunity_difference(**rows),
        "equalised_odds_difference": fairlearn.equalized_odds_difference(**rows),
        "false_positive_rate_difference": fairlearn.false_positive_rate_difference(**rows),
        "false_negative_rate_difference": fairlearn.false_negative_rate_difference(**rows),
        "predictive_parity_difference": precision.difference(),
        "accuracy_difference": accuracy.difference(),
    }
    found = group_metrics(predictions.counts)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    if predictions.groups == 2:  # with more, fairlearn takes the mean of two differences that may be of different pairs
        assert found["average_odds_difference"] == pytest.approx(
            fairlearn.equalized_odds_difference(agg="mean", **rows), rel=1e-12
        )


def test_metrics__real_predictions__are_those_of_aif360_over_all_pairs(predictions):
    pairs = [predictions.peer(one, other) for one, other in combinations(range(predictions.groups), 2)]
    both_ways = [predictions.peer(one, other) for one, other in permutations(range(predictions.groups), 2)]

    def errors(pair, privileged):
        return pair.num_false_negatives(privileged) / pair.num_false_positives(privileged)

    expected = {
        "demographic_parity_difference": max(abs(pair.statistical_parity_difference()) for pair in pairs),
        "demographic_parity_ratio": min(pair.disparate_impact() for pair in both_ways),
        "equal_opportunity_difference": max(abs(pair.equal_opportunity_difference()) for pair in pairs),
        "equalised_odds_difference": max(abs(pair.equalized_odds_difference()) for pair in pairs),
        "average_odds_difference": max(pair.average_abs_odds_difference() for pair in pairs),
        "predictive_parity_difference": max(abs(pair.false_discovery_rate_difference()) for pair in pairs),
        "accuracy_difference": max(abs(pair.error_rate_difference()) for pair in pairs),
        "false_positive_rate_difference": max(abs(pair.false_positive_rate_difference()) for pair in pairs),
        "false_negative_rate_difference": max(abs(pair.false_negative_rate_difference()) for pair in pairs),
        "false_omission_rate_difference": max(abs(pair.false_omission_rate_difference()) for pair in pairs),
        "treatment_equality_difference": max(abs(errors(pair, True) - errors(pair, False)) for pair in pairs),
    }
    assert group_metrics(predictions.counts) == pytest.approx(expected, rel=1e-12)


def test_rates__real_predictions__are_those_of_aif360(predictions):
    for index, group in enumerate(confusions(predictions.counts)):
        pair = predictions.peer(index, (index + 1) % predictions.groups)
        expected = {
            "selection_rate": pair.selection_rate(False),
            "accuracy": pair.accuracy(False),
            "true_positive_rate": pair.true_positive_rate(False),
            "false_positive_rate": pair.false_positive_rate(False),
            "false_negative_rate": pair.false_negative_rate(False),
            "positive_predictive_value": pair.positive_predictive_value(False),
            "false_omission_rate": pair.false_omission_rate(False),
        }
        assert {name: rate(group).value for name, rate in RATES.items()} == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("empty", "undefined"),
    [
        ({"tp", "fn"}, {"true_positive_rate", "false_negative_rate"}),
        ({"tn", "fp"}, {"false_positive_rate"}),
        ({"tp", "fp"}, {"positive_predictive_value"}),
        ({"tn", "fn"}, {"false_omission_rate"}),
        ({"fp"}, set()),
    ],
    ids=["no positives", "no negatives", "nobody selected", "everybody selected", "no false positives"],
)
def test_metrics__a_group_with_empty_cells__undefined_exactly_where_nobody_is_in_a_denominator(
    empty, undefined, dataset
):
    real = compas(dataset(Dataset.COMPAS), RACES[:2])
    cells = [("tn", "fp", "fn", "tp").index(cell) for cell in empty]
    kept = (real.group == 1) | ~np.isin(2 * real.actual + real.predicted, cells)
    some = Predictions(real.group[kept], real.actual[kept], real.predicted[kept])
    group, peer, metrics = confusions(some.counts)[0], some.peer(0, 1), group_metrics(some.counts)
    # AIF360 calls some of these 0 and others nan, fairlearn all of them 0; its counts decide.
    of = {
        "true_positive_rate": peer.num_positives(False),
        "false_negative_rate": peer.num_positives(False),
        "false_positive_rate": peer.num_negatives(False),
        "positive_predictive_value": peer.num_pred_positives(False),
        "false_omission_rate": peer.num_pred_negatives(False),
    }
    assert {name for name, number in of.items() if not number} == undefined
    assert {name for name, rate in RATES.items() if rate(group).value is None} == undefined
    expected = {
        "equal_opportunity_difference": {"true_positive_rate"},
        "false_negative_rate_difference": {"false_negative_rate"},
        "false_positive_rate_difference": {"false_positive_rate"},
        "predictive_parity_difference": {"positive_predictive_value"},
        "false_omission_rate_difference": {"false_omission_rate"},
        "equalised_odds_difference": {"true_positive_rate", "false_positive_rate"},
        "average_odds_difference": {"true_positive_rate", "false_positive_rate"},
    }
    nowhere = {name for name, needs in expected.items() if needs & undefined}
    if not peer.num_false_positives(False):
        nowhere.add("treatment_equality_difference")
    assert {name for name, value in metrics.items() if value is None} == nowhere
