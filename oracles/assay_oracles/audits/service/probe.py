"""Probing a service for its agreement: single queries, a number of them that is fixed beforehand."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.evidence.method import ALPHA, Answer, Failure, MethodResult, Query, Target
from assay_oracles.audits.evidence.script import Script, Scripted
from assay_oracles.audits.service.judging import Judged, judge
from assay_oracles.audits.service.sla import Observation, Sla
from assay_oracles.audits.whitebox.streams import Stream


class Probe(Scripted):
    """The method "service": one input a query, drawn with replacement; it says nothing about who computes the answers.

    Its `result` is silent for the joined verdict; `claims` are what it is for.
    """

    name = "service"

    def __init__(
        self,
        inputs: NDArray[np.float64],
        labels: NDArray[np.int64],
        seed: int,
        sla: Sla,
        *,
        queries: int,
        reference: Target | None = None,
    ) -> None:
        """Ask `queries` times.

        Args:
            inputs: (n, *input_shape), a sample of what the service is used for.
            labels: (n,) the right class of each.
            seed: of the draw, 64 bits.
            sla: what is promised.
            queries: to the provider.
            reference: who says what "agreeing" means; asked only when the agreement uses it.
        """
        super().__init__()
        self._inputs, self._labels, self._sla = inputs, labels, sla
        self._drawn: Sequence[int] = (Stream("service", seed).uniform(queries) * len(inputs)).astype(int).tolist()
        self._reference = reference if sla.uses("agreeing") else None
        self._seen: list[Observation] = []

    @property
    def cost(self) -> Mapping[Target, int]:
        """See `Method`."""
        asked = [Target.PROVIDER] + ([self._reference] if self._reference else [])
        return dict.fromkeys(asked, len(self._drawn))

    def _script(self) -> Script:
        for index in self._drawn:
            inputs = self._inputs[index : index + 1]
            expected = _class((yield Query(self._reference, inputs))) if self._reference else None
            reply = yield Query(Target.PROVIDER, inputs)
            if isinstance(reply, Failure) and reply.lost:
                continue
            seconds = reply.seconds if isinstance(reply, Answer) else None
            self._seen.append(Observation(seconds, int(self._labels[index]), _class(reply), expected))

    @property
    def claims(self) -> tuple[Judged, ...]:
        """Every objective, judged by the queries so far.

        Each interval is valid for a number of queries fixed beforehand: when a run was cut short, only if what cut it
        short did not depend on the answers.
        """
        return judge(self._sla, self._seen)

    @property
    def result(self) -> MethodResult:
        """See `Method`."""
        return MethodResult(
            self.name,
            ALPHA,
            queries=dict(self.queries),
            facts={"effect": "none: the agreement's claims are judged apart", "asked": len(self._seen)},
            silent="an agreement says nothing about who computes the answers",
        )


def _class(reply: Answer | Failure) -> int | None:
    return int(reply.probs[0].argmax()) if isinstance(reply, Answer) else None
