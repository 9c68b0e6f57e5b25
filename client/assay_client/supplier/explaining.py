"""How well a supplier's explanations say what its own model's answers do (paper A, IV-A.4)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from assay_chain.errors import Refused
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Answer, Query
from assay_oracles.audits.metaresult.attribution import integrated_gradients
from assay_oracles.audits.metaresult.rating import rating_of
from assay_oracles.audits.whitebox import evaluation, job
from assay_oracles.audits.whitebox.job import SEED_BYTES, Job
from assay_oracles.audits.whitebox.streams import Stream
from scipy.special import softmax  # type: ignore[import-untyped]

from assay_client.specs import malformed

from . import publishing


def rate(folder: Path, samples: int, baseline: float, seed: int) -> dict[str, Any]:
    """Rate integrated gradients of the model in `folder` on inputs drawn from its test set.

    Args:
        folder: as for publishing.
        samples: how many inputs, at most all.
        baseline: of every number of an input, in the inputs' unit.
        seed: of the draw and the noise, 64 bits.

    Returns:
        `rating` and its parts `deletion`, `completeness` and `stability`, each in [0, 1], and the number of `samples`.

    Raises:
        Refused: there are fewer samples.
        MalformedInput: the folder holds no open model; culprit supplier.
    """
    manifest, files = publishing.local(folder)
    try:
        loaded = job.load(Job(manifest, bytes(SEED_BYTES), files))
    except SpecError as error:
        raise malformed(error, folder) from error
    tests = loaded.test.inputs
    if samples > len(tests):
        raise Refused(
            f"the test set has {len(tests)} samples, not {samples}",
            code="too-few-samples",
            culprit="local",
            hint="Rate fewer with --samples.",
        )
    layers, weights = manifest.architecture, loaded.model.weights

    def respond(query: Query) -> Answer:
        probs = softmax(evaluation.logits(layers, weights, [query.inputs]), axis=1)
        if query.nonce is None:
            return Answer(probs)
        blank = np.full_like(query.inputs, baseline)
        found = integrated_gradients(layers, weights, query.inputs, blank, probs.argmax(axis=1))
        return Answer(probs, meta={"attributions": found.tolist()})

    rows = Stream("supplier/explainability", seed).permutation(len(tests))[:samples]
    rating = rating_of(respond, tests[rows].astype(np.float64), baseline, seed)
    assert rating is not None, "a model at hand answers and explains everything"
    return {"rating": rating.explainability, **asdict(rating), "samples": samples}
