"""Fixed-size tests against scipy's and against each other."""

import pytest
from assay_oracles.audits.benchmark.fixed import agreement_bound, mcnemar, unpaired
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

counts = st.integers(0, 200)


@given(counts, counts)
def test_mcnemar__any_counts__exact_is_the_sign_test(worse: int, better: int) -> None:
    p = mcnemar(worse, better)
    if worse + better:
        assert p.exact == pytest.approx(binomtest(worse, worse + better, alternative="greater").pvalue)
    assert 0 <= p.mid_p <= p.exact <= 1 + 1e-12


@given(counts, counts)
def test_mcnemar__both_directions__mid_p_values_add_to_one(worse: int, better: int) -> None:
    assert mcnemar(worse, better).mid_p + mcnemar(better, worse).mid_p == pytest.approx(1)


def test_unpaired__same_gap__is_weaker_than_paired() -> None:
    assert unpaired(950, 1000, 970, 1000) > mcnemar(25, 5).exact
    assert unpaired(500, 1000, 700, 1000) < 1e-9
    assert unpaired(970, 1000, 950, 1000) > 0.95


def test_agreement_bound__59_answers_alike__less_than_5_percent_differ() -> None:
    assert agreement_bound(0, 59, 0.05) < 0.05 < agreement_bound(0, 58, 0.05)
    assert agreement_bound(1, 59, 0.05) > 0.05
