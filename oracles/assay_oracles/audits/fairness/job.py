"""One oracle's work on one table: from a published file and the audit's seed to the lanes of a vote, or to a fault."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.evaluate import rows_of, verify_table
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.lanes import lane_names
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.fairness.table import Header

_HINT: Final = "prove the table again and publish it as a new one"


@dataclass(frozen=True)
class Job:
    """What to check.

    Attributes:
        table: the file, its digest already checked.
        record: what the board says of the table.
        seed: the audit's seed, 32 bytes.
    """

    table: Path
    record: Record
    seed: bytes


def run(job: Job) -> dict[str, int] | Fault:
    """Check a table, and return the raw numbers of `lanes.lanes` by name, or its first fault.

    The root comes before the rows: a fault is named only of rows that the supplier is bound to by what it published,
    so that it can be shown to anybody (design section 5).

    Raises:
        SpecError: the file is not that of the published table.
        MemoryError, OSError: it cannot be checked here and now.
    """
    header, footer = job.record.header, job.record.footer
    with job.table.open("rb") as stream, ThreadPoolExecutor(1) as executor:
        job.record.check(stream)
        root, leaves = _fingerprint(stream, header, job.seed)
        if root != footer.root:
            raise SpecError("wrong-root", "root", "is not that of the rows in the file", _HINT)
        report = verify_table(stream, executor, 1, lambda checkpoint: None)
    if report.fault is not None:
        return report.fault
    if not report.valid:  # a board admits no such table
        raise SpecError("false-table", "table", report.reason, _HINT)
    return dict(zip(lane_names(header.params.groups), (*footer.counts, leaves), strict=True))


def _fingerprint(stream: BinaryIO, header: Header, seed: bytes) -> tuple[bytes, int]:
    """Return the root over the rows as they stand, and the digest that only who has read them all knows."""
    tree, total = transcript.Tree(transcript.depth_of(header.n)), 0
    for row in rows_of(stream, header):
        leaf = row.leaf
        tree.append(leaf)
        total += transcript.leaf_share(seed, leaf)
    return tree.root(), total % (1 << 32)
