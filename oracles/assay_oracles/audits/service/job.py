"""What an oracle computes before it asks a service: its block of inputs, and what M answers to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay_oracles.audits.service.block import Block, draw
from assay_oracles.audits.whitebox import dataset, evaluation, metrics, scores
from assay_oracles.audits.whitebox import job as whitebox
from assay_oracles.audits.whitebox.manifest import Manifest, Served
from assay_oracles.audits.whitebox.tensors import Source


@dataclass(frozen=True)
class Job:
    """Whose block to find.

    Attributes:
        manifest: the parsed manifest.
        seed: the audit's seed, 32 bytes.
        artifacts: files by role, their digests already checked; ``test`` is the set to use.
        own_test_set: True when ``test`` is the client's.
        position, roster: the oracle's place in the roster, from 0, and the roster's size.
        most: most inputs of one oracle.
    """

    manifest: Served
    seed: bytes
    artifacts: Mapping[str, Path]
    own_test_set: bool
    position: int
    roster: int
    most: int


def run(job: Job) -> Block:
    """The oracle's block; see `block.draw`.

    Raises:
        SpecError: the published bytes can never be audited, or the test set is too small for the roster.
        MemoryError, OSError: they could be audited, but not here and now.
    """
    manifest = job.manifest
    if not isinstance(manifest, Manifest):
        whitebox.check_sizes(manifest, job.artifacts, own_test_set=job.own_test_set)
        source = Source("test", "client" if job.own_test_set else "supplier")
        indices = _draw(job, test := dataset.load(job.artifacts["test"], source, manifest, metrics.MAX_SAMPLES))
        return Block(indices, tuple(test.labels[list(indices)].tolist()), ())
    loaded = whitebox.load(whitebox.Job(manifest, job.seed, job.artifacts, job.own_test_set))
    indices = _draw(job, loaded.test)
    asked = dataset.Dataset(loaded.test.inputs[list(indices)], loaded.test.labels[list(indices)])
    architecture = loaded.model.architecture
    batches = asked.batches(evaluation.batch_size(architecture))
    found = evaluation.logits(architecture, loaded.model.weights, batches)
    return Block(indices, tuple(asked.labels.tolist()), tuple(scores.predictions(found).tolist()))


def _draw(job: Job, test: dataset.Dataset) -> tuple[int, ...]:
    return draw(job.seed, len(test), job.position, job.roster, job.most)
