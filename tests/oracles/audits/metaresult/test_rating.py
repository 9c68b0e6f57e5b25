"""The explainability rating and what explanations are checked by: against models whose right answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from assay_oracles.audits.evidence.method import Answer, Failure, Query
from assay_oracles.audits.metaresult import explanation
from assay_oracles.audits.metaresult.attribution import integrated_gradients
from assay_oracles.audits.metaresult.rating import Rating, cost, rating_of
from assay_oracles.audits.whitebox import architecture
from scipy.stats import spearmanr

from tests.oracles.audits.metaresult.service import BASELINE, INPUTS, WEIGHTS, classify, explain

Explain = Callable[[np.ndarray], np.ndarray]
SAMPLES = INPUTS[:10]


def rated(attribute: Explain) -> Rating:
    """The rating of the test model with explanations by `attribute`."""

    def respond(query: Query) -> Answer:
        meta = None if query.nonce is None else {"attributions": attribute(query.inputs).tolist()}
        return Answer(classify(query.inputs), meta=meta)

    found = rating_of(respond, SAMPLES, BASELINE, 0)
    assert found is not None
    assert all(0 <= part <= 1 for part in (found.deletion, found.completeness, found.stability, found.explainability))
    return found


def test_rating__true_explanations__high_in_every_part() -> None:
    found = rated(explain)
    assert min(found.deletion, found.completeness, found.stability) > 0.8
    assert found.explainability == pytest.approx((found.deletion + found.completeness + found.stability) / 3)


def test_rating__deletion__is_spearmans_correlation_of_each_input() -> None:
    expected = []
    for sample in SAMPLES:
        probs, attributed = classify(sample[None])[0], explain(sample[None])[0]
        falls = []
        for place in range(len(sample)):
            without = sample.copy()
            without[place] = BASELINE
            falls.append(probs.max() - classify(without[None])[0][probs.argmax()])
        expected.append(max(0.0, spearmanr(attributed, falls).statistic))
    assert rated(explain).deletion == pytest.approx(np.mean(expected))


def test_rating__opposite_attributions__no_deletion_and_no_completeness() -> None:
    found = rated(lambda inputs: -explain(inputs))
    assert found.deletion < 0.2
    assert found.completeness < 0.1
    assert found.stability == rated(explain).stability


def test_rating__attributions_without_relation_to_the_input__unstable() -> None:
    random = np.random.default_rng(0)
    assert rated(lambda inputs: random.normal(size=inputs.shape)).stability < 0.2


def test_rating__twice_the_attributions__completeness_zero_and_deletion_as_before() -> None:
    found = rated(lambda inputs: 2 * explain(inputs))
    assert found.completeness < 0.1
    assert found.deletion == rated(explain).deletion


def test_rating__nothing_but_zeros__zero_where_nothing_is_said() -> None:
    found = rated(np.zeros_like)
    assert (found.deletion, found.stability) == (0, 0)


def test_rating__an_answer_missing__none() -> None:
    assert rating_of(lambda query: Failure("down"), SAMPLES, BASELINE, 0) is None
    assert rating_of(lambda query: Answer(classify(query.inputs)), SAMPLES, BASELINE, 0) is None


def test_cost__of_a_rating__is_what_is_asked() -> None:
    asked = 0

    def respond(query: Query) -> Answer:
        nonlocal asked
        asked += len(query.inputs)
        return Answer(classify(query.inputs), meta={"attributions": explain(query.inputs).tolist()})

    rating_of(respond, SAMPLES, BASELINE, 0)
    assert asked == cost(SAMPLES)


def test_integrated_gradients__by_captum__are_those_of_the_formula() -> None:
    layers = architecture.resolve([{"layer": "linear", "features": 3, "bias": False}], (6,), 3)
    inputs, classes = SAMPLES, classify(SAMPLES).argmax(axis=1)
    weights = {"0.weight": np.ascontiguousarray(WEIGHTS.T)}
    found = integrated_gradients(layers, weights, inputs, np.zeros_like(inputs), classes)
    np.testing.assert_allclose(found, explain(inputs), atol=1e-3)


def test_deleted__most_important_numbers__go_first() -> None:
    sample, attributed = np.arange(1.0, 9.0).reshape(2, 4), np.array([[0, 5, 0, 0], [0, 0, 9, -9.0]])
    top, others = explanation.deleted(sample, attributed, -1.0, np.array([0, 3, 1, 2, 4, 5, 6, 7]))
    assert top.tolist() == [[1, -1, 3, 4], [5, 6, -1, 8]]
    assert others.tolist() == [[-1, 2, 3, -1], [5, 6, 7, 8]]
