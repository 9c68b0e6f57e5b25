"""Endpoints in this process: any Python function, or a registered model instantiated here (paper A, IV-B, case 1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from assay_chain.errors import Usage
from assay_oracles.audits.evidence.method import Answer
from numpy.typing import NDArray

from . import outputs
from .base import Party, Retry
from .info import Info

Classify = Callable[[NDArray[np.float64]], Any]


class LocalEndpoint:
    """A function from inputs (k, *input_shape) to probabilities (k, classes + messages), asked like a service."""

    def __init__(self, classify: Classify, info: Info, party: Party, *, model: str = "") -> None:
        """`info` says what the function takes and gives; its probabilities are checked like a stranger's."""
        self._classify, self._info, self._party, self._model = classify, info, party, model

    @property
    def party(self) -> Party:
        """Who answers."""
        return self._party

    def info(self) -> Info:
        """What was given."""
        return self._info

    def classify(self, inputs: NDArray[np.float64], nonce: bytes | None, retry: Retry) -> Answer:
        """See `Endpoint.classify`; a function has no use for a nonce."""
        started = time.perf_counter()
        probs = outputs.check(self._party, self._classify(inputs), len(inputs), self._info)
        return Answer(probs, self._model, None, time.perf_counter() - started)

    def start(self, seed_config: Mapping[str, Any]) -> LocalEndpoint:
        """Refused: a function has no seed configuration."""
        raise Usage(
            f"{self._party} starts no instances",
            code="no-instances",
            culprit="local",
            hint="Replay needs the supplier's service: give its URL with --against.",
        )

    def close(self) -> None:
        """Nothing to let go of."""
