"""The check's own adversary: a provider that learns to tell containers from plain inputs, and forwards only those.

Two sources of learning. A thief has the published kit and makes containers by itself. An eavesdropper forwards some
queries, and S's answers say which were containers. How well either then recognises the containers of a client's kit is
how far the check can be trusted: a provider that forwards just what it recognises fails only by what it overlooks.
"""

from collections.abc import Mapping, Sequence
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
    service: Service, published: Kit, kits: Mapping[str, Kit], images: NDArray[Any], sizes: Sequence[int], seed: int
) -> dict[str, list[Recognition]]:
    """Attack the check of every client, each with a kit of `kits`, from both sources, with each number of examples.

    Args:
        service: S's model.
        published: the kit that the thief has.
        kits: the clients', by name: the same one or ones of their own.
        images: (n, *shape) in the service's range; one half is the adversary's, the other the clients'.
        sizes: numbers of examples, each at most a third of `images`.
        seed: of everything drawn, 64 bits.

    Returns:
        What came of it, by the name of the kit.
    """
    rows = Stream("adversary", seed).permutation(len(images))
    theirs, ours = images[rows[: len(rows) // 2]], images[rows[len(rows) // 2 :]]
    # A thief knows the published kit only, so the same ones attack every client.
    thieves = {size: detector.thief(published, theirs[:size], seed) for size in sizes}
    return {name: _attack(service, kit, theirs, ours, thieves, seed) for name, kit in kits.items()}


def _attack(
    service: Service,
    kit: Kit,
    theirs: NDArray[Any],
    ours: NDArray[Any],
    thieves: Mapping[int, nn.Module],
    seed: int,
) -> list[Recognition]:
    random = Stream("containers", seed)
    targets, plain = service.scale.unit(containers(kit, ours, random)), service.scale.unit(ours)

    def judge(source: str, size: int, network: nn.Module) -> Recognition:
        recognised, alarms = detector.recognise(network, targets), detector.recognise(network, plain)
        return Recognition(source, size, float(recognised.mean()), float(alarms.mean()))

    found = []
    for size, thief in thieves.items():
        found.append(judge("published kit", size, thief))
        covers = theirs[:size]
        hidden = random.uniform(len(covers)) < 0.5
        forwarded = np.where(hidden[:, None, None, None], containers(kit, covers, random), covers)
        read = service.probabilities(forwarded).argmax(axis=1) >= service.classes
        eavesdropper = detector.train(service.scale.unit(forwarded), torch.from_numpy(read), seed)
        found.append(judge("supplier's answers", size, eavesdropper))
    return found
