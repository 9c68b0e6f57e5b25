"""Planned numbers of queries against known values and simulations."""

import numpy as np
import pytest
from assay_oracles.audits.benchmark.fixed import mcnemar, unpaired
from assay_oracles.audits.benchmark.planning import (
    agreement_queries,
    betting_queries,
    mcnemar_power,
    mcnemar_queries,
    pass_queries,
    plan,
    unpaired_queries,
)
from assay_oracles.audits.evidence.eprocess import fair_coin, mean_below


def test_mcnemar_queries__the_gap_of_the_design__are_1077() -> None:
    assert mcnemar_queries(0.03, 0.01) == 1077


@pytest.mark.parametrize("mid_p", [False, True])
def test_mcnemar_power__planned_size__is_what_replays_find(mid_p: bool) -> None:
    worse, better, _ = np.random.default_rng(0).multinomial(1077, (0.03, 0.01, 0.96), 2000).T
    p = [mcnemar(w, b).mid_p if mid_p else mcnemar(w, b).exact for w, b in zip(worse, better, strict=True)]
    power = mcnemar_power(1077, 0.03, 0.01, mid_p=mid_p)
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(power, abs=4 * (power * (1 - power) / 2000) ** 0.5)
    assert power == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("worse", "better"), [(0.03, 0.01), (0.12, 0.02), (0.05, 0.03), (0.08, 0.0)])
def test_betting_queries__replays_without_a_cap__have_that_distribution(worse: float, better: float) -> None:
    """The walk's distribution is exact; simulated here with one geometric time and one toss a discordant pair."""
    random, replays = np.random.default_rng(1), 2000
    expected = betting_queries(worse, better)
    length = 20 + int(expected.mean * (worse + better) * 20)
    heads = np.cumsum(random.random((replays, length)) < worse / (worse + better), axis=1)
    least = [int(np.searchsorted(fair_coin(np.arange(k + 1), k - np.arange(k + 1)), 20)) for k in range(1, length + 1)]
    crossed = heads >= np.array(least)
    assert crossed.any(axis=1).all()
    tosses = crossed.argmax(axis=1) + 1
    queries = tosses + random.negative_binomial(tosses, worse + better)
    assert queries.mean() == pytest.approx(expected.mean, abs=4 * queries.std() / replays**0.5)
    assert (queries <= expected.median).mean() == pytest.approx(0.5, abs=0.06)
    assert (queries <= expected.percentile_95).mean() == pytest.approx(0.95, abs=0.025)


def test_betting_queries__gap_of_two_percent__mean_at_most_65_percent_of_mcnemar() -> None:
    assert betting_queries(0.03, 0.01).mean <= 0.65 * mcnemar_queries(0.03, 0.01)


@pytest.mark.parametrize(("worse", "better"), [(0.015, 0.005), (0.06, 0.01), (0.12, 0.02), (0.22, 0.02)])
def test_betting_queries__smaller_and_larger_gaps__mean_well_below_mcnemar(worse: float, better: float) -> None:
    assert betting_queries(worse, better).mean <= 0.7 * mcnemar_queries(worse, better)


def test_agreement_queries__5_percent_differ__are_59() -> None:
    assert agreement_queries(0.05) == 59
    found = (np.random.default_rng(2).random((4000, 59)) < 0.05).any(axis=1).mean()
    assert found == pytest.approx(1 - 0.95**59, abs=4 * (0.05 * 0.95 / 4000) ** 0.5)


def test_unpaired_queries__planned_size__has_the_power() -> None:
    asked = unpaired_queries(0.80, 0.90)
    provider, supplier = np.random.default_rng(3).binomial(asked, (0.80, 0.90), (500, 2)).T
    power = np.mean([unpaired(p, asked, s, asked) <= 0.05 for p, s in zip(provider, supplier, strict=True)])
    assert 0.93 <= power <= 0.985


def test_pass_queries__never_a_difference__are_the_first_that_reject_the_margin() -> None:
    asked = pass_queries()
    assert mean_below(0.02, (0.0,), (asked,), 1.0) >= 20 > mean_below(0.02, (0.0,), (asked - 1,), 1.0)
    assert asked < 200


def test_plan__gap_of_the_design__shows_every_way_of_testing() -> None:
    planned = plan(0.02, accuracy=0.95)
    assert (planned.mcnemar, planned.to_pass) == (1077, pass_queries())
    assert planned.agreement < planned.betting.median < planned.mcnemar < planned.unpaired


@pytest.mark.parametrize(("worse", "better"), [(0.01, 0.01), (0.01, 0.02), (-0.1, -0.2), (1.2, 0.0)])
def test_planning__no_gap__refused(worse: float, better: float) -> None:
    for planned in (mcnemar_queries, betting_queries):
        with pytest.raises(ValueError, match="no gap to find"):
            planned(worse, better)


def test_betting_queries__gap_too_small_to_plan__refused() -> None:
    with pytest.raises(ValueError, match="too many queries"):
        betting_queries(0.1001, 0.1)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_agreement_queries__impossible_share__refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        agreement_queries(share)
