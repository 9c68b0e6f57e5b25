"""The join: the mean of e-processes keeps the level, silence blocks a pass and no fail."""

import numpy as np
import pytest
from assay_oracles.audits.evidence.eprocess import fair_coin
from assay_oracles.audits.evidence.method import MethodResult
from assay_oracles.audits.evidence.verdict import Rule, join
from hypothesis import given
from hypothesis import strategies as st

capitals = st.floats(0, 1e6)
spoken = st.builds(lambda e, p: MethodResult("m", 0.05, e, p), capitals, capitals)
silent = st.just(MethodResult("s", 0.05, silent="S signs nothing"))


@given(st.lists(spoken, min_size=1, max_size=6), st.floats(0.001, 0.999))
def test_join__any_methods__follows_the_design(methods: list[MethodResult], prior: float) -> None:
    verdict = join(methods, 0.05, prior)
    mean = sum(method.e_value for method in methods) / len(methods)
    assert verdict.e_value == pytest.approx(mean)
    assert verdict.p_cheat == pytest.approx(prior * mean / (prior * mean + 1 - prior))
    assert (verdict.verdict == "fail") == (verdict.e_value >= 20)
    if verdict.verdict != "fail":
        assert (verdict.verdict == "pass") == all(method.pass_e_value >= 20 for method in methods)


@given(st.lists(spoken, min_size=1, max_size=5), st.lists(silent, min_size=1, max_size=5))
def test_join__some_silent__never_blocks_a_fail_and_always_a_pass(
    methods: list[MethodResult], silent: list[MethodResult]
) -> None:
    without, verdict = join(methods), join([*silent, *methods])
    assert verdict.e_value == without.e_value
    assert (verdict.verdict == "fail") == (without.verdict == "fail")
    assert verdict.verdict != "pass"


def test_join__all_silent__says_nothing() -> None:
    verdict = join([MethodResult("s", 0.05, silent="no instance")], prior=0.3)
    assert (verdict.verdict, verdict.e_value, verdict.p_cheat) == ("inconclusive", 1.0, pytest.approx(0.3))


def test_join__spoken_method_that_saw_little__blocks_a_pass() -> None:
    passed = MethodResult("a", 0.05, pass_e_value=30.0)
    assert join([passed]).verdict == "pass"
    assert join([passed, MethodResult("b", 0.05, pass_e_value=19.9)]).verdict == "inconclusive"


def test_join__persistent_replay_difference_among_many__fails() -> None:
    assert join([MethodResult("replay", 0.05, 1000.0), *[MethodResult("m", 0.05, 0.0)] * 49]).verdict == "fail"


def test_join__nothing__refused() -> None:
    with pytest.raises(ValueError, match="no method"):
        join([])


@pytest.mark.parametrize(("prior", "alpha"), [(0.0, 0.05), (1.0, 0.05), (0.5, 0.0), (0.5, 1.0)])
def test_join__impossible_prior_or_level__refused(prior: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        join([MethodResult("m", 0.05)], alpha, prior)


def test_silence__after_a_bet__is_a_bug() -> None:
    with pytest.raises(AssertionError):
        MethodResult("m", 0.05, 0.3, silent="sour grapes")


def test_p_cheat__largest_e_value__stays_a_chance() -> None:
    assert join([MethodResult("m", 0.05, float(fair_coin(10**6, 0)))]).p_cheat == 1.0


@pytest.mark.parametrize("dependence", ["independent", "the same answers", "opposite answers"])
def test_mean__of_e_processes_stopped_at_its_best_moment__keeps_the_level(dependence: str) -> None:
    tosses = np.random.default_rng(4).random((2000, 300)) < 0.5
    other = {
        "independent": np.random.default_rng(5).random((2000, 300)) < 0.5,
        "the same answers": tosses,
        "opposite answers": ~tosses,
    }[dependence]
    asked = np.arange(1, 301)
    capitals = [fair_coin(heads, asked - heads) for heads in (np.cumsum(tosses, 1), np.cumsum(other, 1))]
    assert ((capitals[0] + capitals[1]) / 2 >= 20).any(axis=1).sum() <= 131


def test_mean__of_best_moments_of_each__would_break_the_level() -> None:
    """Why a method's e-value must be its capital now, or where it stopped, and never the highest that it had."""
    tosses = np.random.default_rng(6).random((2000, 2, 300)) < 0.5
    heads = np.cumsum(tosses, axis=2)
    peaks = np.maximum.accumulate(fair_coin(heads, np.arange(1, 301) - heads), axis=2)
    assert peaks[:, :, -1].mean() > 2


@pytest.mark.parametrize(("methods", "enough"), [(1, 20.0), (5, 100.0)])
def test_rule__several_methods__goes_on_until_one_alone_carries_the_mean(methods: int, enough: float) -> None:
    rule = Rule(0.05, methods)
    assert not rule.settled(enough - 1e-6, 19.9)
    assert rule.settled(enough, 0.0)
    assert rule.settled(0.0, 20.0)
