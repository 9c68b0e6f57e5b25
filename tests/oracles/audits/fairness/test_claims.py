"""Claims on fairness metrics: judged by the whole interval, never by the point alone."""

import pytest
from assay_oracles.audits.claims import Claim, Op, State
from assay_oracles.audits.fairness.claims import judge
from assay_oracles.audits.fairness.metrics import CLAIMABLE, derive, group_metrics

GAP = "demographic_parity_difference"
COMPAS = (1139, 349, 461, 505, 990, 805, 532, 1369)  # selection rates 0.3480 and 0.5882
LOW, HIGH = derive(COMPAS)[GAP].min, derive(COMPAS)[GAP].max


def claim(op: Op, bound: float, tolerance: float = 0.0) -> Claim:
    return Claim(GAP, op, round(bound * 1e6), round(tolerance * 1e6))


@pytest.mark.parametrize(
    ("op", "bound", "tolerance", "state"),
    [
        ("<=", 0.30, 0.0, "kept"),
        ("<=", 0.25, 0.0, "undecided"),  # the point alone, 0.2402, would keep it
        ("<=", 0.23, 0.0, "undecided"),  # the point alone would break it
        ("<=", 0.10, 0.0, "broken"),
        ("<=", 0.10, 0.2, "kept"),
        (">=", 0.10, 0.0, "kept"),
        (">=", 0.40, 0.0, "broken"),
    ],
)
def test_judge__compas__decided_only_where_the_whole_interval_agrees(
    op: Op, bound: float, tolerance: float, state: State
) -> None:
    found = judge(claim(op, bound, tolerance), COMPAS)
    assert found.state == state
    assert found.verified == group_metrics(COMPAS)[GAP]


def test_judge__bound_just_inside_and_outside_the_interval__flips() -> None:
    assert LOW is not None
    assert HIGH is not None
    assert judge(claim("<=", HIGH + 2e-6), COMPAS).state == "kept"
    assert judge(claim("<=", HIGH - 2e-6), COMPAS).state == "undecided"
    assert judge(claim("<=", LOW + 2e-6), COMPAS).state == "undecided"
    assert judge(claim("<=", LOW - 2e-6), COMPAS).state == "broken"


def test_judge__a_handful_of_rows_without_any_gap__keeps_no_promise() -> None:
    assert judge(claim("<=", 0.1), (3, 3, 3, 3, 3, 3, 3, 3)).state == "undecided"


def test_judge__undefined_metric__undecided_without_a_value() -> None:
    found = judge(Claim("equal_opportunity_difference", "<=", 100_000, 0), (10, 5, 0, 0, 10, 5, 5, 10))
    assert (found.state, found.verified) == ("undecided", None)


def test_judge__unbounded_quotient__has_no_upper_value_in_json() -> None:
    metric = derive((10, 1, 9, 10, 10, 9, 1, 10))["treatment_equality_difference"]
    assert metric.to_json()["max"] is None or metric.to_json()["max"] < 1e9


def test_claimable__every_metric__has_a_name_that_the_registry_can_hold() -> None:
    assert len(CLAIMABLE) == 11
    assert all(len(name) <= 31 for name in CLAIMABLE)
