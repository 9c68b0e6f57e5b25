"""Replay: what counts as a difference, what persists, and cheats that know the method."""

import json
from collections import Counter
from collections.abc import Callable
from math import comb
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.evidence import comparison
from assay_oracles.audits.evidence.comparison import MOST_DIFFERENCES, ROUNDS, TRIAL
from assay_oracles.audits.evidence.method import Answer, Failure, MethodResult, Query, Target, run
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.replay.method import replay

from tests.oracles.audits.evidence.served import indexed

P, R = Target.PROVIDER, Target.REFERENCE
CONFIG = {"seed": 7}
Rows = Callable[[np.ndarray], np.ndarray]


def supplier(rows: np.ndarray) -> np.ndarray:
    """Four decimals of three probabilities, a function of the input alone."""
    first = np.round(0.2 + 0.6 * np.abs(np.sin(rows[:, 0] + 1)), 4)
    return np.stack([first, np.round((1 - first) / 3, 4), np.round(2 * (1 - first) / 3, 4)], axis=1)


def against(provider: Rows, reference: Rows = supplier) -> Callable[[Query], Answer | Failure]:
    return lambda query: Answer({P: provider, R: reference}[query.target](query.inputs))


def replayed(respond: Callable[[Query], Answer | Failure], **options: Any) -> MethodResult:
    return run(replay(indexed(200), 4, **({"seed": 1, "seed_config": CONFIG} | options)), respond)


def test_replay__p_forwards__passes() -> None:
    result = replayed(against(supplier), batch=1)
    assert (result.verdict, result.e_value, result.estimate) == ("pass", pytest.approx(1), 0.0)
    assert result.queries == {P: 38, R: 38 + 2 * TRIAL}
    assert result.facts["evidence"] == []


@pytest.mark.parametrize(("units", "verdict"), [(0, "pass"), (1, "pass"), (-1, "pass"), (2, "fail"), (-2, "fail")])
def test_replay__every_answer_off_by_units__differs_above_one(units: int, verdict: str) -> None:
    assert replayed(against(lambda rows: supplier(rows) + np.array([0.0, units * 1e-4, 0.0]))).verdict == verdict


def test_replay__coarser_rounding__one_persistent_difference_sets_e_to_1000() -> None:
    result = replayed(against(lambda rows: np.round(supplier(rows), 2)))
    assert (result.verdict, result.e_value) == ("fail", 1000.0)
    assert result.facts["outcomes"] == {"persistent": 1}
    (kept,) = json.loads(json.dumps(result.facts["evidence"]))
    assert kept["outcome"] == "persistent"
    assert kept["reference"] == supplier(np.array([[kept["input"]]]))[0].tolist()
    assert kept["provider"] == np.round(kept["reference"], 2).tolist()


def test_replay__one_input_in_twenty_not_forwarded__fails() -> None:
    def mixed(rows: np.ndarray) -> np.ndarray:
        return np.where(rows % 20 == 3, supplier(rows + 1), supplier(rows))

    verdicts = Counter(replayed(against(mixed), seed=seed, batch=1).verdict for seed in range(40))
    assert verdicts["fail"] >= 30  # a pass needs 38 inputs alike, or more after a difference: chance 0.14 and less
    assert verdicts["inconclusive"] == 0


def test_replay__cheat_forwards_what_it_is_asked_twice__is_caught_by_changing() -> None:
    """It knows that differences must persist, and that only the tester asks the same input again."""
    seen: set[float] = set()

    def first_wrong(rows: np.ndarray) -> np.ndarray:
        new = np.array([[row not in seen] for row in rows[:, 0]])
        seen.update(rows[:, 0])
        return np.where(new, supplier(rows + 1), supplier(rows))

    result = replayed(against(first_wrong))
    assert result.verdict == "fail"
    assert set(result.facts["outcomes"]) == {"provider changed"}


def test_replay__cheat_keeps_to_its_lie_for_a_while__is_caught_too() -> None:
    asked: Counter[float] = Counter()

    def wrong_thrice(rows: np.ndarray) -> np.ndarray:
        asked.update(rows[:, 0])
        return np.where(np.array([[asked[row] <= 3] for row in rows[:, 0]]), supplier(rows + 1), supplier(rows))

    result = replayed(against(wrong_thrice))
    assert result.verdict == "fail"
    assert set(result.facts["outcomes"]) == {"provider changed"}


def test_replay__cheat_fails_when_asked_again__neither_fails_nor_passes() -> None:
    seen: set[float] = set()

    def respond(query: Query) -> Answer | Failure:
        if query.target is R:
            return Answer(supplier(query.inputs))
        again = seen.intersection(query.inputs[:, 0])
        seen.update(query.inputs[:, 0])
        return Failure("503") if again else Answer(supplier(query.inputs + 1))

    result = replayed(respond)
    assert result.verdict == "inconclusive"
    assert result.facts["outcomes"] == {"unclear": MOST_DIFFERENCES}
    assert result.e_value == pytest.approx(1 - MOST_DIFFERENCES * comparison.STAKE)


def test_replay__provider_that_fails__neither_fails_nor_passes() -> None:
    result = replayed(lambda query: Failure("504") if query.target is P else Answer(supplier(query.inputs)))
    assert (result.verdict, result.e_value, result.facts["unanswered"]) == ("inconclusive", pytest.approx(1), 200)
    assert (result.estimate, result.facts["differing"]) == (1.0, 0)


