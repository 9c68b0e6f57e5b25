"""What a worker computes, from a job as it came over the pipe. Heavy imports: only workers import it."""

from pathlib import Path
from typing import Any

from assay_oracles.audits.fairness import job as fairness
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.service import job as service
from assay_oracles.audits.service.block import Block
from assay_oracles.audits.whitebox import job as whitebox
from assay_oracles.audits.whitebox import manifest, permutations


def compute(job: dict[str, Any]) -> dict[str, int] | Fault | Block:
    """Raw lane numbers by name, the first fault of a table, or a block of inputs.

    For the keys of a job see `sandbox.Sandbox.run`.

    Raises:
        SpecError: the published bytes can never be audited.
        Exception: whatever a library raises on hostile bytes.
    """
    match job["audit"]:
        case "whitebox":
            return whitebox.run(_model(job))
        case "permutations":
            return permutations.run(_model(job), job["groups"])
        case "fairness":
            return fairness.run(_table(job))
        case "service":
            return service.run(_block(job))
    raise ValueError(f"{job['audit']} is no audit")


def _model(job: dict[str, Any]) -> whitebox.Job:
    return whitebox.Job(
        manifest=manifest.parse(Path(job["manifest"]).read_bytes()),
        seed=bytes.fromhex(job["seed"]),
        artifacts={role: Path(path) for role, path in job["artifacts"].items()},
        own_test_set=job.get("own_test_set", False),
    )


def _block(job: dict[str, Any]) -> service.Job:
    card, _ = manifest.served(manifest.read(Path(job["manifest"]).read_bytes()))
    artifacts = {role: Path(path) for role, path in job["artifacts"].items()}
    place = (job["position"], job["roster"], job["most"])
    return service.Job(card, bytes.fromhex(job["seed"]), artifacts, job["own_test_set"], *place)


def _table(job: dict[str, Any]) -> fairness.Job:
    record = Record.decode(bytes.fromhex(job["header"]), bytes.fromhex(job["footer"]))
    return fairness.Job(Path(job["table"]), record, bytes.fromhex(job["seed"]))
