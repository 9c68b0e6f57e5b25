"""The explainability rating of a service or a model: do its explanations say what its answers do?

Each part is a mean over the rated inputs x with attributions a, class c (the most probable of f(x)) and baseline x0:

- deletion rank correlation: the numbers of x, by falling a, are cut into `GROUPS` groups; Spearman's correlation
  between the groups' sums of a and the falls f_c(x) - f_c(x with that group at x0). Negative ones count as 0.
- completeness: 1 - |sum(a) - (f_c(x) - f_c(x0))| / max(|f_c(x) - f_c(x0)|, `LEAST_GAIN`), at least 0.
- stability: 1 - |a - a'| / |a| (Euclidean), at least 0, where a' explains x with normal noise of `NOISE` standard
  deviations of all rated numbers added; 0 if the noise changes the class, or if a = 0.

All lie in [0, 1], and so does the rating, their mean (design, section 3).
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target
from assay_oracles.audits.evidence.pairs import Reply
from assay_oracles.audits.metaresult import explanation
from assay_oracles.audits.metaresult.proofs import Nonces, plainly
from assay_oracles.audits.whitebox.streams import Stream

Array = NDArray[np.float64]

GROUPS: Final = 8
LEAST_GAIN: Final = 0.05
NOISE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Rating:
    """The three parts, and their mean; each in [0, 1]."""

    deletion: float
    completeness: float
    stability: float

    @property
    def explainability(self) -> float:
        """The mean of the parts."""
        return (self.deletion + self.completeness + self.stability) / 3


def cost(inputs: Array) -> int:
    """Inputs that `rate` sends."""
    return 1 + len(inputs) * (2 + min(GROUPS, int(inputs[0].size)))


def rate(
    target: Target, inputs: Array, baseline: float, nonces: Nonces, random: Stream, batch: int
) -> Generator[Query, Reply, Rating | None]:
    """Rate the explanations of inputs (n, *input_shape); None if an answer or its explanation is missing.

    `batch` is how many inputs a request may hold.
    """
    spread = NOISE * float(inputs.std())
    origin = yield Query(target, np.full_like(inputs[:1], baseline))
    if isinstance(origin, Failure):
        return None
    parts = []
    for sample in inputs:
        plain = yield from _explained(target, sample, nonces)
        nudged = yield from _explained(target, sample + spread * _normal(random, sample.shape), nonces)
        if plain is None or nudged is None:
            return None
        probs, attributed = plain
        top = int(probs.argmax())
        groups, without = _groups(sample, attributed, baseline)
        left = yield from plainly(target, without, batch)
        if isinstance(left, Failure):
            return None
        falls = probs[top] - left[:, top]
        gain = float(probs[top] - origin.probs[0, top])
        stable = _stability(attributed, nudged[1]) if int(nudged[0].argmax()) == top else 0.0
        parts.append((_spearman(groups, falls), _completeness(float(attributed.sum()), gain), stable))
    return Rating(*np.mean(parts, axis=0).tolist())


def rating_of(respond: Callable[[Query], Answer | Failure], inputs: Array, baseline: float, seed: int) -> Rating | None:
    """Rate a model at hand: `respond` answers a query and puts `attributions` into `meta` where there is a nonce."""
    stream = Stream("metaresult/rating", seed)
    steps = rate(Target.REFERENCE, inputs, baseline, Nonces(bytes(8)), stream, GROUPS)
    try:
        query = next(steps)
        while True:
            query = steps.send(respond(query))
    except StopIteration as end:
        rating: Rating | None = end.value
        return rating


def _explained(target: Target, sample: Array, nonces: Nonces) -> Generator[Query, Reply, tuple[Array, Array] | None]:
    reply = yield Query(target, sample[None], nonces.fresh())
    attributed = None if isinstance(reply, Failure) else explanation.attributions(reply.meta, sample[None])
    return None if isinstance(reply, Failure) or attributed is None else (reply.probs[0], attributed[0])


def _groups(sample: Array, attributed: Array, baseline: float) -> tuple[Array, Array]:
    """Each group's sum of attributions, and the samples without it."""
    groups = np.array_split(np.argsort(-attributed.ravel(), kind="stable"), min(GROUPS, sample.size))
    without = np.repeat(sample.reshape(1, -1), len(groups), axis=0)
    for row, group in zip(without, groups, strict=True):
        row[group] = baseline
    return np.array([attributed.ravel()[group].sum() for group in groups]), without.reshape(-1, *sample.shape)


def _spearman(one: Array, other: Array) -> float:
    """Correlation of average ranks, negative ones as 0; 0 where one side does not vary."""
    from scipy.stats import rankdata  # type: ignore[import-untyped]  # heavy, and few commands need it

    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return max(0.0, float(np.corrcoef(rankdata(one), rankdata(other))[0, 1]))


def _completeness(total: float, gain: float) -> float:
    return max(0.0, 1 - abs(total - gain) / max(abs(gain), LEAST_GAIN))


def _stability(one: Array, other: Array) -> float:
    length = float(np.linalg.norm(one))
    return max(0.0, 1 - float(np.linalg.norm(one - other)) / length) if length else 0.0


def _normal(random: Stream, shape: tuple[int, ...]) -> Array:
    """Standard normal numbers, by the inverse of their distribution."""
    from scipy.special import ndtri  # type: ignore[import-untyped]  # heavy, and few commands need it

    count = int(np.prod(shape))
    return np.asarray(ndtri(random.uniform(count) * (1 - 2.0**-53) + 2.0**-54).reshape(shape), dtype=np.float64)
