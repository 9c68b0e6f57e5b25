"""A manifest and its files, checked and computed as an oracle would, on the supplier's own machine."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay_chain.errors import MalformedInput
from assay_oracles.audits.claims import Claim, Judgement, State
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.metric import Metric
from assay_oracles.audits.whitebox import claims as judging
from assay_oracles.audits.whitebox import dataset, metrics, training, weights
from assay_oracles.audits.whitebox.job import SEED_BYTES, Job, run
from assay_oracles.audits.whitebox.manifest import Manifest, Served
from assay_oracles.audits.whitebox.stability import UnstableError
from assay_oracles.audits.whitebox.tensors import Source

from assay_client.specs import malformed


@dataclass(frozen=True)
class Forecast:
    """What the supplier's own computation gives: metrics by name, and each claim about them, judged."""

    metrics: Mapping[str, Metric]
    claims: tuple[tuple[Claim, Judgement], ...]

    def of_state(self, state: State) -> list[str]:
        """The claims that an audit would find kept, broken or undecided, in words."""
        return [
            f"{claim.metric} {claim.op} {claim.bound:g} ({judgement.reason})"
            for claim, judgement in self.claims
            if judgement.state == state
        ]


def compute(
    manifest: Manifest, files: Mapping[str, Path], where: Path, tolerances: Mapping[str, int] | None
) -> Forecast:
    """Compute the metrics under a random seed and judge the claims.

    Args:
        manifest: the parsed manifest.
        files: the artifacts by role.
        where: what errors name as the place of the fault.
        tolerances: of the policy that audits would follow, by lane; claims are judged exactly when absent.

    Raises:
        MalformedInput: an oracle would find the specification invalid, or could not agree with others; culprit
            supplier.
    """
    try:
        lanes = run(Job(manifest, secrets.token_bytes(SEED_BYTES), files))
    except SpecError as error:
        raise malformed(error, where) from error
    except UnstableError as error:
        raise MalformedInput(
            f"{where}: {error}",
            code="unstable-model",
            culprit="supplier",
            hint="Change the test set or the weights a little: oracles could not agree on this model.",
        ) from error
    slack = tolerances or dict.fromkeys(lanes, 0)
    found = metrics.derive(lanes)
    judged = tuple(
        (claim, judging.judge(claim, lanes, slack, own_test_set=False))
        for claim in manifest.claims
        if claim.metric in found  # the others are about fairness, which tables show
    )
    return Forecast(found, judged)


def check_samples(manifest: Served, test: Path, where: Path) -> None:
    """Check the form of the test set of a closed model.

    Raises:
        MalformedInput: an oracle would find the specification invalid; culprit supplier.
    """
    try:
        dataset.load(test, Source("test"), manifest, metrics.MAX_SAMPLES)
    except SpecError as error:
        raise malformed(error, where) from error


def check(manifest: Manifest, files: Mapping[str, Path], where: Path) -> None:
    """Check the form of every file without computing.

    Raises:
        MalformedInput: an oracle would find the specification invalid; culprit supplier.
    """
    try:
        dataset.load(files["test"], Source("test"), manifest, metrics.MAX_SAMPLES)
        if "train" in files:
            dataset.load(files["train"], Source("train"), manifest, training.MAX_SAMPLES)
        if "weights" in files:
            weights.load(files["weights"], Source("weights"), manifest.architecture)
    except SpecError as error:
        raise malformed(error, where) from error
