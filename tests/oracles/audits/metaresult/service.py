"""A supplier that signs and explains, and providers that resell it: small enough for thousands of queries."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target
from assay_oracles.audits.fairness.signature import address_of
from assay_oracles.audits.metaresult.method import Metaresult
from assay_oracles.audits.metaresult.record import issue

KEY, OTHER_KEY = 7, 8
SIGNER = address_of(KEY)
BASELINE = 0.0
MODEL = "linear 1"
INPUTS = np.random.default_rng(0).normal(size=(60, 6))
WEIGHTS = np.random.default_rng(1).normal(size=(6, 3))
NONCE_KEY = b"k" * 32

Ask = Callable[[Query], Answer | Failure]


def classify(inputs: np.ndarray, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """Probabilities of a linear model, with six decimals."""
    scores = np.exp(inputs @ weights)
    return np.round(scores / scores.sum(axis=1, keepdims=True), 6)


def explain(inputs: np.ndarray, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """Integrated gradients of the most probable class, by the midpoint rule."""
    steps = (np.arange(100)[:, None] + 0.5) / 100
    found = np.zeros_like(inputs)
    for row, (sample, top) in enumerate(zip(inputs, classify(inputs, weights).argmax(axis=1), strict=True)):
        along = classify(steps * sample, weights)
        found[row] = sample * (along[:, top, None] * (weights[:, top] - along @ weights.T)).mean(axis=0)
    return np.round(found, 6)


class Supplier:
    """Answers, signs and explains; a clock that goes on by a second a query."""

    def __init__(self, key: int = KEY, weights: np.ndarray = WEIGHTS, *, explains: bool = True, signs: bool = True):
        self.key, self.weights, self.explains, self.signs, self.now = key, weights, explains, signs, 1_000_000

    def __call__(self, query: Query) -> Answer | Failure:
        self.now += 1
        probs = classify(query.inputs, self.weights)
        if query.nonce is None:
            return Answer(probs, MODEL)
        attributions = explain(query.inputs, self.weights) if self.explains else None
        meta: dict[str, Any] = {} if attributions is None else {"attributions": attributions.tolist()}
        if self.signs:
            record = issue(self.key, query.inputs, probs, attributions, MODEL, query.nonce, self.now)
            meta["record"] = record.to_json()
        return Answer(probs, MODEL, meta)


def between(provider: Ask, supplier: Ask) -> Ask:
    """Who answers a query."""
    return lambda query: provider(query) if query.target is Target.PROVIDER else supplier(query)


def with_meta(provider: Ask, change: Callable[[Any], Any]) -> Ask:
    """A provider whose quality-assurance data are changed on the way."""

    def answer(query: Query) -> Answer | Failure:
        reply = provider(query)
        return replace(reply, meta=change(copy.deepcopy(reply.meta))) if isinstance(reply, Answer) else reply

    return answer


def by_records(seed: int = 0, **options: Any) -> Metaresult:
    """The method against a supplier that signs."""
    return Metaresult(INPUTS, seed, NONCE_KEY, signer=SIGNER, **options)


def by_explanations(seed: int = 0, **options: Any) -> Metaresult:
    """The method against a supplier that only explains."""
    return Metaresult(INPUTS, seed, NONCE_KEY, baseline=BASELINE, **options)
