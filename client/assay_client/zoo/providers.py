"""Those who resell the supplier: one honest, the others each with a way to cheat of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from .models import Floats, Models
from .supplier import BASELINE, DECIMALS, KEY, NAME, Instance, Reply, metaresults, rounded

AUDITOR: Final = "Bearer auditor"
"""The credentials that /sticky knows as an auditor's."""


@dataclass(frozen=True)
class Request:
    """What a provider is asked: inputs (k, 1, 8, 8), the client's nonce and credentials."""

    inputs: Floats
    nonce: bytes | None = None
    authorization: str = ""


class Provider(ABC):
    """A provider; `SEEN_BY` says which methods are expected to expose it."""

    NAME: ClassVar[str]
    DOES: ClassVar[str]
    SEEN_BY: ClassVar[tuple[str, ...]]
    OPTIONS: ClassVar[Mapping[str, tuple[float, float, float]]] = {}
    """Default, least and greatest value by name."""

    def __init__(self, models: Models, supplier: Instance, options: Mapping[str, float]) -> None:
        """Start reselling; `options` holds a value for each of `OPTIONS`."""
        self.models, self.supplier, self.options = models, supplier, options
        self.random = np.random.default_rng(0)

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """Answer a client."""

    @property
    def delay(self) -> float:
        """Seconds that every client waits before it is answered."""
        return 0.0

    def forward(self, request: Request) -> Reply:
        """What the supplier answers, paid for."""
        return self.supplier.answer(request.inputs, request.nonce)

    def claim(self, probs: Floats) -> Reply:
        """Other probabilities, passed off as the supplier's."""
        return Reply(rounded(probs, DECIMALS), NAME)

    def cheaply(self, request: Request) -> Reply:
        """What the weak model says, passed off as the supplier's."""
        return self.claim(self.models.cheap(request.inputs))

    def partly(self, request: Request, forwarded: NDArray[np.bool_]) -> Reply:
        """Forward the inputs that `forwarded` (k,) marks, answer the others with the weak model."""
        if forwarded.all():
            return self.forward(request)
        reply = self.cheaply(request)
        if forwarded.any():
            reply.probs[forwarded] = self.supplier.answer(request.inputs[forwarded], request.nonce).probs
        return reply


class Honest(Provider):
    """The one that does what it sells."""

    NAME = "honest"
    DOES = "forwards everything"
    SEEN_BY = ()

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.forward(request)


class Weak(Provider):
    """Never pays the supplier."""

    NAME = "weak"
    DOES = "answers with a linear SVM on a tenth of the training data"
    SEEN_BY = ("benchmark", "metaresult", "replay")

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.cheaply(request)


class Stale(Provider):
    """Keeps a copy of what the supplier had before."""

    NAME = "stale"
    DOES = "answers with an earlier version of the supplier's network"
    SEEN_BY = ("benchmark", "metaresult", "replay")

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.claim(self.models.network(self.models.stale, request.inputs))


class Quantised(Provider):
    """Runs a compressed copy of the supplier's network."""

    NAME = "quantised"
    DOES = "answers with the supplier's network in 8-bit weights"
    SEEN_BY = ("metaresult", "replay")

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.claim(self.models.network(self.models.quantised, request.inputs))


class Rounding(Provider):
    """Forwards, but sells less than it bought."""

    NAME = "rounding"
    DOES = "forwards, and rounds the answers to two decimals"
    SEEN_BY = ("metaresult", "replay")

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        reply = self.forward(request)
        return Reply(rounded(reply.probs, 2), reply.model, reply.meta)


class Mix(Provider):
    """Saves a share of the supplier's price."""

    NAME = "mix"
    DOES = "forwards a share f of the inputs, answers the others with the weak model"
    SEEN_BY = ("benchmark", "metaresult", "replay")
    OPTIONS: ClassVar = {"f": (0.5, 0.0, 1.0)}

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.partly(request, self.random.random(len(request.inputs)) < self.options["f"])


