"""Blocks, counts, evenness and pooling: what an audit of a service rests on."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.service import sla as agreements
from assay_oracles.audits.service.block import draw, size
from assay_oracles.audits.service.homogeneity import p_value, uneven
from assay_oracles.audits.service.lanes import NAMES, Counts, check_lanes, decode, encode
from assay_oracles.audits.service.pooling import Run, pool
from assay_oracles.audits.service.sla import Observation
from assay_oracles.audits.service.tally import predicted, vote
from assay_oracles.audits.whitebox import metrics as whitebox
from hypothesis import given
from hypothesis import strategies as st

SEED = bytes(range(32))
ROW = [0.1, 0.7, 0.2]


@given(
    samples=st.integers(1, 500),
    roster=st.integers(1, 31),
    most=st.integers(1, 40),
    seed=st.binary(min_size=32, max_size=32),
)
def test_draw__every_roster__blocks_are_disjoint_and_alike_in_size(
    samples: int, roster: int, most: int, seed: bytes
) -> None:
    if samples < roster:
        with pytest.raises(SpecError) as refusal:
            size(samples, roster, most)
        assert (refusal.value.code, refusal.value.culprit) == ("too-few-samples", "client")
        return
    blocks = [draw(seed, samples, position, roster, most) for position in range(roster)]
    assert {len(block) for block in blocks} == {min(most, samples // roster)}
    everything = [index for block in blocks for index in block]
    assert len(set(everything)) == len(everything)
    assert set(everything) <= set(range(samples))


def test_draw__many_seeds__every_sample_is_as_likely_as_any_other() -> None:
    hits = np.zeros(20)
    for number in range(2000):
        hits[list(draw(number.to_bytes(32, "big"), 20, 1, 2, 5))] += 1
    assert hits.sum() == 10_000
    assert abs(hits - 500).max() < 5 * math.sqrt(500)


def test_draw__test_vector__never_changes() -> None:
    """Oracles of different versions must not ask about each other's inputs."""
    assert draw(SEED, 12, 0, 3, 4) + draw(SEED, 12, 1, 3, 4) + draw(SEED, 12, 2, 3, 4) == VECTOR


VECTOR = (1, 2, 4, 5, 10, 0, 8, 3, 7, 9, 6, 11)


