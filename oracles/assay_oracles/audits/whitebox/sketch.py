"""Sketch lanes: proof that every sample was computed for this very audit (design section 2, rule 4).

``S = sum_i w_i m_i`` with ``w_i = +-1`` from the audit's seed. ``m_i`` is the sample's logit margin: the true class's
logit less the best other. Its size needs the model, and even its sign needs to know which samples the model gets wrong
(the sign of top-1 less top-2 needs nothing). Margins are divided by ``max(1, median |margin| / 4)`` before they are
clipped to +-16: a confident model's would all be clipped otherwise, and the sketch known to whoever knows the labels.
"""

import numpy as np

from assay_oracles.audits.whitebox.streams import FloatArray, shake

CLIP = 16.0
TYPICAL = 4.0


def sketch(lane: int, seed: bytes, margins: FloatArray) -> float:
    """The sum of one lane, in logits (after scaling), from margins (n,)."""
    scale = max(1.0, float(np.median(np.abs(margins))) / TYPICAL)
    return float(np.dot(signs(lane, seed, len(margins)), np.clip(margins / scale, -CLIP, CLIP)))


def signs(lane: int, seed: bytes, count: int) -> FloatArray:
    """``w`` (count,): +1 for a set bit of SHAKE-256 over the seed, most significant bit first, else -1."""
    drawn = np.frombuffer(shake("sketch", seed, [lane], -(-count // 8)), np.uint8)
    return 2.0 * np.unpackbits(drawn, count=count).astype(np.float64) - 1.0
