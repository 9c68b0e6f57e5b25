"""One oracle's work on one audit: from published bytes and the audit's seed to the raw lanes of a vote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset, evaluation, metrics, training, weights
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import Manifest, Served
from assay_oracles.audits.whitebox.overlap import overlap
from assay_oracles.audits.whitebox.perturb import noise
from assay_oracles.audits.whitebox.stability import nudged
from assay_oracles.audits.whitebox.tensors import Source
from assay_oracles.audits.whitebox.weights import Weights

SEED_BYTES = 32


@dataclass(frozen=True)
class Job:
    """What to recompute.

    Attributes:
        manifest: the parsed manifest.
        seed: the audit's seed, 32 bytes.
        artifacts: files by role (`Manifest.artifacts`), their digests already checked; ``test`` is the set to use.
        own_test_set: True when ``test`` is the client's; its faults are then the client's too.
    """

    manifest: Manifest
    seed: bytes
    artifacts: Mapping[str, Path]
    own_test_set: bool = False

    def __post_init__(self) -> None:
        """Our own caller's mistakes, not the supplier's."""
        assert len(self.seed) == SEED_BYTES, "an audit's seed has 32 bytes"
        missing = {ref.role for ref in self.manifest.artifacts()} - set(self.artifacts)
        assert not missing, f"no file for {missing}"


def run(job: Job) -> dict[str, int]:
    """Raw lane numbers by name, in the order of `metrics.lane_names`.

    Raises:
        SpecError: the published bytes can never be audited.
        UnstableError: they cannot be audited reliably, see `stability`.
        MemoryError, OSError: they could be audited, but not here and now.
    """
    loaded = load(job)
    overlapping = None if loaded.train is None else overlap(loaded.test, loaded.train)
    law = noise(job.seed, job.manifest.input, loaded.test)
    return evaluation.vote(loaded.model, loaded.test, law, overlapping, loaded.source)


@dataclass(frozen=True)
class Loaded:
    """What a job's files hold, checked. ``source`` is who is to blame for the test set."""

    model: evaluation.Model
    test: Dataset
    train: Dataset | None
    source: Source


def load(job: Job) -> Loaded:
    """Reads a job's files, and trains the model where a recipe is all there is of it.

    Raises:
        SpecError: the published bytes can never be audited.
    """
    manifest = job.manifest
    check_sizes(manifest, job.artifacts, own_test_set=job.own_test_set)
    source = Source("test", "client" if job.own_test_set else "supplier")
    test = dataset.load(job.artifacts["test"], source, manifest, metrics.MAX_SAMPLES)
    train = None
    if manifest.train is not None:
        train = dataset.load(job.artifacts["train"], Source("train"), manifest, training.MAX_SAMPLES)
    return Loaded(evaluation.Model(manifest.architecture, *_weights(job, train)), test, train, source)


def _weights(job: Job, train: Dataset | None) -> tuple[Weights, Weights]:
    """Those of the model to measure, and of its nudged twin that tells whether measuring it is reliable."""
    architecture, recipe = job.manifest.architecture, job.manifest.recipe
    if recipe is None:
        given = weights.load(job.artifacts["weights"], Source("weights"), architecture)
        return given, nudged(given)
    assert train is not None, "a recipe has a training set"
    start = training.initialise(architecture, recipe)
    trained, twin = (training.train(architecture, recipe, train, first) for first in (start, nudged(start)))
    if not (_finite(trained) or _finite(twin)):
        raise SpecError("recipe-diverges", "recipe", "training ends in infinite weights", "lower the learning rate")
    return trained, twin


def _finite(tensors: Weights) -> bool:
    return all(bool(np.isfinite(values).all()) for values in tensors.values())


def check_sizes(manifest: Served, artifacts: Mapping[str, Path], *, own_test_set: bool) -> None:
    """A file with the right digest but another size than the manifest says belies the manifest.

    Raises:
        SpecError: one does.
    """
    for ref in manifest.artifacts():
        if ref.role == "test" and own_test_set:
            continue
        size = artifacts[ref.role].stat().st_size
        if size != ref.size:
            hint = "publish the manifest again with the size of the file"
            raise SpecError("wrong-size", f"{ref.role}.bytes", f"the file has {size} bytes, not {ref.size}", hint)
