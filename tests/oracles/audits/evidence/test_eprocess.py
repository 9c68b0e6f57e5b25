"""E-processes: exact expectations, bettors who stop when it suits them best, intervals read at any time."""

from itertools import product

import numpy as np
import pytest
from assay_oracles.audits.benchmark.fixed import mcnemar
from assay_oracles.audits.evidence.eprocess import (
    coin_e_value,
    confidence_sequence,
    fair_coin,
    mean_below,
    mean_e_value,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, multinomial

REPLAYS = 2000
AT_MOST = {0.05: 131, 0.01: 35}  # more than 3 standard deviations above the level

counts = st.integers(0, 400)


@pytest.mark.parametrize("tosses", [0, 1, 7, 60, 400])
def test_fair_coin__mean_over_fair_tosses__is_one(tosses: int) -> None:
    heads = np.arange(tosses + 1)
    assert binom.pmf(heads, tosses, 0.5) @ fair_coin(heads, tosses - heads) == pytest.approx(1)


@pytest.mark.parametrize("chance", [0.0, 0.2, 0.49])
def test_fair_coin__mean_over_tosses_that_favour_tails__below_one(chance: float) -> None:
    heads = np.arange(61)
    assert binom.pmf(heads, 60, chance) @ fair_coin(heads, 60 - heads) < 1


@pytest.mark.parametrize("alpha", sorted(AT_MOST))
def test_fair_coin__stopped_at_its_best_moment__false_alarms_within_the_level(alpha: float) -> None:
    """The stopping rule of an adversary: any time within 2,000 discordant pairs."""
    heads = np.cumsum(np.random.default_rng(1).random((REPLAYS, 2000), dtype=np.float32) < 0.5, axis=1, dtype=np.int32)
    tosses = np.arange(1, 2001)
    # By k tosses only the least number of heads that rejects matters; finding it once saves 4 million capitals.
    least = [int(np.searchsorted(fair_coin(np.arange(k + 1), k - np.arange(k + 1)), 1 / alpha)) for k in tosses]
    alarms = int((heads >= np.array(least)).any(axis=1).sum())
    assert 0 < alarms <= AT_MOST[alpha]


def test_mcnemar__stopped_at_its_best_moment__breaks_its_level() -> None:
    """The attack that the e-process withstands works on a fixed-size test, so the test above can fail."""
    heads = np.cumsum(np.random.default_rng(1).random((200, 300)) < 0.5, axis=1)
    least = [next(k for k in range(n + 2) if mcnemar(k, n - k).exact <= 0.05) for n in range(1, 301)]
    assert (heads >= np.array(least)).any(axis=1).mean() > 0.15


@given(counts, counts)
def test_fair_coin__one_more_head__never_lowers_the_capital(heads: int, tails: int) -> None:
    assert fair_coin(heads + 1, tails) >= fair_coin(heads, tails) >= fair_coin(heads, tails + 1) > 0


@given(counts, counts, counts, st.sampled_from([0.02, 0.1]))
def test_e_values__remembered__are_those_of_the_counts(one: int, two: int, three: int, margin: float) -> None:
    assert coin_e_value(one, two) == fair_coin(one, two)
    seen = (one, two, three)
    assert mean_e_value(margin, (1.0, 0.0, -1.0), seen, 1.0) == mean_below(margin, (1.0, 0.0, -1.0), seen, 1.0)


def test_fair_coin__a_million_heads__stays_finite() -> None:
    assert np.isfinite(fair_coin(10**6, 0))
    assert fair_coin(0, 10**6) >= 0


@pytest.mark.parametrize(("worse", "better"), [(0.02, 0.0), (0.05, 0.03), (0.51, 0.49), (0.3, 0.1)])
def test_mean_below__mean_at_the_margin_or_above__mean_capital_at_most_one(worse: float, better: float) -> None:
    total = 0.0
    for lost, gained in product(range(13), repeat=2):
        if lost + gained <= 12:
            cell = (lost, 12 - lost - gained, gained)
            chance = multinomial.pmf(cell, 12, (worse, 1 - worse - better, better))
            total += chance * float(mean_below(0.02, (1.0, 0.0, -1.0), cell, 1.0))
    assert total <= 1 + 1e-9


@pytest.mark.parametrize("alpha", sorted(AT_MOST))
@pytest.mark.parametrize(("worse", "better"), [(0.02, 0.0), (0.03, 0.01)])
def test_mean_below__gap_of_the_margin_stopped_at_its_best_moment__false_passes_within_the_level(
    worse: float, better: float, alpha: float
) -> None:
    draws = np.random.default_rng(2).random((REPLAYS, 1000))
    lost = np.cumsum(draws < worse, axis=1)
    gained = np.cumsum((draws >= worse) & (draws < worse + better), axis=1)
    asked = np.arange(1, 1001)
    looks = slice(4, None, 5)
    best = mean_below(
        0.02, (1.0, 0.0, -1.0), (lost[:, looks], (asked - lost - gained)[:, looks], gained[:, looks]), 1.0
    ).max(axis=1)
    assert 0 < (best >= 1 / alpha).sum() <= AT_MOST[alpha]


@given(st.integers(0, 60), st.integers(0, 300), st.integers(0, 60), st.floats(-0.99, 0.99))
def test_confidence_sequence__any_counts__holds_exactly_the_means_that_no_bet_rejects(
    lost: int, same: int, gained: int, mean: float
) -> None:
    values, seen = (1.0, 0.0, -1.0), (lost, same, gained)
    low, high = confidence_sequence(values, seen, -1.0, 1.0, 0.05)
    assert -1 <= low <= high <= 1
    if sum(seen):
        assert low <= (lost - gained) / sum(seen) <= high
    above = mean_below(mean, values, seen, 1.0) >= 40
    below = mean_below(-mean, (-1.0, 0.0, 1.0), seen, 1.0) >= 40
    if abs(mean - low) > 1e-6 and abs(mean - high) > 1e-6:
        assert (low <= mean <= high) == (not above and not below)


@pytest.mark.parametrize("seen", [(3, 200, 1), (0, 50, 0), (40, 5, 30)])
def test_confidence_sequence__its_ends__are_where_each_side_rejects_at_half_of_alpha(
    seen: tuple[int, int, int],
) -> None:
    values = (1.0, 0.0, -1.0)
    low, high = confidence_sequence(values, seen, -1.0, 1.0, 0.05)
    assert mean_below(high, values, seen, 1.0) == pytest.approx(40, rel=1e-3)
    assert mean_below(-low, (-1.0, 0.0, 1.0), seen, 1.0) == pytest.approx(40, rel=1e-3)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_confidence_sequence__read_when_it_is_most_wrong__holds_the_share(share: float) -> None:
    """Misses at any of 1,000 times; Clopper-Pearson at 95 % would miss in about a quarter of the replays."""
    hits = np.cumsum(np.random.default_rng(3).random((400, 1000)) < share, axis=1)
    asked = np.arange(1, 1001)
    above = mean_below(share, (0.0, 1.0), (asked - hits, hits), 1.0).max(axis=1) >= 40
    below = mean_below(-share, (0.0, -1.0), (asked - hits, hits), 0.0).max(axis=1) >= 40
    assert (above | below).mean() <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


def test_confidence_sequence__nothing_seen__everything_possible() -> None:
    assert confidence_sequence((0.0, 1.0), (0, 0), 0.0, 1.0, 0.05) == (0.0, 1.0)
