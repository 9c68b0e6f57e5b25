"""Would another honest machine vote the same? When an oracle cannot know, it must not stake its bond on the answer.

Instruction sets differ in the last bits of every sum. Well-conditioned models keep such differences below 1e-12, but
training at too high a rate is chaotic and returns them as other weights altogether, and a model can be built so that
its logits are mostly rounding. Both show when the model is nudged by far more than rounding, yet far less than any
tolerance: trained again from a nudged start, or evaluated again with nudged weights.
"""

import numpy as np

from assay_oracles.audits.whitebox.streams import FloatArray, Stream
from assay_oracles.audits.whitebox.weights import Weights

NUDGE = 1e-13
"""Relative; a thousand times the rounding of float64."""
DRIFT = 1e-6
"""How far a nudge may move a logit, relative to the largest logit (or to 1)."""
PROBES = 128
"""Samples that the nudged model is asked about; drawn with the audit's seed."""
EDGE = 1e-10
"""Where a score jumps (see `scores`), relative; stable models stay within a tenth of it."""


class UnstableError(ArithmeticError):
    """Honest machines may disagree about this model, so its vote is `UNAVAILABLE`; never a fault of one oracle."""


def nudged(weights: Weights) -> Weights:
    """Every number moved up or down by the relative amount `NUDGE`."""
    stream = Stream("nudge", 0)
    return {
        name: v * (1 + NUDGE * np.sign(stream.uniform(v.size) - 0.5).reshape(v.shape)) for name, v in weights.items()
    }


def require_steady(logits: FloatArray, again: FloatArray) -> None:
    """Raises UnstableError when a nudge moved logits (n, classes) by more than `DRIFT`."""
    drift = float(np.abs(logits - again).max()) / max(1.0, float(np.abs(logits).max()))
    if not drift <= DRIFT:
        raise UnstableError(
            f"a nudge of {NUDGE} moves the model's logits by {drift:.1e}: other machines will compute other metrics. "
            "Train with a lower learning rate, or publish weights that do not cancel each other."
        )


def require_clear(distances: FloatArray) -> None:
    """Raises UnstableError for distances from an exact tie that are neither rounding nor clearly beyond `EDGE`."""
    if (np.abs(distances - EDGE) < 0.9 * EDGE).any():
        raise UnstableError(
            f"a test sample lies {EDGE} from counting differently, so other machines may count it differently. "
            "Publish the model again without that sample."
        )
