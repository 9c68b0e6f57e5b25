"""Paired benchmark: the e-process on discordant pairs (design, section 3; paper A, section IV-A.3).

A pair is discordant if one of P and S is right and the other wrong. If P forwards to S unchanged, both answers to an
input come from the same law, also when S draws at random, so in a discordant pair P is the wrong one with a chance of
exactly 1/2, whatever came before. The e-value bets that it is more.

The pass side bets on the score +1 (P wrong, S right), -1 (the opposite) or 0, whose mean is the gap in accuracy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from assay_oracles.audits.benchmark.fixed import mcnemar
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.eprocess import coin_e_value, confidence_sequence, mean_e_value
from assay_oracles.audits.evidence.method import GAP_MARGIN, Answer, Failure, MethodResult, Target
from assay_oracles.audits.evidence.pairs import Pairs, checked
from assay_oracles.audits.evidence.script import Script, Scripted, batches
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.whitebox.streams import Stream

SCORES = (1.0, 0.0, -1.0)


class Benchmark(Scripted):
    """Is P less accurate than S on labelled inputs? One-sided: a P that is better than S is not accused.

    Queries that the reference did not answer are dropped. One that P did not answer counts as its wrong answer on the
    pass side and in the estimate, so that refusing what is hard does not help it to pass; as evidence that P cheats it
    counts for nothing, because networks fail.
    """

    name = "benchmark"

    def __init__(
        self,
        inputs: ArrayLike,
        labels: ArrayLike,
        seed: int,
        rule: Rule | None = None,
        *,
        reference: Target = Target.SUPPLIER,
        batch: int = 8,
        limit: int | None = None,
    ) -> None:
        """Take each input at most once, in the order that `seed` (64 bits) gives, and at most `limit` of them.

        Args:
            inputs: (n, *input_shape), a sample of what the service is used for.
            labels: (n,) the right class of each, as an index into the probabilities.
            seed: of the order of inputs and of who is asked first.
            rule: when enough is known; a run with several methods says how many.
            reference: the supplier, or the registered model that was instantiated in its place.
            batch: inputs a request.
            limit: of queries to each target; all inputs by default.

        Raises:
            SpecError: inputs and labels do not fit; the client's fault.
        """
        super().__init__()
        self._inputs = checked(inputs)
        self._labels = np.asarray(labels)
        if self._labels.shape != self._inputs.shape[:1] or not np.issubdtype(self._labels.dtype, np.integer):
            raise SpecError(
                "labels",
                "labels",
                f"expected {len(self._inputs)} integers, got {self._labels.dtype} of shape {self._labels.shape}",
                "give the index of the right class for every input",
                culprit="client",
            )
        self._rule = rule or Rule()
        self._batch = batch
        self._limit = min(limit or len(self._inputs), len(self._inputs))
        random = Stream("benchmark", seed)
        self._order = random.permutation(len(self._inputs))[: self._limit].tolist()
        self._pairs = Pairs(self._inputs, random, reference)
        self._seen: Counter[tuple[bool, bool]] = Counter()  # (P right, S right)
        self._unanswered: Counter[bool] = Counter()  # S right, P silent

    @property
    def cost(self) -> Mapping[Target, int]:
        """See `Method`."""
        return {Target.PROVIDER: self._limit, self._pairs.reference: self._limit}

    def _script(self) -> Script:
        for rows in batches(self._order, self._batch):
            provider, reference = yield from self._pairs.ask(rows)
            if isinstance(reference, Failure) or (isinstance(provider, Failure) and provider.lost):
                continue
            expected = self._right(reference, rows)
            answered = [None] * len(rows) if isinstance(provider, Failure) else self._right(provider, rows)
            for p_right, s_right in zip(answered, expected, strict=True):
                if p_right is None:
                    self._unanswered[s_right] += 1
                else:
                    self._seen[p_right, s_right] += 1
                if self._rule.settled(self._e_value, self._pass_e_value):
                    return

    def _right(self, answer: Answer, rows: Sequence[int]) -> list[bool]:
        return (answer.probs.argmax(axis=1) == self._labels[list(rows)]).tolist()  # type: ignore[no-any-return]

    @property
    def _worse(self) -> int:
        return self._seen[False, True]

    @property
    def _better(self) -> int:
        return self._seen[True, False]

    @property
    def _scores(self) -> tuple[int, int, int]:
        """How often each of `SCORES` came, P's missing answers taken as wrong."""
        worse = self._worse + self._unanswered[True]
        asked = self._seen.total() + self._unanswered.total()
        return worse, asked - worse - self._better, self._better

    @property
    def _e_value(self) -> float:
        return coin_e_value(self._worse, self._better)

    @property
    def _pass_e_value(self) -> float:
        return mean_e_value(GAP_MARGIN, SCORES, self._scores, high=1.0)

    @property
    def result(self) -> MethodResult:
        """See `Method`; the effect is the accuracy of S less that of P."""
        worse, same, better = self._scores
        asked = worse + same + better
        return MethodResult(
            self.name,
            self._rule.alpha,
            self._e_value,
            self._pass_e_value,
            estimate=(worse - better) / asked if asked else None,
            interval=confidence_sequence(SCORES, self._scores, -1.0, 1.0, self._rule.alpha) if asked else None,
            queries=dict(self.queries),
            facts={
                "effect": "accuracy of S less accuracy of P",
                "margin": GAP_MARGIN,
                "both_right": self._seen[True, True],
                "both_wrong": self._seen[False, False],
                "worse": self._worse,
                "better": self._better,
                "unanswered": self._unanswered.total(),
                # Only if the number of queries was fixed beforehand: here it was not, unless the limit was reached.
                "mcnemar_fixed_size": mcnemar(self._worse, self._better)._asdict(),
            },
        )