class Cache(Provider):
    """Pays once for every input, then repeats the answer."""

    NAME = "cache"
    DOES = "forwards what it has not seen before, repeats old answers"
    SEEN_BY = ("metaresult",)

    def __init__(self, models: Models, supplier: Instance, options: Mapping[str, float]) -> None:
        """Start with an empty memory."""
        super().__init__(models, supplier, options)
        self._known: dict[bytes, Reply] = {}

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        key = request.inputs.tobytes()
        if key not in self._known:
            self._known[key] = self.forward(request)
        return self._known[key]


class Selective(Provider):
    """Pays the supplier only where its own model is unsure."""

    NAME = "selective"
    DOES = "forwards what its weak model is unsure about"
    SEEN_BY = ("metaresult", "replay")
    SURE: ClassVar = 0.6

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.partly(request, self.models.cheap(request.inputs).max(axis=1) < self.SURE)


class Warmup(Provider):
    """Honest until it is trusted; by then it has learnt from the answers."""

    NAME = "warmup"
    DOES = "forwards k requests, learns from the answers, then answers by itself"
    SEEN_BY = ("benchmark", "metaresult", "replay")
    OPTIONS: ClassVar = {"k": (50, 1, 10_000)}

    def __init__(self, models: Models, supplier: Instance, options: Mapping[str, float]) -> None:
        """Start untrusted."""
        super().__init__(models, supplier, options)
        self._seen: list[tuple[Floats, Floats]] = []

    def answer(self, request: Request) -> Reply:
        """See `Provider`; afterwards the answer to the most similar input that it paid for."""
        if len(self._seen) < self.options["k"]:
            reply = self.forward(request)
            self._seen.extend(zip(request.inputs, reply.probs, strict=True))
            return reply
        known = np.stack([inputs for inputs, _ in self._seen])
        nearest = [int(((known - sample) ** 2).sum(axis=(1, 2, 3)).argmin()) for sample in request.inputs]
        return self.claim(np.stack([self._seen[index][1] for index in nearest]))


class Sticky(Provider):
    """Recognises auditors."""

    NAME = "sticky"
    DOES = f"honest to whoever sends `Authorization: {AUDITOR}`, the weak model to everybody else"
    SEEN_BY = ("benchmark", "metaresult", "replay")

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.forward(request) if request.authorization == AUDITOR else self.cheaply(request)


class Slow(Provider):
    """Forwards, but keeps its clients waiting."""

    NAME = "slow"
    DOES = "forwards everything, some milliseconds late"
    SEEN_BY = ("service",)
    OPTIONS: ClassVar = {"ms": (150, 0, 10_000)}

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        return self.forward(request)

    @property
    def delay(self) -> float:
        """See `Provider`."""
        return self.options["ms"] / 1000


class Perturb(Provider):
    """Forwards, and tampers with a tenth of the answers."""

    NAME = "perturb"
    DOES = "forwards, and swaps the two most probable classes in a share of the answers"
    SEEN_BY = ("benchmark", "metaresult", "replay")
    OPTIONS: ClassVar = {"share": (0.1, 0.0, 1.0)}

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        reply = self.forward(request)
        probs = reply.probs.copy()
        for row in probs:
            if self.random.random() < self.options["share"]:
                first, second = np.argsort(-row)[:2]
                row[[first, second]] = row[[second, first]]
        return Reply(probs, reply.model, reply.meta)


class Forger(Provider):
    """Answers with the stale network, and forges the proof that the supplier answered: with another key."""

    NAME = "forger"
    DOES = "answers with an earlier version of the network and makes up the supplier's metaresults"
    SEEN_BY = ("benchmark", "metaresult", "replay")

    def answer(self, request: Request) -> Reply:
        """See `Provider`."""
        reply = self.claim(self.models.network(self.models.stale, request.inputs))
        if request.nonce is None:
            return reply
        blank = np.full_like(request.inputs, BASELINE)
        made_up = np.round(self.models.explain(self.models.stale, request.inputs, blank), DECIMALS)
        return Reply(
            reply.probs, reply.model, metaresults(KEY + 1, request.inputs, reply.probs, made_up, request.nonce)
        )


PROVIDERS: Final[tuple[type[Provider], ...]] = (
    Honest,
    Weak,
    Stale,
    Quantised,
    Rounding,
    Mix,
    Cache,
    Selective,
    Warmup,
    Sticky,
    Slow,
    Perturb,
    Forger,
)
