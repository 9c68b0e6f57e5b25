"""Which inputs of a test set each oracle asks a service about: disjoint blocks that the audit's seed draws."""

from dataclasses import dataclass

import numpy as np

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox.streams import shake


@dataclass(frozen=True)
class Block:
    """One oracle's inputs.

    Attributes:
        indices: their places in the test set.
        labels: the right class of each.
        expected: M's class of each; empty where M is not open.
    """

    indices: tuple[int, ...]
    labels: tuple[int, ...]
    expected: tuple[int, ...]


def size(samples: int, roster: int, most: int) -> int:
    """How many inputs every oracle of a roster asks about: alike for all, at most `most`, and no input twice.

    Raises:
        SpecError: the test set has fewer samples than the roster has members; culprit client.
    """
    share = min(most, samples // roster)
    if not share:
        raise SpecError(
            "too-few-samples",
            "test",
            f"has {samples} samples for {roster} oracles, who may not ask about the same ones",
            "use a larger test set",
            culprit="client",
        )
    return share


def draw(seed: bytes, samples: int, position: int, roster: int, most: int) -> tuple[int, ...]:
    """Places in the test set that the oracle at `position` of the roster asks about.

    The samples in the stable order of one SHAKE-256 word each; oracle p takes the p-th run of `size`. So blocks are
    disjoint, and every sample is equally likely in each.
    """
    assert 0 <= position < roster, "a position in the roster"
    share = size(samples, roster, most)
    words = np.frombuffer(shake("service", seed, [0], 8 * samples), ">u8").astype(np.uint64)
    order = np.argsort(words, kind="stable")
    return tuple(int(index) for index in order[position * share : (position + 1) * share])