@st.composite
def halves(draw_: st.DrawFn) -> tuple[Counts, Counts]:
    asked, is_open, late = draw_(st.integers(1, 100)), draw_(st.booleans()), draw_(st.integers(0, 3))

    def half(queries: int) -> Counts:
        answered = draw_(st.integers(0, queries))
        some = st.integers(0, answered)
        lates = sorted((draw_(st.integers(queries - answered, queries)) for _ in range(late)), reverse=True)
        return Counts(queries, answered, draw_(some), draw_(some) if is_open else None, tuple(lates))

    return half((asked + 1) // 2), half(asked // 2)


@given(halves())
def test_lanes__any_counts__come_back_and_keep_their_order(counts: tuple[Counts, Counts]) -> None:
    lanes = encode(counts)
    assert tuple(lanes) == NAMES
    assert decode(lanes) == counts
    for half in ("first", "second"):
        assert lanes[f"{half}_correct"] <= lanes[f"{half}_answered"] <= lanes["asked"]
        assert lanes[f"{half}_late_2"] <= lanes[f"{half}_late_1"] <= lanes[f"{half}_late_0"]


def test_check_lanes__policies_of_other_audits__refused_at_the_clients_cost() -> None:
    check_lanes(NAMES, 10, both=False)
    check_lanes((*whitebox.lane_names(10), *NAMES), 10, both=True)
    for names, classes, both in (
        (NAMES, 10, True),
        ((*whitebox.lane_names(10), *NAMES), 10, False),
        ((*whitebox.lane_names(10), *NAMES), 9, True),
        (NAMES[:-1], 10, False),
        (NAMES[::-1], 10, False),
    ):
        with pytest.raises(SpecError) as refusal:
            check_lanes(names, classes, both=both)
        assert refusal.value.culprit == "client"


@pytest.mark.parametrize(
    ("document", "label"),
    [
        ({"probs": [ROW]}, 1),
        ({"probs": [[0.5, 0.5, 0.0]]}, 0),
        ({"probs": [[0, 0, 1]], "model": "m", "meta": 1}, 2),
        ({"probs": [[*ROW[:2], 0.0, 0.2]]}, 1),
        ({"probs": [[0.2, 0.1, 0.1, 0.6]]}, 0),
        ({"probs": [[0.33, 0.33, 0.335]]}, 2),
        ({"probs": [[0.1, 0.7, 0.25]]}, None),
        ({"probs": [[0.0, 0.0, 0.0]]}, None),
        ({"probs": [[-0.1, 0.9, 0.2]]}, None),
        ({"probs": [[float("nan"), 0.5, 0.5]]}, None),
        ({"probs": [[float("inf"), 0, 0]]}, None),
        ({"probs": [[True, False, False]]}, None),
        ({"probs": [["0.1", "0.7", "0.2"]]}, None),
        ({"probs": [[0.4, 0.6]]}, None),
        ({"probs": [ROW, ROW]}, None),
        ({"probs": []}, None),
        ({"probs": ROW}, None),
        ({"probs": None}, None),
        ({}, None),
        ([ROW], None),
        ("probs", None),
        (None, None),
    ],
)
def test_predicted__answers_of_strangers__a_class_or_nothing(document: Any, label: int | None) -> None:
    assert predicted(document, 3) == label


def test_vote__queries_in_their_order__counted_by_halves() -> None:
    seen = [
        Observation(0.05, 1, 1, 1),
        Observation(0.15, 1, 2, 2),
        Observation(None, 1, None, 1),
        Observation(0.1, 3, 3, 1),
        Observation(0.6, 0, 1, 0),
    ]
    assert decode(vote(seen, [100, 500], is_open=True)) == (
        Counts(3, 2, 1, 2, (2, 1)),
        Counts(2, 2, 1, 0, (1, 1)),
    )
    assert decode(vote(seen, [], is_open=False))[0] == Counts(3, 2, 1, None, ())


def test_vote__service_that_is_down__nothing_answered_and_everything_late() -> None:
    down = [Observation(None, 1, None, 1)] * 7
    assert decode(vote(down, [100], is_open=True)) == (Counts(4, 0, 0, 0, (4,)), Counts(3, 0, 0, 0, (3,)))


def test_p_value__one_service__false_alarms_keep_the_level() -> None:
    rng, alarms = np.random.default_rng(2), 0
    for trial in range(400):
        events = rng.binomial(30, 0.93, size=5).tolist()
        alarms += p_value(events, [30] * 5, trial.to_bytes(32, "big")) <= 0.05
    assert alarms <= 34  # 99.9 % of Binomial(400, 0.05)


def test_p_value__worse_for_one_oracle_in_five__is_found() -> None:
    """95 % right for four oracles and 70 % for one, with 50 queries each."""
    rng, found = np.random.default_rng(3), 0
    for trial in range(100):
        events = [*rng.binomial(50, 0.95, size=4).tolist(), int(rng.binomial(50, 0.7))]
        found += p_value(events, [50] * 5, trial.to_bytes(32, "big")) <= 0.05
    assert found >= 90


@pytest.mark.parametrize(
    ("events", "asked"), [([5], [9]), ([0, 0], [9, 9]), ([9, 9], [9, 9]), ([0, 3], [0, 9]), ([], [])]
)
def test_p_value__nothing_to_compare__is_one(events: list[int], asked: list[int]) -> None:
    assert p_value(events, asked, SEED) == 1.0


def test_uneven__several_tests__share_one_level() -> None:
    assert uneven([0.01, 0.9, 0.9, 0.9])
    assert not uneven([0.02, 0.9, 0.9, 0.9])
    assert not uneven([])


def run(first: Sequence[int], second: Sequence[int]) -> Run:
    return tuple(Counts(50, a, c, g, (late,)) for a, c, g, late in (first, second))  # type: ignore[return-value]


def agreement(**changes: Any) -> agreements.Sla:
    document = {
        "schema": "assay/sla/1",
        "name": "gold",
        "parties": {"provider": "p"},
        "parameters": {
            "up": {"resource": "answered"},
            "right": {"resource": "correct"},
            "same": {"resource": "agreeing"},
            "late200": {"resource": "late", "milliseconds": 200},
            "late500": {"resource": "late", "milliseconds": 500},
            "three": {"resource": "label", "class": 3},
            "prompt": {"not": "late200"},
        },
        "objectives": [
            {"name": "available", "then": {"parameter": "up", "op": ">=", "share": 0.9}},
            {"name": "p95", "then": {"parameter": "late200", "op": "<=", "share": 0.05}},
            {"name": "p95 if up", "if": ["up"], "then": {"parameter": "late200", "op": "<=", "share": 0.3}},
            {"name": "right if up", "if": ["up"], "then": {"parameter": "right", "op": ">=", "share": 0.9}},
            {"name": "same", "if": ["up"], "then": {"parameter": "same", "op": ">=", "share": 0.96}},
            {"name": "other threshold", "then": {"parameter": "late500", "op": "<=", "share": 0.5}},
            {"name": "threes", "if": ["three"], "then": {"parameter": "right", "op": ">=", "share": 0.5}},
            {"name": "composite", "then": {"parameter": "prompt", "op": ">=", "share": 0.5}},
        ],
        **changes,
    }
    return agreements.load(json.dumps(document).encode())


def test_pool__three_oracles__shares_with_exact_intervals_and_objectives_by_counts() -> None:
    runs = [
        run((50, 48, 47, 10), (48, 46, 45, 12)),
        run((49, 47, 46, 11), (50, 48, 48, 9)),
        run((50, 47, 47, 10), (49, 48, 47, 11)),
    ]
    found = pool(runs, [200], agreement(), SEED)
    assert (found.oracles, found.counts) == (3, Counts(300, 296, 284, 280, (63,)))
    assert set(found.metrics) == {"service_answered", "service_accuracy", "service_agreement", "service_late_200"}
    assert found.metrics["service_accuracy"].ratio == (284, 296)
    late = found.metrics["service_late_200"]
    assert late.value == 63 / 300
    assert late.min is not None
    assert late.max is not None
    assert late.min < 0.21 < late.max
    assert not found.between_oracles.uneven
    assert not found.between_halves.uneven
    states = {each.objective.name: (each.judgement.state, each.successes, each.trials) for each in found.objectives}
    assert states == {
        "available": ("kept", 296, 300),
        "p95": ("broken", 63, 300),
        "p95 if up": ("kept", 59, 296),
        "right if up": ("kept", 284, 296),
        "same": ("undecided", 280, 296),
        "other threshold": ("undecided", 0, 0),
        "threes": ("undecided", 0, 0),
        "composite": ("undecided", 0, 0),
    }


def test_pool__good_only_at_first__halves_are_uneven_and_oracles_are_not() -> None:
    found = pool([run((50, 48, 48, 2), (50, 35, 35, 2))] * 4, [200], None, SEED)
    assert found.between_halves.uneven
    assert not found.between_oracles.uneven


def test_pool__bad_for_one_oracle__oracles_are_uneven() -> None:
    good, bad = run((50, 48, 48, 2), (50, 48, 48, 2)), run((50, 33, 30, 30), (50, 33, 30, 30))
    found = pool([good, good, bad], [200], None, SEED)
    assert found.between_oracles.uneven
    assert found.between_oracles.p_values["correct"] < 0.01


def test_pool__closed_model_that_is_down__agreement_is_not_claimed_and_accuracy_undefined() -> None:
    silent = (Counts(5, 0, 0, None, (5,)), Counts(5, 0, 0, None, (5,)))
    found = pool([silent, silent], [200], agreement(), SEED)
    assert "service_agreement" not in found.metrics
    assert found.metrics["service_accuracy"].value is None
    assert found.metrics["service_answered"].value == 0
    states = {each.objective.name: each.judgement.state for each in found.objectives}
    assert (states["available"], states["right if up"], states["same"]) == ("broken", "undecided", "undecided")
