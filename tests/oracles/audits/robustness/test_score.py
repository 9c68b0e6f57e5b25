"""Scores and their intervals."""

import numpy as np
import pytest
from assay_oracles.audits.robustness.score import Span, Tally, interval, score


@pytest.mark.parametrize(
    ("total", "starts", "expected"), [(50, 50, 9_900), (5_000, 50, 500_000), (50_000, 50, 909_090), (0, 0, 0)]
)
def test_score__known_counts__millionths_of_the_sigmoid_of_their_logarithm(total, starts, expected):
    assert Tally(starts, total, 0).score_micro == expected


def test_score__q_and_its_sigmoid__are_the_same_number():
    q = 37.0
    assert score(q) == pytest.approx(1 / (1 + np.exp(-np.log(q / 100))))


def test_interval__heavy_tails_and_many_looks__covers_at_every_moment():
    """200 experiments of up to 50 starts, looked at after every tenth: at most 5 % may ever miss the true score."""
    random, truth = np.random.default_rng(0), 0.9 * 20 + 0.1 * 1000
    missed = 0
    for _ in range(200):
        times = np.where(random.random(50) < 0.1, 1000, 20)
        looks = [interval([[Span(t, t)] for t in times[:n].tolist()], 1000, 0.05) for n in (10, 20, 30, 40, 50)]
        missed += any(not low <= score(truth) <= high for low, high in looks)
    assert missed <= 16  # 10 expected at most; more than 16 has a chance of 2 % at exactly 5 %


def test_interval__unfinished_starts__contains_what_they_may_become():
    unknown = interval([[Span(5, 100)]] * 20, 100, 0.05)
    for value in (5, 100):
        known = interval([[Span(value, value)]] * 20, 100, 0.05)
        assert unknown[0] <= known[0]
        assert unknown[1] >= known[1]


def test_interval__nothing_begun__everything():
    assert interval([], 1000, 0.05) == (score(1), score(1000))


def test_interval__all_classes_together__narrower_than_one():
    random = np.random.default_rng(1)
    rounds = [[Span(t, t) for t in random.integers(1, 1000, 10).tolist()] for _ in range(50)]
    low, high = interval(rounds, 1000, 0.05)
    alone_low, alone_high = interval([one[:1] for one in rounds], 1000, 0.05)
    assert high - low < alone_high - alone_low
