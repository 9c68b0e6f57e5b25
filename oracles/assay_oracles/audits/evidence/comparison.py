"""Comparing the answers of P with those of a reference that always answers alike.

First the reference is compared with itself; if it differs, the method has nothing to say. Then P and the reference are
asked the same inputs, and wherever they differ both are asked again, up to `ROUNDS` times each and in random order.

- A difference *persists* if each kept to its first answer in all R = ROUNDS rounds. If P forwards, all 2 R + 2 answers
  are exchangeable; given that the first two differ, at most 1 of the C(2 R, R) ways to deal out the others separates
  them like that. A stake of 1000 / C(2 R, R) therefore buys a fair chance of 1000, even if S draws at random: one
  persistent difference sets E to 1,000, as the design wants, and E remains an e-process.
- If only one of them left its first answer, it is P or S with equal chance. The rest of the capital bets that it is P
  (as on a discordant pair of the benchmark): a cheat that forwards what it is asked twice gives itself away like this.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from math import comb
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay_oracles.audits.evidence.eprocess import coin_e_value, confidence_sequence, mean_e_value
from assay_oracles.audits.evidence.method import Answer, Failure, MethodResult, Query, Target
from assay_oracles.audits.evidence.pairs import Pairs, Reply, checked
from assay_oracles.audits.evidence.script import Script, Scripted, batches
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.whitebox.streams import Stream

Row = NDArray[np.float64]
Outcome = Literal["persistent", "provider changed", "reference changed", "unclear"]

PERSISTENT_E: Final = 1000.0
ROUNDS: Final = 10
STAKE: Final = PERSISTENT_E / comb(2 * ROUNDS, ROUNDS)
RESERVE: Final = 0.1  # of the capital, for stakes on persistence
MOST_DIFFERENCES: Final = int(RESERVE / STAKE)  # 18, then the reserve is spent and the method stops
TRIAL: Final = 20  # inputs on which the reference is compared with itself

SCORES = (0.0, 1.0)


class Comparison(Scripted):
    """A comparison of rows of probabilities by `same`, which must be symmetric; see the module."""

    def __init__(
        self,
        name: str,
        effect: str,
        same: Callable[[Row, Row], bool],
        margin: float,
        inputs: ArrayLike,
        seed: int,
        rule: Rule | None = None,
        *,
        reference: Target,
        seed_config: Mapping[str, Any] | None = None,
        batch: int = 8,
        limit: int | None = None,
    ) -> None:
        """Take each of the inputs, (n, *input_shape), at most once, in the order that `seed` (64 bits) gives.

        `limit` bounds how many; the trial of the reference and asking again come on top (see `cost`). A pass rejects
        that the share of P's answers that differ is `margin` or more.

        Raises:
            SpecError: inputs that cannot be asked; the client's fault.
        """
        super().__init__()
        self.name = name
        self._effect, self._same, self._margin, self._batch = effect, same, margin, batch
        self._rule = rule or Rule()
        array = checked(inputs)
        random = Stream(name, seed)
        self._order = random.permutation(len(array))[: limit or len(array)].tolist()
        self._pairs = Pairs(array, random, reference, seed_config)
        self._silent: str | None = None
        self._compared: Counter[bool] = Counter()  # did P's answer differ (or fail)?
        self._unanswered = 0
        self._outcomes: Counter[Outcome] = Counter()
        self._evidence: list[dict[str, Any]] = []

    @property
    def cost(self) -> Mapping[Target, int]:
        """See `Method`; of what asking again may add, honest targets cause nothing."""
        again = ROUNDS * min(MOST_DIFFERENCES, len(self._order))
        trial = 2 * min(TRIAL, len(self._order))
        return {Target.PROVIDER: len(self._order) + again, self._pairs.reference: trial + len(self._order) + again}

    def _script(self) -> Script:
        yield from self._compare_reference_with_itself()
        if self._silent is not None:
            return
        for rows in batches(self._order, self._batch):
            provider, reference = yield from self._pairs.ask(rows)
            if isinstance(reference, Failure) or (isinstance(provider, Failure) and provider.lost):
                continue
            if isinstance(provider, Failure):
                self._unanswered += len(rows)
                self._compared[True] += len(rows)
                continue
            differing = [not self._same(p, s) for p, s in zip(provider.probs, reference.probs, strict=True)]
            self._compared.update(differing)
            for place in np.flatnonzero(differing).tolist():
                if self._outcomes.total() >= MOST_DIFFERENCES:
                    return
                first = provider.probs[place], reference.probs[place]
                yield from self._ask_again(rows[place], *first)
                if self._rule.settled(self._e_value, self._pass_e_value):
                    return
            if self._rule.settled(self._e_value, self._pass_e_value):
                return

    def _compare_reference_with_itself(self) -> Script:
        """With a seed configuration, a second instance; otherwise the same endpoint twice."""
        pairs = self._pairs
        for rows in batches(self._order[:TRIAL], self._batch):
            inputs = pairs.inputs[list(rows)]
            replies: list[Reply] = []
            for instance in (0, 1):
                twin = instance if pairs.seed_config is not None else 0
                replies.append((yield Query(pairs.reference, inputs, seed_config=pairs.seed_config, instance=twin)))
            one, two = replies
            if any(isinstance(reply, Failure) and reply.lost for reply in replies):
                continue
            if isinstance(one, Failure) or isinstance(two, Failure):
                reason = next(reply.reason for reply in replies if isinstance(reply, Failure))
                self._silent = f"the reference cannot be compared with itself: {reason}"
                return
            for a, b in zip(one.probs, two.probs, strict=True):
                if not self._same(a, b):
                    self._silent = "the reference itself answers the same input differently: it is not deterministic"
                    return

    def _ask_again(self, row: int, provider: Row, reference: Row) -> Generator[Query, Reply, None]:
        outcome: Outcome = "persistent"
        for _ in range(ROUNDS):
            theirs, ours = yield from self._pairs.ask([row])
            if not isinstance(theirs, Answer) or not isinstance(ours, Answer):
                outcome = "unclear"
                break
            p, s = theirs.probs[0], ours.probs[0]
            provider_kept = self._same(p, provider) and not self._same(p, reference)
            reference_kept = self._same(s, reference) and not self._same(s, provider)
            if not (provider_kept and reference_kept):
                outcome = "provider changed" if reference_kept else "reference changed" if provider_kept else "unclear"
                break
        self._outcomes[outcome] += 1
        first = {"provider": provider.tolist(), "reference": reference.tolist()}
        self._evidence.append({"input": row, "outcome": outcome, **first})

    @property
    def _e_value(self) -> float:
        if self._outcomes["persistent"]:
            return PERSISTENT_E
        reserve = RESERVE - STAKE * self._outcomes.total()
        coin = coin_e_value(self._outcomes["provider changed"], self._outcomes["reference changed"])
        return reserve + (1 - RESERVE) * coin

    @property
    def _pass_e_value(self) -> float:
        return mean_e_value(self._margin, SCORES, (self._compared[False], self._compared[True]), high=1.0)

    @property
    def result(self) -> MethodResult:
        """See `Method`; an answer that P did not give counts as one that differs, though never as evidence to fail."""
        if self._silent is not None:
            return MethodResult(self.name, self._rule.alpha, queries=dict(self.queries), silent=self._silent)
        same, differing = self._compared[False], self._compared[True]
        asked = same + differing
        return MethodResult(
            self.name,
            self._rule.alpha,
            self._e_value,
            self._pass_e_value,
            estimate=differing / asked if asked else None,
            interval=confidence_sequence(SCORES, (same, differing), 0.0, 1.0, self._rule.alpha) if asked else None,
            queries=dict(self.queries),
            facts={
                "effect": self._effect,
                "margin": self._margin,
                "same": same,
                "differing": differing - self._unanswered,
                "unanswered": self._unanswered,
                "outcomes": dict(self._outcomes),
                "evidence": list(self._evidence),
            },
        )
