"""The supplier's service: its network with seeded noise, rounded to the decimals that it declares."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from assay_oracles.audits.fairness.signature import address_of
from assay_oracles.audits.metaresult import record

from .models import Floats, Models

DECIMALS: Final = 6
BATCH: Final = 256
NAME: Final = "digits 1.0.0"
SEED_CONFIG: Final[Mapping[str, Any]] = {"seed": 2019, "noise": 0.05}
"""What the public service was started with; published, so that a client can start an equal instance."""
MAX_NOISE: Final = 1.0
MAX_INSTANCES: Final = 1000
BASELINE: Final = 0.0
"""Of explanations: a blank image."""
KEY: Final = int.from_bytes(hashlib.sha256(b"the zoo's supplier").digest(), "big")
"""Signs metaresults. Not secret, like everything of a test bed."""
SIGNER: Final = f"0x{address_of(KEY).hex()}"


@dataclass(frozen=True)
class Reply:
    """What a service answers to one request: `probs` (k, 10), the model's name, quality-assurance data."""

    probs: Floats
    model: str
    meta: Any = None


class BadSeedConfig(ValueError):
    """A seed configuration that the supplier does not understand."""


class Instance:
    """One instance of the supplier's model.

    Its seed configuration is `{seed, noise}`: normal noise of that deviation is added to every input. With an integer
    seed the noise is a function of seed and input, so equal instances answer alike, in whatever order they are asked;
    with null it is fresh each time, and answers cannot be reproduced.
    """

    def __init__(self, models: Models, seed_config: Mapping[str, Any]) -> None:
        """Start it.

        Raises:
            BadSeedConfig: unknown members, or values of the wrong kind.
        """
        seed, noise = seed_config.get("seed"), seed_config.get("noise", SEED_CONFIG["noise"])
        if set(seed_config) - {"seed", "noise"}:
            raise BadSeedConfig("a seed configuration has the members seed and noise")
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise BadSeedConfig("seed must be an integer, or null for fresh randomness")
        if not isinstance(noise, int | float) or not 0 <= noise <= MAX_NOISE:
            raise BadSeedConfig(f"noise must lie between 0 and {MAX_NOISE}")
        self._models, self._seed, self._noise = models, seed, float(noise)

    def answer(self, inputs: Floats, nonce: bytes | None = None) -> Reply:
        """Classify inputs (k, 1, 8, 8); with a nonce also explain and sign the answer."""
        noisy = self._noisy(inputs)
        probs = rounded(self._models.network(self._models.current, noisy), DECIMALS)
        if nonce is None:
            return Reply(probs, NAME)
        blank = self._noisy(np.full_like(inputs, BASELINE))
        attributions = np.round(self._models.explain(self._models.current, noisy, blank), DECIMALS)
        return Reply(probs, NAME, metaresults(KEY, inputs, probs, attributions, nonce))

    def _noisy(self, inputs: Floats) -> Floats:
        return np.stack([sample + self._noise * self._generator(sample).normal(size=sample.shape) for sample in inputs])

    def _generator(self, sample: Floats) -> np.random.Generator:
        if self._seed is None:
            return np.random.default_rng(secrets.randbits(128))
        key = json.dumps(self._seed).encode() + b"|" + np.ascontiguousarray(sample).tobytes()
        return np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest(), "big"))


class Instances:
    """What clients have started: the last `MAX_INSTANCES`, by names hard to guess. Safe for several threads."""

    def __init__(self, models: Models) -> None:
        """None has been started."""
        self._models = models
        self._kept: OrderedDict[str, Instance] = OrderedDict()

    def start(self, seed_config: Mapping[str, Any]) -> str:
        """Start one more, and forget the oldest if there are too many; its name. Raises as `Instance`."""
        name = secrets.token_hex(8)
        self._kept[name] = Instance(self._models, seed_config)
        if len(self._kept) > MAX_INSTANCES:
            self._kept.popitem(last=False)
        return name

    def find(self, name: str) -> Instance | None:
        """The instance of that name, if it is still kept."""
        return self._kept.get(name)


def metaresults(key: int, inputs: Floats, probs: Floats, attributions: Floats, nonce: bytes) -> dict[str, Any]:
    """The `meta` of an answer: its explanation, and a record of both signed with `key`."""
    signed = record.issue(key, inputs, probs, attributions, NAME, nonce, int(time.time()))
    return {"record": signed.to_json(), "attributions": attributions.tolist()}


def rounded(probs: Floats, decimals: int) -> Floats:
    """Probabilities with so many decimals; the largest of a row takes what rounding leaves, so rows still add up."""
    found = np.round(probs, decimals)
    top = found.argmax(axis=1)
    found[np.arange(len(found)), top] += 1 - found.sum(axis=1)
    return np.round(found, decimals)
