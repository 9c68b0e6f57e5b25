"""Explanations of answers: attributions, and what can be checked of them without the model (paper A, section IV-A.4).

The attributions a of an input x say how much each number of x contributed to f(x), the probability of the class that
was answered as the most probable, against a baseline x0 whose every number is one that S declares.

- *Completeness*: sum(a) = f(x) - f(x0), as integrated gradients have it (Sundararajan, Taly and Yan, "Axiomatic
  attribution for deep networks", ICML 2017).
- *Deletion*: where the most important numbers of x are set to the baseline, f falls by more than where as many chosen
  at random are (Samek and others, "Evaluating the visualization of what a deep neural network has learned", IEEE TNNLS
  28, 2017).
- *Consistency*: the explanation is the one that S gives for the same input.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOLERANCE: Final = 0.05
"""Of completeness, in probability: numerical integration, and rounding of answers."""
DELETED: Final = 0.25
"""Share of an input's numbers that the deletion test removes."""
_SLACK: Final = 1e-6  # of a unit: decimals are not exact in binary


def attributions(meta: Any, inputs: Array) -> Array | None:
    """The member `attributions` of an answer's `meta`, one of each number of `inputs`; None unless it is that."""
    found = meta.get("attributions") if isinstance(meta, dict) else None
    try:
        array = np.asarray(found)
    except ValueError:
        return None
    if array.dtype.kind not in "fi" or array.shape != inputs.shape or not np.isfinite(array).all():
        return None
    return array.astype(np.float64)


def complete(attributed: Array, gain: float) -> bool:
    """Whether the attributions of one input add up to f(x) - f(x0)."""
    return abs(float(attributed.sum()) - gain) <= TOLERANCE


def consistent(one: Array, other: Array, decimals: int) -> bool:
    """Whether two explanations of the same input are equal within one unit, 10^-decimals."""
    return bool((np.abs(one - other) <= (1 + _SLACK) * 10.0**-decimals).all())


def deleted(sample: Array, attributed: Array, baseline: float, random: NDArray[np.intp]) -> Array:
    """(2, *shape): the sample without its most important numbers, and without as many others.

    `random` is an order of its numbers, of which the first go.
    """
    count = max(1, round(DELETED * sample.size))
    found = np.repeat(sample[None], 2, axis=0).reshape(2, -1)
    found[0, np.argsort(-attributed.ravel(), kind="stable")[:count]] = baseline
    found[1, random[:count]] = baseline
    return found.reshape(2, *sample.shape)
