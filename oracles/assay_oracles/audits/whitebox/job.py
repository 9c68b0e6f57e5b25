"""One oracle's work on one audit: from published bytes and the audit's seed to the raw lanes of a vote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay_oracles.audits.whitebox.manifest import Manifest


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


def run(job: Job) -> dict[str, int]:
    """Raw lane numbers by name, in the order of `metrics.lane_names`.

    Raises:
        SpecError: the published bytes can never be audited.
        MemoryError: they could, but not here.
    """
    raise NotImplementedError
