"""Probabilities from strangers: finite, of the right shape, and adding up to one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .base import Party
from .info import Info

MAX_DEPTH: Final = 16
"""How deep quality-assurance data may be nested."""
_HINT = "An answer holds, for each input in order, one probability a class; they add up to 1."


def check(party: Party, probs: Any, count: int, info: Info) -> NDArray[np.float64]:
    """The probabilities of `count` inputs as (count, classes + messages) in float64.

    Each row adds up to 1 within what rounding to `Info.decimals` explains.

    Raises:
        MalformedInput: they are none; culprit as in `Party`.
    """
    try:
        rows = np.asarray(probs)
    except ValueError:
        raise party.malformed("wrong-shape", "its probabilities are no table", _HINT) from None
    if rows.dtype.kind not in "fiu":
        raise party.malformed("not-numbers", "its probabilities are not all numbers", _HINT)
    if rows.shape != (count, info.outputs):
        raise party.malformed(
            "wrong-shape", f"its probabilities have shape {rows.shape}, not {(count, info.outputs)}", _HINT
        )
    rows = rows.astype(np.float64)
    unit = 10.0**-info.decimals
    if not np.isfinite(rows).all():
        raise party.malformed("not-finite", "a probability is NaN or infinite", _HINT)
    if rows.min() < -unit or rows.max() > 1 + unit:
        raise party.malformed("no-probability", f"{rows.min():g} to {rows.max():g} are no probabilities", _HINT)
    sums = rows.sum(axis=1)
    if np.abs(sums - 1).max() > info.outputs * unit:
        worst = float(sums[np.abs(sums - 1).argmax()])
        raise party.malformed("wrong-sum", f"the probabilities of one input add up to {worst:g}", _HINT)
    return rows


def check_meta(party: Party, meta: Any) -> Any:
    """Quality-assurance data as they are, once it is known that they can be written down again.

    Raises:
        MalformedInput: a number is not finite, or they are nested too deep; culprit as in `Party`.
    """
    layer, depth = [meta], 0
    while layer:
        if depth > MAX_DEPTH or any(isinstance(value, float) and not math.isfinite(value) for value in layer):
            raise party.malformed(
                "bad-meta",
                f"its meta holds a number that is not finite, or is nested more than {MAX_DEPTH} deep",
                "docs/blackbox.md describes metaresults.",
            )
        layer = [inner for value in layer for inner in _inside(value)]
        depth += 1
    return meta


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
