"""What every endpoint offers, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from assay_chain.errors import Culprit, MalformedInput, PeerUnreachable
from assay_oracles.audits.evidence.method import Answer
from numpy.typing import NDArray

from .info import Info


@dataclass(frozen=True)
class Party:
    """Whom errors blame: the culprit, and what people call the endpoint (its URL, for example)."""

    culprit: Culprit
    name: str

    def malformed(self, code: str, what: str, hint: str) -> MalformedInput:
        """The error of an answer that breaks the Classification API."""
        return MalformedInput(f"{self}: {what}", code=code, culprit=self.culprit, hint=hint)

    def unreachable(self, code: str, what: str, hint: str) -> PeerUnreachable:
        """The error of an answer that cannot be had."""
        return PeerUnreachable(f"{self}: {what}", code=code, culprit=self.culprit, hint=hint)

    def __str__(self) -> str:
        """Role and name, for example `the provider at http://127.0.0.1:8000/honest`."""
        role = "this machine's model" if self.culprit == "local" else f"the {self.culprit} at"
        return f"{role} {self.name}"


Retry = Callable[[str], bool]
"""Whether another attempt may be made; told why before each, because each costs."""


class Endpoint(Protocol):
    """Something that classifies. Methods raise the errors of `Party`, which name whose fault it is."""

    @property
    def party(self) -> Party:
        """Who answers."""

    def info(self) -> Info:
        """What it says of itself."""

    def classify(self, inputs: NDArray[np.float64], nonce: bytes | None, retry: Retry) -> Answer:
        """Ask, and ask again while it is worth trying and `retry` allows it.

        Args:
            inputs: (k, *input_shape), k at most `Info.batch`.
            nonce: passed on as it is.
            retry: called before every attempt but the first.

        Raises:
            MalformedInput, PeerUnreachable: there is no usable answer.
        """

    def start(self, seed_config: Mapping[str, Any]) -> Endpoint:
        """Start an instance of the same model from a seed configuration."""

    def close(self) -> None:
        """Let go of connections."""
