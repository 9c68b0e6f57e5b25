"""What `detection.py` replays: one case for each method and provider. A new method registers its own cases here.

A case plays one run from a seed, without a network: the method asks, and recorded or drawn answers are told. Inputs
carry their index, which finds the recorded answer. Inputs are drawn with replacement from what was recorded, so that a
run can go on until its verdict and no cap hides the long ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from assay_oracles.audits.benchmark.agreement import agreement
from assay_oracles.audits.benchmark.method import Benchmark
from assay_oracles.audits.benchmark.planning import agreement_queries, mcnemar_queries
from assay_oracles.audits.evidence.method import Answer, Method, MethodResult, Query, Target, run
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.replay.method import replay
from numpy.typing import NDArray

Array = NDArray[Any]
POOL = 30_000  # inputs of a run; a gap of 1 % is seen within 6,000
DECIMALS = 4
CONFIG = {"seed": 0}


@dataclass(frozen=True)
class Case:
    """One method against one provider.

    `play` runs it once. `fixed` is how many queries the fixed-size test needs to see this cheat with power 95 %.
    """

    method: str
    provider: str
    cheats: bool
    play: Callable[[int], MethodResult]
    fixed: int | None = None


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


def benchmark_play(recording: Callable[[], Recording], rule: Rule, seed: int) -> MethodResult:
    """The paired benchmark, one input a request, so that it stops at the very query that settles it."""
    inputs, labels = recording().drawn(seed)
    return run(Benchmark(inputs, labels, seed, rule, batch=1), recording().respond)


def comparison_play(
    make: Callable[..., Method], recording: Callable[[], Recording], rule: Rule, seed: int
) -> MethodResult:
    """Agreement or replay, one input a request."""
    inputs, _ = recording().drawn(seed)
    return run(make(inputs, seed=seed, rule=rule, batch=1), recording().respond)


replayed = partial(replay, decimals=DECIMALS, seed_config=CONFIG)


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


@cache
def digits(kind: str) -> Recording:
    """Real models on scikit-learn's digits: the supplier and what a provider may serve instead of it."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.svm import SVC

    inputs, labels = load_digits(return_X_y=True)
    inputs, test, labels, right = train_test_split(inputs / 16, labels, test_size=0.5, random_state=0)
    supplier = SVC(probability=True, random_state=0).fit(inputs, labels).predict_proba(test)
    weak = LogisticRegression(max_iter=1000).fit(inputs[:90], labels[:90]).predict_proba(test)
    half = np.random.default_rng(0).random(len(test)) < 0.5
    served = {
        "honest": supplier,
        "weak": weak,
        "mix": np.where(half[:, None], weak, supplier),
        "rounding": np.round(supplier, 2),
        "quantised": supplier.astype(np.float16).astype(np.float64),
    }[kind]
    return Recording(served.round(DECIMALS), supplier.round(DECIMALS), right)


def cases() -> list[Case]:
    """Every case, those of the aims first."""
    found = []
    for worse, better in ((0.03, 0.01), (0.015, 0.005), (0.06, 0.01), (0.12, 0.02), (0.22, 0.02)):
        name = f"gap {worse - better:.0%} (b {worse:.1%}, c {better:.1%})"
        play = partial(benchmark_play, partial(law, worse, better), UntilFail())
        found.append(Case("benchmark", name, True, play, mcnemar_queries(worse, better)))
    for alpha in (0.05, 0.01):
        name = f"forwards, S draws at random (b = c = 2 %), alpha {alpha:.0%}"
        play = partial(benchmark_play, partial(law, 0.02, 0.02), Rule(alpha))
        found.append(Case("benchmark", name, False, play))
    play = partial(comparison_play, agreement, partial(law, 0.04, 0.01), UntilFail())
    found.append(Case("agreement", "5 % differ", True, play, agreement_queries(0.05)))
    for kind in ("honest", "weak", "mix", "rounding", "quantised"):
        cheats = kind != "honest"
        source = partial(digits, kind)
        found.append(Case("benchmark", f"digits: {kind}", cheats, partial(benchmark_play, source, Rule())))
        found.append(Case("agreement", f"digits: {kind}", cheats, partial(comparison_play, agreement, source, Rule())))
        found.append(Case("replay", f"digits: {kind}", cheats, partial(comparison_play, replayed, source, Rule())))
    return found