def test_replay__provider_with_fewer_probabilities__fails() -> None:
    assert replayed(against(lambda rows: supplier(rows)[:, :2])).e_value == 1000


def test_replay__supplier_that_draws_at_random__silent_with_the_reason() -> None:
    random = np.random.default_rng(0)
    result = replayed(against(supplier, lambda rows: supplier(rows) + random.normal(0, 0.01, (len(rows), 3))))
    assert result.verdict == "inconclusive"
    assert result.silent is not None
    assert "not deterministic" in result.silent
    assert P not in result.queries


def test_replay__supplier_starts_no_instance__silent_with_the_reason() -> None:
    result = replayed(lambda query: Failure("404: no such path /instances"))
    assert result.silent is not None
    assert "/instances" in result.silent


@pytest.mark.parametrize(("config", "twins"), [(CONFIG, {0, 1}), (None, {0})])
def test_replay__reference__compared_with_a_second_instance_of_one_configuration(config: Any, twins: set[int]) -> None:
    asked: list[Query] = []

    def respond(query: Query) -> Answer:
        asked.append(query)
        return Answer(supplier(query.inputs))

    replayed(respond, seed_config=config)
    of_reference = [query for query in asked if query.target is R]
    assert all(query.seed_config == config for query in of_reference)
    assert {query.instance for query in of_reference} == twins
    first_of_p = next(place for place, query in enumerate(asked) if query.target is P)
    assert {query.instance for query in asked[first_of_p:]} == {0}


def test_replay__supplier_random_after_its_trial_and_p_forwards__false_alarms_within_the_level() -> None:
    """The trial cannot exclude a supplier that draws at random later: asked again, P and S must look alike."""
    outcomes, false = Counter[str](), 0
    for seed in range(250):
        asked, random = Counter[bool](), np.random.default_rng(seed)

        def law(rows: np.ndarray, asked: Counter[bool] = asked, random: np.random.Generator = random) -> np.ndarray:
            asked[True] += len(rows)
            other = (random.random((len(rows), 1)) < 0.5) & (asked[True] > 2 * TRIAL)
            return np.where(other, supplier(rows + 1), supplier(rows))

        result = replayed(against(law, law), seed=seed, batch=10)
        outcomes.update(result.facts["outcomes"])
        false += result.verdict == "fail"
    assert 0.45 < outcomes["provider changed"] / (outcomes["provider changed"] + outcomes["reference changed"]) < 0.55
    assert outcomes.total() > 250 * 10
    assert false <= 12.5 + 3 * (250 * 0.05 * 0.95) ** 0.5


def test_replay__second_answer_between_both_first_ones__is_unclear() -> None:
    """Within a unit of either, it belongs to neither: else two thirds of a drift would count as persistence."""
    asked = Counter[float]()

    def drifting(rows: np.ndarray) -> np.ndarray:
        asked.update(rows[:, 0])
        units = np.array([2 if asked[row] == 1 else 1 for row in rows[:, 0]])
        return supplier(rows) + units[:, None] * np.array([0.0, 1e-4, 0.0])

    result = replayed(against(drifting))
    assert "persistent" not in result.facts["outcomes"]


def test_stakes__all_of_them__are_fair_and_fit_into_the_reserve() -> None:
    assert comparison.STAKE * comb(2 * ROUNDS, ROUNDS) == pytest.approx(comparison.PERSISTENT_E)
    assert MOST_DIFFERENCES * comparison.STAKE <= comparison.RESERVE


@pytest.mark.parametrize("batch", [1, 7])
def test_replay__provider_that_answers_at_random__costs_no_more_than_announced(batch: int) -> None:
    random = np.random.default_rng(2)
    method = replay(indexed(200), 4, 3, Rule(1e-9), batch=batch)
    result = run(method, against(lambda rows: random.random((len(rows), 3))))
    assert result.facts["outcomes"]["provider changed"] == MOST_DIFFERENCES
    assert all(result.queries[target] <= method.cost[target] for target in (P, R))


def test_replay__share_that_differs__is_estimated() -> None:
    def mixed(rows: np.ndarray) -> np.ndarray:
        return np.where(rows % 4 == 3, supplier(rows + 1), supplier(rows))

    held = 0
    for seed in range(20):
        result = replayed(against(mixed), seed=seed)
        assert result.interval is not None
        held += result.interval[0] <= 0.25 <= result.interval[1]
    assert held >= 18


def test_replay__recorded_answers_told_to_a_new_one__same_queries_and_result() -> None:
    random = np.random.default_rng(5)
    respond = against(lambda rows: supplier(rows) + np.where(random.random((len(rows), 1)) < 0.1, 0.1, 0))
    told, first = [], replay(indexed(200), 4, 11, Rule(0.001), seed_config=CONFIG)
    while (query := first.ask()) is not None:
        told.append((query, respond(query)))
        first.tell(told[-1][1])
    second = replay(indexed(200), 4, 11, Rule(0.001), seed_config=CONFIG)
    for query, reply in told:
        again = second.ask()
        assert again is not None
        assert (again.target, again.instance, again.inputs.tolist()) == (
            query.target,
            query.instance,
            query.inputs.tolist(),
        )
        second.tell(reply)
    assert second.ask() is None
    assert second.result == first.result
    assert second.result.facts["outcomes"]
