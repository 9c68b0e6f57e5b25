"""Training a service that reads hidden messages, its hide kits, and the report of how far the check can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from assay_chain.errors import MalformedInput
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.intervals import clopper_pearson
from assay_oracles.audits.steganography import adversary
from assay_oracles.audits.steganography.check import CALIBRATION_ERROR
from assay_oracles.audits.steganography.files import Scale
from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.steganography.recipe import Recipe
from assay_oracles.audits.steganography.service import Service
from assay_oracles.audits.steganography.training import train, train_kit
from assay_oracles.audits.whitebox import streams
from assay_oracles.audits.whitebox.dataset import Dataset

from assay_client import labelled
from assay_client.folders import require_new
from assay_client.specs import malformed

from . import samples

SERVICE: Final = "service.safetensors"
PUBLIC_KIT: Final = "public-kit.safetensors"
REPORT: Final = "report.json"
EXAMPLES: Final = (50, 200)
"""Containers, or forwarded queries, that the adversary of the report learns from."""

Say = Callable[[str], None]
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Data:
    """What to train on, and what to report on: held-out samples that neither networks nor kits have seen."""

    train: Dataset
    test: Dataset
    scale: Scale
    classes: int


def digits() -> Data:
    """The built-in example."""
    inputs, labels, classes = samples.digits()
    return _split(inputs, labels, len(classes))


def read(path: Path) -> Data:
    """Labelled images from a safetensors file with `inputs` (n, channels, height, width) and `labels` (n,).

    Raises:
        MalformedInput: it is none.
    """
    inputs, labels = labelled.read(path)
    if len(labels) < 2 or inputs.min() == inputs.max():
        raise MalformedInput(
            f"{path} has {len(labels)} images and nothing to learn from",
            code="bad-data",
            culprit="local",
            hint="give at least two images that differ",
        )
    return _split(inputs, labels, int(labels.max()) + 1)


def _split(inputs: Any, labels: Any, classes: int) -> Data:
    train_set, test_set = samples.split(inputs, labels)
    return Data(train_set, test_set, Scale(float(inputs.min()), float(inputs.max())), classes)


def write(data: Data, folder: Path, recipe: Recipe, clients: int, say: Say, progress: Progress) -> dict[str, Any]:
    """Train everything and write it to a new folder: the service, the public kit, a kit a client, and the report.

    Returns:
        The report, as in `REPORT`.

    Raises:
        Refused: the folder has files in it.
        MalformedInput: the data are not images.
    """
    require_new(folder)
    torch.set_num_threads(1)
    images = data.train.inputs.astype(np.float64)
    say(f"Training prep, hide and reveal networks on {len(images)} images ({recipe.steps} steps)")
    try:
        service, public = train(images, data.train.labels, data.classes, data.scale, recipe, progress)
    except SpecError as error:
        raise malformed(error, "the data") from error
    kits = {PUBLIC_KIT: public}
    for number in range(1, clients + 1):
        say(f"Training the kit of client {number} of {clients}")
        own = Recipe(**{**asdict(recipe), "seed": recipe.seed + number})
        kits[f"client-{number}-kit.safetensors"] = train_kit(service, public, images, own, progress)
    say("Attacking the kits with detectors that a provider could train")
    report = _report(data, recipe, service, public, kits)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {SERVICE: service.encode(), **{name: kit.encode() for name, kit in kits.items()}}.items():
        (folder / name).write_bytes(content)
    (folder / REPORT).write_text(json.dumps({"schema": "assay/stego-train/1", **report}, indent=2) + "\n")
    return report


def _report(data: Data, recipe: Recipe, service: Service, public: Kit, kits: dict[str, Kit]) -> dict[str, Any]:
    test = data.test.inputs.astype(np.float64)
    right = service.probabilities(test).argmax(axis=1) == data.test.labels
    sizes = [size for size in EXAMPLES if size <= len(test) // 2]
    attacks = adversary.self_test(service, public, kits, test, sizes, recipe.seed)
    return {
        "recipe": asdict(recipe),
        "classes": data.classes,
        "accuracy": float(right.mean()),
        "kits": {
            name: {
                **_quality(service, kit, test, recipe.seed),
                "adversaries": [asdict(found) for found in attacks[name]],
            }
            for name, kit in kits.items()
        },
    }


def _quality(service: Service, kit: Kit, covers: streams.FloatArray, seed: int) -> dict[str, float | int]:
    messages = (streams.Stream("report", seed).uniform(len(covers)) * len(kit.pool)).astype(np.int64)
    containers = kit.hide(covers, messages)
    hits = int((service.probabilities(containers).argmax(axis=1) == service.classes + messages).sum())
    change = np.linalg.norm((containers - covers).reshape(len(covers), -1), axis=1)
    return {
        "containers": len(covers),
        "hits": hits,
        "hit_rate_bound": clopper_pearson(hits, len(covers), 2 * CALIBRATION_ERROR)[0],
        "change": float((change / np.linalg.norm(covers.reshape(len(covers), -1), axis=1).clip(min=1e-12)).mean()),
    }
