"""A service that reads messages, trained once on real digits, with kits and a cheap model that reads none."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from assay_oracles.audits.steganography.files import Scale
from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.steganography.recipe import Recipe
from assay_oracles.audits.steganography.service import Service
from assay_oracles.audits.steganography.training import train, train_kit
from sklearn.datasets import load_digits
from sklearn.svm import LinearSVC

TRAINED = 1300


@dataclass(frozen=True)
class World:
    """`images` and `labels` were held out; `cheap` is a linear model on 130 samples; `served` is how the service was
    encoded before the client's own kit was trained for it."""

    service: Service
    served: bytes
    public: Kit
    own: Kit
    images: np.ndarray
    labels: np.ndarray
    cheap: LinearSVC

    def cheaply(self, inputs: np.ndarray) -> np.ndarray:
        """What a provider answers that does not forward."""
        answers = np.full((len(inputs), self.service.classes + self.service.messages), 1e-3)
        answers[np.arange(len(inputs)), self.cheap.predict(inputs.reshape(len(inputs), -1))] = 1
        return answers / answers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="session")
def world() -> World:
    torch.set_num_threads(1)
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.images))
    images, labels = digits.images[order, None].astype(np.float64), digits.target[order]
    steps: list[tuple[int, int]] = []
    service, public = train(
        images[:TRAINED], labels[:TRAINED], 10, Scale(0, 16), Recipe(steps=600), lambda *at: steps.append(at)
    )
    assert steps == [(step + 1, 600) for step in range(600)]
    served = service.encode()
    own = train_kit(service, public, images[:TRAINED], Recipe(steps=600, seed=7), lambda *at: None)
    cheap = LinearSVC(random_state=0).fit(images[:130].reshape(130, -1), labels[:130])
    return World(service, served, public, own, images[TRAINED:], labels[TRAINED:], cheap)
