"""The paired benchmark as a method: who is asked what, what is counted, and what an adversary gains."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.benchmark.method import Benchmark
from assay_oracles.audits.benchmark.planning import betting_queries, pass_queries
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Answer, Failure, Method, MethodResult, Query, Target, run
from assay_oracles.audits.evidence.verdict import Rule

from tests.oracles.audits.evidence.served import indexed, paired, serve

P, S = Target.PROVIDER, Target.SUPPLIER


def drawn(worse: float, better: float, seed: int, size: int = 4000) -> Callable[[Query], Answer | Failure]:
    """P and S whose answers are right (class 0) or wrong (class 1) by one joint law, the same for a repeated input."""
    law = paired(worse, better, seed)
    right = [next(law) for _ in range(size)]
    return serve({P: lambda i: int(not right[i][0]), S: lambda i: int(not right[i][1])}, classes=2)


def benchmark(size: int = 4000, seed: int = 0, **options: Any) -> Benchmark:
    return Benchmark(indexed(size), np.zeros(size, dtype=int), seed, **options)


def test_benchmark__p_answers_as_s__passes_as_soon_as_planned() -> None:
    result = run(benchmark(batch=1), drawn(0.0, 0.0, 0))
    assert (result.verdict, result.e_value) == ("pass", pytest.approx(1))
    assert result.queries == {P: pass_queries(), S: pass_queries()}
    assert result.interval is not None
    assert result.interval[1] < 0.03


@pytest.mark.parametrize("gap", [0.05, 0.20])
def test_benchmark__weak_provider__fails_within_the_planned_queries(gap: float) -> None:
    planned = betting_queries(gap + 0.02, 0.02)
    results = [run(benchmark(batch=1), drawn(gap + 0.02, 0.02, seed)) for seed in range(25)]
    assert {result.verdict for result in results} == {"fail"}
    assert np.mean([result.queries[P] for result in results]) == pytest.approx(planned.mean, rel=0.4)
    assert sum(result.interval[0] <= gap <= result.interval[1] for result in results if result.interval) >= 22


def test_benchmark__p_better_than_s__not_accused() -> None:
    assert run(benchmark(), drawn(0.01, 0.2, 0)).verdict == "pass"


def test_benchmark__supplier_that_draws_at_random__forwarder_rarely_fails() -> None:
    """Half of the errors are redrawn at every call: 5 % of the pairs are discordant although P forwards."""
    false = 0
    for seed in range(100):
        draws = iter(np.random.default_rng(seed).random(100_000) < 0.026)
        law = lambda _, draws=draws: int(next(draws))  # noqa: E731
        false += run(benchmark(400, seed, batch=20), serve({P: law, S: law}, classes=2)).verdict == "fail"
    assert false <= 5 + 3 * (100 * 0.05 * 0.95) ** 0.5


def test_benchmark__every_query__asks_both_the_same_inputs_once_in_a_random_order() -> None:
    method, asked, first = benchmark(400, batch=8, limit=160), {P: [], S: []}, Counter[Target]()  # type: ignore[var-annotated]
    respond, number = drawn(0.3, 0.3, 0, 400), 0
    while (query := method.ask()) is not None:
        assert len(query.inputs) <= 8
        asked[query.target] += query.inputs[:, 0].tolist()
        first[query.target] += number % 2 == 0
        number += 1
        method.tell(respond(query))
    assert asked[P] == asked[S]
    assert method.result.queries == {target: len(asked[target]) for target in (P, S)}
    assert len(set(asked[P])) == len(asked[P]) <= 160 == method.cost[P] == method.cost[S]
    assert asked[P] != sorted(asked[P])
    assert min(first[P], first[S]) >= 3


def test_benchmark__p_refuses_what_is_hard__neither_fails_nor_passes() -> None:
    """A weak P that hides its errors behind failures: no evidence against it, and no pass either."""
    respond = drawn(0.1, 0.0, 0)

    def refuse(query: Query) -> Answer | Failure:
        answer = respond(query)
        hard = query.target is P and isinstance(answer, Answer) and answer.probs.argmax() == 1
        return Failure("503") if hard else answer

    result = run(benchmark(2000, batch=1), refuse)
    assert result.verdict == "inconclusive"
    assert result.facts["unanswered"] == pytest.approx(200, abs=60)
    assert result.facts["worse"] == 0
    assert result.estimate == pytest.approx(0.1, abs=0.03)


def test_benchmark__failures_of_both__are_no_evidence() -> None:
    down = run(benchmark(40), lambda query: Failure("connection refused"))
    assert (down.verdict, down.e_value, down.estimate, down.interval) == ("inconclusive", pytest.approx(1), None, None)
    respond = drawn(0.0, 0.0, 0)
    flaky = run(benchmark(400), lambda query: Failure("504") if query.target is S else respond(query))
    assert (flaky.verdict, flaky.facts["unanswered"]) == ("inconclusive", 0)


def test_benchmark__answer_outside_the_classes__is_wrong_and_no_error() -> None:
    method = Benchmark(indexed(50), np.full(50, 7), 0)
    result = run(method, serve({P: lambda i: 0, S: lambda i: 7}, classes=8))
    assert result.facts["worse"] == 7


def test_benchmark__evidence_reached_inside_a_batch__is_kept() -> None:
    """What the rest of a paid batch says cannot take back a decision: E stays where the run stopped."""
    wins = serve({P: lambda i: int(i in late), S: lambda i: int(i not in late)}, classes=2)
    order = benchmark(20, batch=20)._order
    late = {order[place] for place in range(8)}
    result = run(benchmark(20, batch=20), wins)
    assert (result.verdict, result.facts["better"]) == ("fail", 0)


def test_benchmark__several_methods_share_the_run__goes_on_to_their_level() -> None:
    respond = drawn(0.2, 0.01, 0)
    alone, shared = (run(benchmark(rule=Rule(0.05, methods)), respond) for methods in (1, 5))
    assert alone.e_value >= 20
    assert shared.e_value >= 100


def test_benchmark__recorded_answers_told_to_a_new_one__same_queries_and_result_at_every_step() -> None:
    respond, told = drawn(0.05, 0.02, 3), []
    first = benchmark(seed=9)
    while (query := first.ask()) is not None:
        told.append((query, respond(query), first.result))
        first.tell(told[-1][1])
    second = benchmark(seed=9)
    for query, reply, before in told:
        again = second.ask()
        assert again is not None
        assert (again.target, again.inputs.tolist()) == (query.target, query.inputs.tolist())
        assert second.result == before
        second.tell(reply)
    assert second.ask() is None
    assert second.result == first.result


def test_benchmark__other_seed__other_order() -> None:
    one, other = benchmark(seed=1).ask(), benchmark(seed=2).ask()
    assert one is not None
    assert other is not None
    assert one.inputs.tolist() != other.inputs.tolist()


def test_benchmark__told_before_asked__is_a_bug() -> None:
    method: Method = benchmark()
    with pytest.raises(AssertionError):
        method.tell(Failure("nothing was asked"))
    method.ask()
    with pytest.raises(AssertionError):
        method.ask()


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [
        (indexed(3), [0, 1]),
        (indexed(3), [0.0, 1.0, 2.0]),
        (indexed(3), [[0], [1], [2]]),
        (np.empty((0, 1)), []),
        (np.full((2, 1), np.nan), [0, 1]),
        (np.zeros(3), [0, 1, 2]),
    ],
)
def test_benchmark__inputs_and_labels_that_do_not_fit__refused(inputs: Any, labels: Any) -> None:
    with pytest.raises(SpecError) as error:
        Benchmark(inputs, labels, 0)
    assert error.value.culprit == "client"
    assert error.value.hint


def test_result__of_a_run__is_the_frozen_type() -> None:
    assert isinstance(benchmark().result, MethodResult)
