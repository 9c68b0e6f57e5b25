"""The client's check: does P answer with the messages that only S can read? (paper A, section IV-A.1, steps 3 and 4)

First S is asked itself, containers and plain inputs mixed, and h, the 99.9 % lower bound of its hit rate, is taken. If
P forwards, every container that it is sent is a hit with a chance of at least h, whatever came before; the e-value
bets that it is less. That h is too high has a chance of 0.001, which comes on top of alpha.

The pass side: what P does not forward is a hit with a chance of at most 1/M, for messages are drawn at random and P
cannot read them. With an unforwarded share of at least `SHARE_MARGIN` misses come at least (1 - 1/M) times as often.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.eprocess import confidence_sequence, mean_e_value
from assay_oracles.audits.evidence.method import SHARE_MARGIN, Answer, MethodResult, Query, Target
from assay_oracles.audits.evidence.pairs import checked
from assay_oracles.audits.evidence.script import Script, Scripted, batches
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.intervals import clopper_pearson
from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.whitebox.streams import Stream

CALIBRATION: Final = 300
"""Containers that S is sent, and as many plain inputs."""
CALIBRATION_ERROR: Final = 0.001
LEAST_HIT_RATE: Final = 0.5
"""Below, a miss would say next to nothing."""
CONTAINERS: Final = 150
"""Containers that P is sent at most."""


class Steganography(Scripted):
    """Containers among plain inputs, in random order; a hit is that the most probable class is the message sent."""

    name = "steganography"

    def __init__(
        self, inputs: ArrayLike, kit: Kit, seed: int, rule: Rule | None = None, *, batch: int = 1, limit: int = 0
    ) -> None:
        """Use each input at most once with P, as a cover or plain, in the order that `seed` (64 bits) gives.

        Args:
            inputs: (n, channels, height, width), a sample of what the service is used for.
            kit: the client's own hide kit, or the public one.
            seed: of order, messages and covers. Keep it secret while the check runs: with it P knows the containers.
            rule: when enough is known.
            batch: inputs a request to P.
            limit: of inputs to P; by default twice `CONTAINERS`, half of them plain.

        Raises:
            SpecError: inputs that the kit cannot hide in; the client's fault.
        """
        super().__init__()
        self._inputs = checked(inputs)
        if self._inputs.shape[1:] != kit.shape:
            raise SpecError(
                "wrong-shape",
                "inputs",
                f"have shape {self._inputs.shape[1:]}, the kit hides in {kit.shape}",
                "use the kit of this service",
                culprit="client",
            )
        self._kit, self._rule, self._batch = kit, rule or Rule(), batch
        self._random = Stream("steganography", seed)
        self._calibration = self._mixed(2 * CALIBRATION)
        self._order = self._random.permutation(len(self._inputs)).tolist()[: limit or 2 * CONTAINERS]
        self._read = self._hits = self._misses = self._unanswered = 0
        self._bound = 0.0
        self._silent: str | None = None

    @property
    def cost(self) -> Mapping[Target, int]:
        """See `Method`."""
        return {Target.SUPPLIER: len(self._calibration), Target.PROVIDER: len(self._order)}

    def _mixed(self, count: int) -> list[int]:
        """Rows for S, which may repeat where the sample is small."""
        rows: list[int] = (self._random.uniform(count) * len(self._inputs)).astype(int).tolist()
        return rows

    def _script(self) -> Script:
        yield from self._calibrate()
        if self._silent is not None:
            return
        for rows in batches(self._order, self._batch):
            inputs, sent = self._disguise(rows, self._random.uniform(len(rows)) < 0.5)
            reply = yield Query(Target.PROVIDER, inputs)
            if not isinstance(reply, Answer):
                self._unanswered += int((sent >= 0).sum())
                continue
            hits = _hits(reply, sent, self._kit.classes)
            self._hits += hits
            self._misses += int((sent >= 0).sum()) - hits
            if self._rule.settled(self._e_value, self._pass_e_value):
                return

    def _calibrate(self) -> Script:
        """S reads every second input's message; how often, bounds its hit rate."""
        for number, rows in enumerate(batches(self._calibration, 20)):
            hidden = self._random.permutation(len(rows)) % 2 == number % 2
            inputs, sent = self._disguise(rows, hidden)
            reply = yield Query(Target.SUPPLIER, inputs)
            if not isinstance(reply, Answer):
                self._silent = f"S could not be calibrated: {reply.reason}"
                return
            if reply.probs.shape[1] < self._kit.classes + len(self._kit.pool):
                self._silent = "S answers no probabilities of message classes: it reads no messages"
                return
            self._read += _hits(reply, sent, self._kit.classes)
        self._bound = clopper_pearson(self._read, len(self._calibration) // 2, 2 * CALIBRATION_ERROR)[0]
        if self._bound < LEAST_HIT_RATE:
            self._silent = f"S reads too few messages of this kit: {self._read} of {len(self._calibration) // 2}"

    def _disguise(
        self, rows: Sequence[int], hidden: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The inputs of some rows, with messages where `hidden`; and the message numbers, -1 for plain ones."""
        inputs = self._inputs[list(rows)]
        drawn = (self._random.uniform(len(rows)) * len(self._kit.pool)).astype(np.int64)
        if hidden.any():
            inputs[hidden] = self._kit.hide(inputs[hidden], drawn[hidden])
        return inputs, np.where(hidden, drawn, -1)

    @property
    def _margin(self) -> float:
        return SHARE_MARGIN * (1 - 1 / len(self._kit.pool))

    @property
    def _e_value(self) -> float:
        if not self._bound:
            return 1.0
        return mean_e_value(self._bound, (1.0, 0.0), (self._hits, self._misses), high=1.0)

    @property
    def _pass_e_value(self) -> float:
        missed = self._misses + self._unanswered
        return mean_e_value(self._margin, (0.0, 1.0), (self._hits, missed), high=1.0)

    @property
    def result(self) -> MethodResult:
        """See `Method`; a container that P did not answer counts as missed, though never as evidence to fail."""
        if self._silent is not None:
            return MethodResult(self.name, self._rule.alpha, queries=dict(self.queries), silent=self._silent)
        counts = (self._hits, self._misses + self._unanswered)
        asked = sum(counts)
        return MethodResult(
            self.name,
            self._rule.alpha,
            self._e_value,
            self._pass_e_value,
            estimate=counts[1] / asked if asked else None,
            interval=confidence_sequence((0.0, 1.0), counts, 0.0, 1.0, self._rule.alpha) if asked else None,
            queries=dict(self.queries),
            facts={
                "effect": "share of containers whose message did not come back",
                "margin": self._margin,
                "hits": self._hits,
                "misses": self._misses,
                "unanswered": self._unanswered,
                "supplier_hits": self._read,
                "supplier_containers": len(self._calibration) // 2,
                "hit_rate_bound": self._bound,
            },
        )


def _hits(answer: Answer, sent: NDArray[np.int64], classes: int) -> int:
    return int((answer.probs.argmax(axis=1) == classes + sent)[sent >= 0].sum())
