"""Metrics from counts, against the definitions applied to rows one by one."""

from math import inf

import numpy as np
import pytest
from assay_oracles.audits.fairness.metrics import RATES, Rate, confusions, group_intervals, group_metrics
from assay_oracles.audits.fairness.release import Release
from hypothesis import given, settings
from hypothesis import strategies as st

COMPAS = (1139, 349, 461, 505, 990, 805, 532, 1369)  # Caucasian, African-American; score >= 5 (ProPublica)


def rows(counts):
    k = np.repeat(np.arange(len(counts)), counts)
    return k // 4, k // 2 % 2, k % 2


def mean(values):
    return float(values.mean()) if len(values) else None


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5).flatmap(lambda g: st.lists(st.integers(0, 30), min_size=4 * g, max_size=4 * g)))
def test_metrics__any_counts__are_the_definitions_on_rows(counts):
    group, actual, predicted = rows(counts)
    groups = [group == index for index in range(len(counts) // 4)]

    def difference(select, hit):
        rates = [mean(hit[mask & select]) for mask in groups]
        return None if None in rates else max(rates) - min(rates)

    everything = np.ones(len(group), dtype=bool)
    expected = {
        "demographic_parity_difference": difference(everything, predicted == 1),
        "accuracy_difference": difference(everything, predicted == actual),
        "equal_opportunity_difference": difference(actual == 1, predicted == 1),
        "false_positive_rate_difference": difference(actual == 0, predicted == 1),
        "false_negative_rate_difference": difference(actual == 1, predicted == 0),
        "predictive_parity_difference": difference(predicted == 1, actual == 1),
        "false_omission_rate_difference": difference(predicted == 0, actual == 1),
    }
    found, intervals = group_metrics(counts), group_intervals(counts)
    assert found.keys() == intervals.keys()
    for name, value in expected.items():
        assert found[name] == (None if value is None else pytest.approx(value)), name
    for name, value in found.items():
        bounds = intervals[name]
        assert (bounds is None) == (value is None), name
        if bounds is not None and value is not None:
            assert bounds[0] - 1e-12 <= value <= bounds[1] + 1e-12, name


def test_metrics__compas__the_published_rates():
    white, black = confusions(COMPAS)
    assert RATES["false_positive_rate"](black).value == pytest.approx(0.4485, abs=5e-5)
    assert RATES["false_negative_rate"](black).value == pytest.approx(0.2799, abs=5e-5)
    assert RATES["false_positive_rate"](white).value == pytest.approx(0.2345, abs=5e-5)
    assert RATES["false_negative_rate"](white).value == pytest.approx(0.4772, abs=5e-5)
    metrics, intervals = group_metrics(COMPAS), group_intervals(COMPAS)
    assert metrics["equalised_odds_difference"] == pytest.approx(0.2139, abs=1e-4)
    assert metrics["average_odds_difference"] == pytest.approx((0.2139 + 0.1973) / 2, abs=1e-4)
    assert metrics["demographic_parity_ratio"] == pytest.approx((854 / 2454) / (2174 / 3696), abs=1e-9)
    assert metrics["treatment_equality_difference"] == pytest.approx(461 / 349 - 532 / 805)
    low, high = intervals["false_positive_rate_difference"] or (0, 0)
    assert 0.15 < low < 0.2139 < high < 0.28


def test_metrics__a_group_without_rows__undefined_and_never_a_crash():
    metrics = group_metrics((3, 1, 2, 4, 0, 0, 0, 0))
    assert set(metrics.values()) == {None}
    assert set(group_intervals((3, 1, 2, 4, 0, 0, 0, 0)).values()) == {None}


def test_metrics__nobody_selected__ratio_undefined_and_difference_zero():
    metrics = group_metrics((5, 0, 5, 0, 5, 0, 5, 0))
    assert metrics["demographic_parity_ratio"] is None
    assert metrics["demographic_parity_difference"] == 0


def test_interval__one_false_positive__treatment_equality_has_no_upper_bound():
    bounds = group_intervals((5, 1, 0, 5, 5, 1, 9, 5))["treatment_equality_difference"]
    assert bounds is not None
    assert bounds[1] < inf or bounds[0] >= 0


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 10, 0, 0.3085), (10, 10, 0.6915, 1), (8, 20, 0.1912, 0.6395)]
)
def test_rate__interval__is_clopper_and_pearsons(hits, of, low, high):
    assert Rate(hits, of).interval == pytest.approx((low, high), abs=5e-5)


def test_interval__many_samples__covers_the_truth_at_least_19_in_20():
    generator, truth = np.random.default_rng(3), np.array([0.3, 0.1, 0.05, 0.05, 0.2, 0.1, 0.1, 0.1])
    expected = group_metrics([int(p * 10_000) for p in truth])
    missed = dict.fromkeys(expected, 0)
    for _ in range(200):
        for name, bounds in group_intervals(generator.multinomial(300, truth).tolist()).items():
            value = expected[name]
            if bounds is not None and value is not None:
                missed[name] += not bounds[0] <= value <= bounds[1]
    assert max(missed.values()) <= 18, missed  # 10 expected at exactly 95 %


def test_release__minimum_n_and_cell__judged_on_real_rows():
    assert Release().violation((1, 1, 0, 0, 0, 0, 0, 0)) == ""
    assert "fewer than the minimum of 100" in Release(minimum_n=100).violation((1,) * 8)
    assert "permutation 2 has 4 rows" in Release(minimum_cell=5).violation((9, 9, 4, 9, 9, 9, 9, 9))
    assert Release(1000, 300).violation(COMPAS) == ""


def test_group_intervals__nobody_selected__no_interval_for_the_undefined_ratio() -> None:
    counts = [5, 0, 5, 0, 5, 0, 5, 0]
    assert group_metrics(counts)["demographic_parity_ratio"] is None
    assert group_intervals(counts)["demographic_parity_ratio"] is None
