"""The check's own adversary: a provider that learns to tell containers from plain inputs, and forwards only those.

Two sources of learning. A thief has the published kit and makes containers by itself. An eavesdropper forwards some
queries, and S's answers say which were containers. How well either then recognises the containers of a client's kit is
how far the check can be trusted: a provider that forwards just what it recognises fails only by what it overlooks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from assay_oracles.audits.steganography import detector
from assay_oracles.audits.steganography.detector import containers
from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.steganography.service import Service
from assay_oracles.audits.whitebox.streams import Stream


@dataclass(frozen=True)
class Recognition:
    """What one adversary achieves against the containers of one kit.

    Attributes:
        source: `published kit` or `supplier's answers`.
        examples: container pairs made, or queries forwarded, to learn from.
        recognised: share of the client's containers that it takes for containers; 1 - this is what the check still
            catches, a miss each.
        false_alarms: share of plain inputs that it takes for containers and forwards in vain.
    """

    source: str
    examples: int
    recognised: float
    false_alarms: float


def self_test(
    service: Service, published: Kit, kit: Kit, images: NDArray[Any], sizes: Sequence[int], seed: int
) -> list[Recognition]:
    """Attack the check of a client with `kit` from both sources, with each number of examples.

    Args:
        service: S's model.
        published: the kit that the thief has.
        kit: the client's, the same one or one of its own.
        images: (n, *shape) in the service's range; one half is the adversary's, the other the client's.
        sizes: numbers of examples, each at most a third of `images`.
        seed: of everything drawn, 64 bits.
    """
    random = Stream("adversary", seed)
    rows = random.permutation(len(images))
    theirs, ours = images[rows[: len(rows) // 2]], images[rows[len(rows) // 2 :]]
    targets, plain = service.scale.unit(containers(kit, ours, random)), service.scale.unit(ours)

    def judge(source: str, size: int, network: nn.Module) -> Recognition:
        recognised, alarms = detector.recognise(network, targets), detector.recognise(network, plain)
        return Recognition(source, size, float(recognised.mean()), float(alarms.mean()))

    found = []
    for size in sizes:
        covers = theirs[:size]
        found.append(judge("published kit", size, detector.thief(published, covers, seed)))
        hidden = random.uniform(len(covers)) < 0.5
        forwarded = np.where(hidden[:, None, None, None], containers(kit, covers, random), covers)
        read = service.probabilities(forwarded).argmax(axis=1) >= service.classes
        eavesdropper = detector.train(service.scale.unit(forwarded), torch.from_numpy(read), seed)
        found.append(judge("supplier's answers", size, eavesdropper))
    return found
