"""Claims: kept, broken and undecided at both edges, on the declared test set and on the client's own."""

import pytest
from assay_oracles.audits.claims import Claim, Op, State
from assay_oracles.audits.intervals import clopper_pearson
from assay_oracles.audits.whitebox.claims import judge
from assay_oracles.audits.whitebox.metrics import lane_names
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest


def lanes(correct: int, total: int, **others: int) -> dict[str, int]:
    """Two classes, everything of class 0."""
    counts = dict.fromkeys(lane_names(2), 0)
    return counts | {"support_0": total, "predicted_0": total, "correct_0": correct} | others


EXACT = dict.fromkeys(lane_names(2), 0)


@pytest.mark.parametrize(
    ("op", "bound", "tolerance", "state"),
    [
        (">=", 950_000, 0, "kept"),
        (">=", 950_001, 0, "broken"),
        (">=", 950_001, 1, "kept"),
        (">=", 960_000, 10_000, "kept"),
        (">=", 960_001, 10_000, "broken"),
        ("<=", 950_000, 0, "kept"),
        ("<=", 949_999, 0, "broken"),
        ("<=", 949_999, 1, "kept"),
    ],
)
def test_judge__exact_lanes__decided_to_the_millionth(op: Op, bound: int, tolerance: int, state: State) -> None:
    found = judge(Claim("accuracy", op, bound, tolerance), lanes(342, 360), EXACT, own_test_set=False)
    assert (found.state, found.verified) == (state, 0.95)
    assert found.reason


@pytest.mark.parametrize(
    ("bound", "state"),
    [(930_000, "kept"), (930_001, "undecided"), (950_000, "undecided"), (970_000, "undecided"), (970_001, "broken")],
)
def test_judge__lanes_known_up_to_tolerance__undecided_inside_it(bound: int, state: State) -> None:
    tolerances = EXACT | {"correct_0": 2}
    found = judge(Claim("accuracy", ">=", bound, 0), lanes(95, 100), tolerances, own_test_set=False)
    assert found.state == state


@pytest.mark.parametrize(
    ("bound", "state"), [(100_010, "kept"), (100_009, "undecided"), (99_990, "undecided"), (99_989, "broken")]
)
def test_judge__fixed_point_at_most__tolerance_of_its_lane(bound: int, state: State) -> None:
    claim, tolerances = Claim("log_loss", "<=", bound, 0), EXACT | {"log_loss": 10}
    assert judge(claim, lanes(9, 10, log_loss=100_000), tolerances, own_test_set=False).state == state


def test_judge__undefined_metric__undecided() -> None:
    for metric in ("recall_1", "overlap"):
        found = judge(Claim(metric, ">=", 0, 0), lanes(9, 10), EXACT, own_test_set=False)
        assert (found.state, found.verified) == ("undecided", None)


@pytest.mark.parametrize(("bound", "state"), [(900_000, "kept"), (950_000, "undecided"), (985_000, "broken")])
def test_judge__own_test_set__confidence_interval_decides(bound: int, state: State) -> None:
    """950 of 1000: 95 % interval [0.9346, 0.9627]."""
    assert judge(Claim("accuracy", ">=", bound, 0), lanes(950, 1000), EXACT, own_test_set=True).state == state


def test_judge__own_test_set_that_is_small__undecided_where_the_declared_set_would_decide() -> None:
    claim, decided = Claim("accuracy", ">=", 800_000, 0), lanes(9, 10)
    assert judge(claim, decided, EXACT, own_test_set=False).state == "kept"
    assert judge(claim, decided, EXACT, own_test_set=True).state == "undecided"


@pytest.mark.parametrize("metric", ["log_loss", "calibration_error", "balanced_accuracy", "macro_f1"])
def test_judge__own_test_set_and_no_interval__undecided(metric: str) -> None:
    found = judge(Claim(metric, "<=", 10**9, 0), lanes(9, 10), EXACT, own_test_set=True)
    assert found.state == "undecided"
    assert found.verified is not None


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 3000), st.data())
def test_clopper_pearson__any_counts__equals_scipy(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    expected = binomtest(successes, trials).proportion_ci(0.95, method="exact")
    assert clopper_pearson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-9)
