"""The method: who forwards passes, and every way not to forward is seen, by records and by explanations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.evidence.method import Answer, Failure, MethodResult, Query, Target, run
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.metaresult.method import Metaresult
from assay_oracles.audits.metaresult.record import WINDOW, Refusal, issue

from tests.oracles.audits.metaresult.service import (
    INPUTS,
    KEY,
    MODEL,
    NONCE_KEY,
    OTHER_KEY,
    SIGNER,
    WEIGHTS,
    Ask,
    Supplier,
    between,
    by_explanations,
    by_records,
    classify,
    explain,
    with_meta,
)

STALE = WEIGHTS + np.random.default_rng(2).normal(size=WEIGHTS.shape) * 0.3


def checked(provider: Ask, method: Metaresult | None = None, supplier: Ask | None = None) -> MethodResult:
    """The result for a provider of a supplier that signs, unless told otherwise."""
    return run(method or by_records(), between(provider, supplier or Supplier()))


def only(result: MethodResult, refusal: Refusal) -> bool:
    """Whether it failed, for this reason alone."""
    return result.verdict == "fail" and set(result.facts["refused"]) == {refusal.value}


def test_provider__forwards__passes_within_the_queries_announced() -> None:
    supplier, method = Supplier(), by_records()
    result = checked(supplier, method, supplier)
    assert result.verdict == "pass"
    assert (result.e_value, result.estimate, result.facts["refused"]) == (1.0, 0.0, {})
    assert all(result.queries[target] <= method.cost[target] for target in result.queries)


def test_nonces__of_one_run__all_different_and_another_keys_too() -> None:
    seen: list[bytes] = []
    supplier = Supplier()

    def watched(query: Query) -> Answer | Failure:
        if query.nonce is not None:
            seen.append(query.nonce)
        return supplier(query)

    for key in (NONCE_KEY, b"l" * 32):
        run(Metaresult(INPUTS, 0, key, signer=SIGNER), watched)
    assert len(set(seen)) == len(seen) > 100


def test_provider__signs_itself__refused() -> None:
    assert only(checked(Supplier(OTHER_KEY, STALE)), Refusal.WRONG_SIGNER)


def test_provider__sends_nothing__refused() -> None:
    assert only(checked(with_meta(Supplier(), lambda meta: None)), Refusal.MISSING)


def test_provider__repeats_paid_answers__seen_by_its_old_nonces() -> None:
    supplier, known = Supplier(), dict[tuple[bytes, bool], Answer | Failure]()

    def cache(query: Query) -> Answer | Failure:
        key = query.inputs.tobytes(), query.nonce is None
        if key not in known:
            known[key] = supplier(query)
        return known[key]

    assert only(checked(cache, supplier=supplier), Refusal.REPLAYED)


def test_provider__repeats_what_another_client_paid_for__seen_by_the_foreign_nonce() -> None:
    supplier = Supplier()
    bought = {
        sample.tobytes(): supplier(Query(Target.SUPPLIER, sample[None], b"another client's")) for sample in INPUTS
    }
    assert only(checked(lambda query: bought[query.inputs.tobytes()], supplier=supplier), Refusal.FOREIGN_NONCE)


def test_provider__asks_the_supplier_something_else_with_the_nonce__refused() -> None:
    supplier = Supplier()

    def swapped(query: Query) -> Answer | Failure:
        return supplier(replace(query, inputs=np.round(query.inputs, 1)))

    result = checked(swapped, supplier=supplier)
    assert result.verdict == "fail"
    assert set(result.facts["refused"]) == {Refusal.OTHER_INPUT.value}


def test_provider__changes_the_answer_but_not_the_record__refused() -> None:
    supplier = Supplier()

    def rounding(query: Query) -> Answer | Failure:
        reply = supplier(query)
        assert isinstance(reply, Answer)
        return replace(reply, probs=np.round(reply.probs, 2))

    assert only(checked(rounding, supplier=supplier), Refusal.OTHER_OUTPUT)


def test_provider__changes_the_explanation__refused() -> None:
    def louder(meta: Any) -> Any:
        return meta and meta | {"attributions": (np.array(meta["attributions"]) * 2).tolist()}

    supplier = Supplier()
    assert only(checked(with_meta(supplier, louder), supplier=supplier), Refusal.OTHER_EXPLANATION)


def test_provider__forwards_to_an_older_model_of_the_supplier__refused() -> None:
    def older(query: Query) -> Answer:
        probs = classify(query.inputs, STALE)
        if query.nonce is None:
            return Answer(probs, MODEL)
        return Answer(
            probs, MODEL, {"record": issue(KEY, query.inputs, probs, None, "linear 0", query.nonce, 10**7).to_json()}
        )

    assert only(checked(older), Refusal.OTHER_MODEL)


def test_provider__hands_on_records_signed_long_ago__refused() -> None:
    """Only if the nonce leaked; the time is the second line of defence."""
    supplier, late = Supplier(), Supplier()
    supplier.now += 2 * WINDOW
    assert only(checked(late, supplier=supplier), Refusal.EXPIRED)


def test_provider__forwards_only_what_carries_a_nonce__its_plain_answers_give_it_away() -> None:
    supplier = Supplier()

    def selective(query: Query) -> Answer | Failure:
        return Answer(classify(query.inputs, STALE), MODEL) if query.nonce is None else supplier(query)

    assert only(checked(selective, supplier=supplier), Refusal.PLAIN_DIFFERS)


@pytest.mark.parametrize("share", [0.15, 0.5])
def test_provider__forwards_a_share__fails_and_never_passes(share: float) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(20):
        supplier, random = Supplier(explains=False), np.random.default_rng(seed)

        def mix(query: Query, supplier: Supplier = supplier, random: np.random.Generator = random) -> Answer | Failure:
            kept = random.random() >= share
            return supplier(query) if kept else Answer(classify(query.inputs, STALE), MODEL)

        verdicts[checked(mix, by_records(seed), supplier).verdict] += 1
    assert verdicts["fail"] >= 19
    assert verdicts["pass"] == 0


def test_honest_provider__of_a_supplier_that_forgets_to_sign__false_alarms_within_alpha() -> None:
    """The hard case. Once trusted, S leaves out a third of its records. 200 runs; 17 alarms would reject 5 % at 1 %."""
    alarms = 0
    for seed in range(200):
        supplier, random = Supplier(explains=False), np.random.default_rng(seed)

        def forgetful(query: Query, supplier: Supplier = supplier, random: np.random.Generator = random) -> Any:
            reply = supplier(query)
            if query.nonce is not None and supplier.now > 1_000_020 and random.random() < 0.33:
                return replace(reply, meta=None)  # type: ignore[arg-type]
            return reply

        alarms += checked(forgetful, by_records(seed, budget=260), forgetful).verdict == "fail"
    assert alarms < 17


def test_honest_provider__loses_answers__is_not_accused_and_does_not_pass() -> None:
    supplier = Supplier()
    random = np.random.default_rng(0)

    def lossy(query: Query) -> Answer | Failure:
        return Failure("timeout") if random.random() < 0.4 else supplier(query)

    result = checked(lossy, supplier=supplier)
    assert (result.verdict, result.e_value) == ("inconclusive", 1.0)
    assert result.facts["unanswered"] > 20


def test_query__lost_by_this_side__counts_for_nothing() -> None:
    supplier = Supplier()
    asked: Counter[Target] = Counter()

    def losing(query: Query) -> Answer | Failure:
        asked[query.target] += 1
        return Failure("killed", lost=True) if asked[query.target] == 20 else supplier(query)

    result = run(by_records(), losing)
    assert (result.verdict, result.facts["unanswered"], result.silent) == ("pass", 0, None)


@pytest.mark.parametrize(
    "supplier", [Supplier(signs=False), Supplier(OTHER_KEY), lambda query: Failure("down"), with_meta(Supplier(), str)]
)
def test_supplier__proves_nothing__silent_before_the_provider_is_asked(supplier: Ask) -> None:
    def never(query: Query) -> Answer:
        raise AssertionError("P was asked")

    result = checked(never, supplier=supplier)
    assert result.silent
    assert (result.e_value, result.verdict) == (1.0, "inconclusive")


def test_result__replayed_from_recorded_answers__is_the_same() -> None:
    supplier, told = Supplier(), list[Answer | Failure]()

    def recorded(query: Query) -> Answer | Failure:
        told.append(supplier(query))
        return told[-1]

    first = run(by_records(3), recorded)
    answers = iter(told)
    assert run(by_records(3), lambda query: next(answers)) == first


def test_rule__of_three_methods__carries_the_mean_alone() -> None:
    result = checked(Supplier(OTHER_KEY), by_records(rule=Rule(0.05, 3)))
    assert result.e_value >= 60


def test_explained__forwards__passes_and_the_rating_is_reported() -> None:
    supplier, method = Supplier(signs=False), by_explanations()
    result = checked(supplier, method, supplier)
    assert result.verdict == "pass"
    rated = result.facts["explainability"]
    assert rated["rating"] == pytest.approx((rated["deletion"] + rated["completeness"] + rated["stability"]) / 3)
    assert rated["completeness"] > 0.95
    assert all(result.queries[target] <= method.cost[target] for target in result.queries)


def forged(attribute: Any, weights: np.ndarray) -> Ask:
    """A substitute model with explanations made by `attribute` of inputs, so that they add up."""

    def answer(query: Query) -> Answer:
        probs = classify(query.inputs, weights)
        origin = classify(np.zeros((1, 6)), weights)[0]
        top = probs.argmax(axis=1)
        made = attribute(query.inputs)
        gains = probs[np.arange(len(top)), top] - origin[top]
        made = made + ((gains - made.sum(axis=1)) / made.shape[1])[:, None]
        return Answer(probs, MODEL, {"attributions": made.tolist()})

    return answer


def random_numbers(inputs: np.ndarray) -> np.ndarray:
    return np.random.default_rng(abs(hash(inputs.tobytes()))).normal(size=inputs.shape) * 0.2


@pytest.mark.parametrize("attribute", [random_numbers, lambda inputs: explain(inputs, STALE), np.zeros_like])
def test_explained__a_substitute_model_explains__seen_beside_the_suppliers(attribute: Any) -> None:
    assert only(checked(forged(attribute, STALE), by_explanations(), Supplier(signs=False)), Refusal.INCONSISTENT)


def test_explained__attributions_that_do_not_add_up__seen_without_the_suppliers() -> None:
    cheat = with_meta(Supplier(signs=False), lambda meta: meta and {"attributions": [[0.5] * 6]})
    assert only(checked(cheat, by_explanations(), Supplier(signs=False)), Refusal.INCOMPLETE)


def noisy(supplier: Supplier) -> Ask:
    """Explanations that differ a little each time."""
    random = np.random.default_rng(0)

    def shaken(meta: Any) -> Any:
        return meta and {"attributions": (np.array(meta["attributions"]) + 0.001 * random.normal(size=6)).tolist()}

    return with_meta(supplier, shaken)


def test_explained__supplier_explains_at_random__deletion_exposes_invented_ones_only() -> None:
    supplier = noisy(Supplier(signs=False))
    invented = checked(forged(random_numbers, STALE), by_explanations(), supplier)
    assert only(invented, Refusal.UNIMPORTANT)
    own_model = checked(forged(lambda inputs: explain(inputs, STALE), STALE), by_explanations(), supplier)
    assert own_model.verdict != "fail", "a substitute model's true explanations of itself: the documented limit"


def test_explained__honest_over_a_supplier_that_explains_at_random__not_accused() -> None:
    supplier = noisy(Supplier(signs=False))
    verdicts = Counter(checked(supplier, by_explanations(seed), supplier).verdict for seed in range(10))
    assert verdicts["fail"] == 0


@pytest.mark.parametrize(
    "meta",
    [
        [],
        "x",
        {"attributions": None},
        {"attributions": "x"},
        {"attributions": [["x"] * 6]},
        {"attributions": [[1, [2]]]},
        {"attributions": [[10**400] * 6]},
        {"attributions": [[float("inf")] * 6]},
        {"attributions": [[True] * 6]},
        {"attributions": [[0.1] * 5]},
        {"attributions": {"0": 1}},
    ],
)
def test_meta__hostile_attributions__refused_and_never_an_error(meta: Any) -> None:
    cheat = with_meta(Supplier(signs=False), lambda _: meta)
    assert only(checked(cheat, by_explanations(), Supplier(signs=False)), Refusal.UNEXPLAINED)
    assert only(checked(cheat), Refusal.MISSING)
