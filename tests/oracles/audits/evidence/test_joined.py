"""All methods of these rooms together against an honest provider whose supplier makes it hard: false alarms."""

import random
from collections import Counter

import numpy as np
from assay_oracles.audits.benchmark.agreement import agreement
from assay_oracles.audits.benchmark.method import Benchmark
from assay_oracles.audits.evidence.method import Answer, Method, Query, Target
from assay_oracles.audits.evidence.verdict import Rule, Verdict, join
from assay_oracles.audits.replay.method import replay

from tests.oracles.audits.evidence.served import indexed

RUNS, SIZE = 80, 200


def methods(seed: int) -> list[Method]:
    inputs, rule = indexed(SIZE), Rule(0.05, 3)
    return [
        Benchmark(inputs, np.zeros(SIZE, dtype=int), seed, rule, batch=10),
        agreement(inputs, seed, rule, batch=10),
        replay(inputs, 4, seed, rule, reference=Target.SUPPLIER, batch=10),
    ]


def together(seed: int, wrong: float) -> Verdict:
    """Queries of all methods in random order; P forwards to an S that is wrong with that chance at every call."""
    order, draws = random.Random(seed), np.random.default_rng(seed)
    running = methods(seed)
    waiting: dict[Method, Query] = {method: query for method in running if (query := method.ask()) is not None}
    results = {method: method.result for method in running}
    while waiting:
        method = order.choice(list(waiting))
        answers = (draws.random(len(waiting.pop(method).inputs)) < wrong).astype(int)
        method.tell(Answer(np.eye(2)[answers]))
        results[method] = method.result
        verdict = join(list(results.values()))
        if verdict.verdict != "inconclusive":
            return verdict
        if (query := method.ask()) is not None:
            waiting[method] = query
    return join(list(results.values()))


def test_join__honest_provider_of_a_supplier_that_draws_at_random__false_alarms_within_the_level() -> None:
    verdicts = [together(seed, wrong=0.02) for seed in range(RUNS)]
    found = Counter(verdict.verdict for verdict in verdicts)
    assert found["fail"] <= RUNS * 0.05 + 3 * (RUNS * 0.05 * 0.95) ** 0.5
    silent = [sum(result.silent is not None for result in verdict.methods) for verdict in verdicts]
    assert {0, 1, 2} <= set(silent), "every mixture of silent and speaking methods should occur"


def test_join__honest_provider_of_a_deterministic_supplier__passes() -> None:
    verdict = together(0, wrong=0.0)
    assert (verdict.verdict, round(verdict.e_value, 6)) == ("pass", 1.0)
