"""On real digits: a robust model scores higher than a fragile one, and a fitted generator beats chance."""

import numpy as np
import pytest
import torch
from assay_oracles.audits.evidence.method import Answer, run
from assay_oracles.audits.robustness import attacks, fitting
from assay_oracles.audits.robustness.attacks import Attack
from assay_oracles.audits.robustness.method import Robustness
from assay_oracles.audits.robustness.terms import Terms
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

SHAPE, CLASSES = (1, 8, 8), 10


@pytest.fixture(scope="module")
def coefficients():
    """Of a linear model on digits in [0, 1]: (10, 64) and (10,)."""
    bunch = load_digits()
    model = LogisticRegression(C=10, max_iter=200).fit(bunch.data / 16, bunch.target)
    return model.coef_, model.intercept_


def measured(coefficients, attack, sharpness=1.0, generator=None, starts=1, budget=120):
    """Sharpness multiplies the logits: the classes stay, but a small step decides more."""
    weights, bias = coefficients

    def answer(query):
        scores = sharpness * (query.inputs.reshape(len(query.inputs), -1) @ weights.T + bias)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return Answer(raised / raised.sum(axis=1, keepdims=True))

    given = Terms(attack, 0.0, 1.0, starts=starts, budget=budget)
    method = Robustness(given, SHAPE, CLASSES, 5, generator=generator, batch=10)
    run(method, answer)
    return method.tally()


def test_score__smooth_against_sharp_model__the_smooth_one_is_more_robust(coefficients):
    simba = attacks.parse({"name": "simba"})
    fragile, robust = (measured(coefficients, simba, sharpness) for sharpness in (4.0, 0.5))
    assert fragile.score_micro + 100_000 < robust.score_micro


def test_generator__fitted__beats_an_unfitted_one_and_is_the_same_for_the_same_seed(coefficients):
    weights, bias = (torch.from_numpy(values) for values in coefficients)

    def model(x):
        return torch.softmax(x.flatten(1) @ weights.T + bias, 1)

    def fit(steps):
        recipe = fitting.Recipe(steps=steps, reach=0.5, seed=3)
        return fitting.fit(model, SHAPE, CLASSES, recipe, lambda done, of: None)

    fitted, again, unfitted = fit(300), fit(300), fit(1)
    assert fitted.encode() == again.encode()
    generator = Attack("generator", {})
    with_it, without = (measured(coefficients, generator, generator=one) for one in (fitted, unfitted))
    assert with_it.total * 2 < without.total
    assert with_it.censored < without.censored
