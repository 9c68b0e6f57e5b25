"""What `detection.py` replays apart from the zoo: providers with known chances of being worse and better than S.

A case plays one run from a seed, without a network: the method asks, and recorded answers are told. Inputs carry their
index, which finds the answer, and are drawn with replacement, so that no cap on the queries hides the long runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from assay_oracles.audits.benchmark.agreement import agreement
from assay_oracles.audits.benchmark.method import Benchmark
from assay_oracles.audits.benchmark.planning import agreement_queries, mcnemar_queries
from assay_oracles.audits.evidence.method import Answer, MethodResult, Query, Target, VerdictName, run
from assay_oracles.audits.evidence.verdict import Rule
from numpy.typing import NDArray

Array = NDArray[Any]
Outcome = tuple[VerdictName, int]
"""Verdict, and queries to P (to S beside it, as many or more)."""
POOL = 30_000  # inputs of a run; a gap of 1 % is seen within 6,000


@dataclass(frozen=True)
class Case:
    """One method against one provider.

    `play` runs it once. `fixed` is how many queries the fixed-size test needs to see this cheat with power 95 %, `most`
    how many replays are worth their time.
    """

    method: str
    provider: str
    cheats: bool
    play: Callable[[int], Outcome]
    fixed: Callable[[], int] | None = None
    most: int | None = None


@dataclass(frozen=True)
class Recording:
    """Answers of P and S to one pool of inputs: (n, classes) each, with the n right classes."""

    provider: Array
    supplier: Array
    labels: Array

    def respond(self, query: Query) -> Answer:
        """The recorded answers; an instance that S starts answers as S does."""
        recorded = self.provider if query.target is Target.PROVIDER else self.supplier
        return Answer(recorded[query.inputs[:, 0].astype(int)])

    def drawn(self, seed: int) -> tuple[Array, Array]:
        """Inputs of one run, and their right classes."""
        index = np.random.default_rng(seed).integers(0, len(self.labels), POOL)
        return index[:, None].astype(np.float64), self.labels[index]


class UntilFail(Rule):
    """Never satisfied with a pass: for the queries until a cheat is exposed."""

    def settled(self, e_value: float, pass_e_value: float) -> bool:
        """See `Rule`."""
        return e_value >= self.methods / self.alpha


def outcome(result: MethodResult) -> Outcome:
    """What is counted of a run."""
    return result.verdict, result.queries.get(Target.PROVIDER, 0)


def play_benchmark(chances: tuple[float, float], rule: Rule, seed: int) -> Outcome:
    """The paired benchmark, one input a request, so that it stops at the very query that settles it."""
    recording = law(*chances)
    inputs, labels = recording.drawn(seed)
    return outcome(run(Benchmark(inputs, labels, seed, rule, batch=1), recording.respond))


def play_agreement(chances: tuple[float, float], rule: Rule, seed: int) -> Outcome:
    """The agreement test, one input a request; what it asks again counts too."""
    recording = law(*chances)
    inputs, _ = recording.drawn(seed)
    return outcome(run(agreement(inputs, seed, rule, batch=1), recording.respond))


@cache
def law(worse: float, better: float, both_wrong: float = 0.02) -> Recording:
    """Answers with exactly these shares of discordant pairs, in a pool of 10,000."""
    size = 10_000
    p, s = np.zeros(size, dtype=int), np.zeros(size, dtype=int)
    ends = np.cumsum(np.round(np.array([worse, better, both_wrong]) * size).astype(int))
    p[: ends[0]] = 1
    s[ends[0] : ends[1]] = 1
    p[ends[1] : ends[2]] = s[ends[1] : ends[2]] = 1
    return Recording(np.eye(2)[p], np.eye(2)[s], np.zeros(size, dtype=int))


def cases() -> list[Case]:
    """The aims first; then other gaps, and a supplier that draws at random while P forwards."""
    gaps = ((0.03, 0.01), (0.015, 0.005), (0.06, 0.01), (0.12, 0.02), (0.22, 0.02))
    benchmarks = [
        Case(
            "benchmark",
            f"b = {worse:.1%}, c = {better:.1%}",
            True,
            partial(play_benchmark, (worse, better), UntilFail()),
            partial(mcnemar_queries, worse, better),
        )
        for worse, better in gaps
    ]
    alarms = [
        Case("benchmark", f"forwards, alpha {alpha:.0%}", False, partial(play_benchmark, (0.02, 0.02), Rule(alpha)))
        for alpha in (0.05, 0.01)
    ]
    differing = partial(play_agreement, (0.04, 0.01), UntilFail())
    return [*benchmarks, *alarms, Case("agreement", "5 % differ", True, differing, partial(agreement_queries, 0.05))]
