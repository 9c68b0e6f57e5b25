"""A supplier's own attack: a generator fitted against its model, for others to measure robustness with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.robustness import fitting
from assay_oracles.audits.robustness.attacks import GENERATOR
from assay_oracles.audits.robustness.fitting import Recipe
from assay_oracles.audits.robustness.generator import Generator
from assay_oracles.audits.robustness.score import THRESHOLD
from assay_oracles.audits.whitebox import evaluation, job
from assay_oracles.audits.whitebox.job import SEED_BYTES, Job
from assay_oracles.audits.whitebox.layers import forward
from assay_oracles.audits.whitebox.streams import FloatArray, Stream
from scipy.special import softmax  # type: ignore[import-untyped]

from assay_client.folders import require_new_file
from assay_client.specs import malformed

from . import publishing

PROPOSALS: Final = 500
"""Single proposals that the report tries, of fresh inputs and classes."""


def train(
    folder: Path, out: Path, recipe: Recipe, say: Callable[[str], None], progress: fitting.Progress
) -> dict[str, Any]:
    """Fit a generator against the model in `folder` and write it to the new file `out`.

    Returns:
        `attack` and `range` as an agreement declares them, and how well it does: `error`, the mean probability of the
        wanted class after one proposal (of what stays unchanged: `error_unchanged`), and how many `reached` 0.9.

    Raises:
        Refused: the file exists.
        MalformedInput: the folder holds no open model; culprit supplier.
    """
    require_new_file(out)
    manifest, files = publishing.local(folder)
    try:
        loaded = job.load(Job(manifest, bytes(SEED_BYTES), files))
    except SpecError as error:
        raise malformed(error, folder) from error
    low, high = manifest.input.range or (float(loaded.test.inputs.min()), float(loaded.test.inputs.max()))
    architecture, weights = manifest.architecture, loaded.model.weights
    tensors = {name: torch.from_numpy(values) for name, values in weights.items()}
    say(f"Fitting a generator against {manifest.name} ({recipe.steps} steps), inputs in [{low:g}, {high:g}]")

    def model(x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(forward(architecture, tensors, low + x * (high - low)), 1)

    def probabilities(x: FloatArray) -> FloatArray:
        found: FloatArray = softmax(evaluation.logits(architecture, weights, [low + x * (high - low)]), axis=1)
        return found

    made = fitting.fit(model, manifest.input.shape, len(manifest.classes), recipe, progress)
    data = made.encode()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return {
        "attack": {"name": GENERATOR, "parameters": {"digest": digest}},
        "range": [low, high],
        **_tried(made, probabilities, recipe.seed),
    }


def _tried(made: Generator, probabilities: Callable[[FloatArray], FloatArray], seed: int) -> dict[str, Any]:
    stream = Stream("robustness/report", seed)
    starts = stream.uniform(PROPOSALS * prod(made.shape)).reshape(PROPOSALS, *made.shape)
    wanted = (stream.uniform(PROPOSALS) * made.classes).astype(int)
    noise = np.random.default_rng(seed).standard_normal((PROPOSALS, made.latent))
    changed = np.stack([made.propose(x, int(i), z) for x, i, z in zip(starts, wanted, noise, strict=True)])
    before, after = (probabilities(x.astype(np.float64))[np.arange(PROPOSALS), wanted] for x in (starts, changed))
    return {
        "proposals": PROPOSALS,
        "error_unchanged": float(before.mean()),
        "error": float(after.mean()),
        "reached": int((after >= THRESHOLD).sum()),
    }
