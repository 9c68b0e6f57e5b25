"""Running a declared attack from one start; ART does the named ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.robustness.asking import Counter, Over
from assay_oracles.audits.robustness.attacks import GENERATOR, Attack
from assay_oracles.audits.robustness.generator import Generator

Unit = NDArray[np.float32]
"""One input scaled to [0, 1], (*shape)."""


def run(attack: Attack, generator: Generator | None, counter: Counter, start: Unit, wanted: int) -> None:
    """Ask the counter about the start, then about whatever the attack tries, until it is over or the attack gives up.

    Draws from numpy's global generator. `wanted` is the class that the counter tells the probability of.
    """
    try:
        counter.probability(start)
        if attack.name == GENERATOR:
            assert generator is not None, "whoever declares a generator hands it over"
            for _ in range(counter.budget):
                counter.probability(generator.propose(start, wanted, np.random.standard_normal(generator.latent)))
        else:
            _named(attack, counter, start)
    except Over:
        pass


def _named(attack: Attack, counter: Counter, start: Unit) -> None:
    from art.attacks.evasion import SignOPTAttack, SimBA, SquareAttack
    from art.estimators.classification.blackbox import BlackBoxClassifierNeuralNetwork

    form = start.shape if start.ndim == 3 else (1, 1, start.size)
    labels = 3 if attack.name == "signopt" else 2  # with two, ART's Sign-OPT refuses; the third is never answered
    service = BlackBoxClassifierNeuralNetwork(
        _labelled(counter, start.shape, labels), form, labels, channels_first=True, clip_values=(0.0, 1.0)
    )
    x, unreached, reached = start.reshape(1, *form).copy(), np.eye(labels)[:1], np.eye(labels)[1:2]
    options: dict[str, Any] = dict(attack.parameters)
    most = counter.budget  # iterations; one that asks nothing new finds nothing new either
    if attack.name == "simba":
        simba = SimBA(service, "px", most, epsilon=options["epsilon"], freq_dim=1, targeted=True, verbose=False)
        simba.generate(x, reached)
    elif attack.name == "square":
        share = min(options["p_init"], (min(form[1:]) - 1) ** 2 / (form[1] * form[2]))  # ART needs room to move squares
        SquareAttack(service, eps=options["eps"], p_init=share, max_iter=most, verbose=False).generate(x, unreached)
    else:
        SignOPTAttack(service, targeted=False, num_trial=most, max_iter=0).generate(x, unreached)


def _labelled(counter: Counter, shape: tuple[int, ...], labels: int) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """ART stops where the label flips, so it is handed "unreached" and "reached" with h = min(p / (2 threshold), 1)."""

    def predict(batch: NDArray[Any]) -> NDArray[np.float64]:
        found = np.zeros((len(batch), labels))
        found[:, 1] = [min(counter.probability(x.reshape(shape)) / (2 * counter.threshold), 1.0) for x in batch]
        found[:, 0] = 1 - found[:, 1]
        return found

    return predict
