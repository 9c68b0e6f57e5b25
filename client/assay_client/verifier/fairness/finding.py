"""Looking for what is false about a published table, and for the evidence that the chain judges it by."""

from __future__ import annotations

from pathlib import Path

from assay_chain.errors import Inconclusive
from assay_chain.session import Session
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.fairness.refute import Evidence, cheapest, evidence, reuse
from assay_oracles.node.published import record_of

from assay_client.fairness_board import FairnessBoard, Posted

from .auditing import Reuse, compare_keys, examine, fetch
from .checking import Progress, table_file
from .findings import Finding, Findings


def find(session: Session, posted: Posted, path: Path, block: int, progress: Progress) -> Finding:
    """Check a published table whole, once on this machine, and say what the chain would accept against it.

    Args:
        session: reads the chain.
        posted: the table.
        path: a copy of its file.
        block: as of when.
        progress: told as rows are checked.

    Raises:
        Inconclusive: the file is not that of the rows that the supplier published: only its supplier can show those.
    """
    findings = Findings.of_user()
    if (known := findings.load(posted.table.id)) is not None:
        return known
    record = record_of(posted.event)
    reason, fault = examine(path, record, progress)
    if fault is not None:
        found, complete = Finding(_cheapest(path, record, fault)), True
    elif reason:
        raise _other_rows(posted, reason)
    else:
        keys = compare_keys(session, path, posted.event, block)
        found, complete = _reused(keys.reuse), not keys.missing
    if found.fault is not None:
        gather(session, posted, path, found, block)  # held against nobody unless it opens under the published root
    if complete or found.fault is not None:
        findings.save(posted.table.id, found)
    return found


def gather(session: Session, posted: Posted, path: Path, found: Finding, block: int) -> Evidence:
    """Collect the evidence for what was found; raises like `find`, and like `auditing.fetch` for an earlier table."""
    assert found.fault is not None, "there is something to show"
    record = record_of(posted.event)
    try:
        with table_file(path) as stream:
            if not found.earlier:
                return evidence(stream, record, found.fault)
            event = FairnessBoard(session).get(found.earlier, block).event
            with fetch(event).open("rb") as earlier:
                return reuse(stream, record, found.fault.row, earlier, record_of(event), found.fault.branch)
    except SpecError as error:
        raise _other_rows(posted, error.message) from error


def _cheapest(path: Path, record: Record, fault: Fault) -> Fault:
    with table_file(path) as stream:
        return cheapest(stream, record.header, fault)


def _reused(reused: Reuse | None) -> Finding:
    if reused is None:
        return Finding()
    return Finding(Fault(Kind.DUPLICATE, reused.row, reused.earlier_row), reused.earlier)


def _other_rows(posted: Posted, reason: str) -> Inconclusive:
    return Inconclusive(
        f"the published file of table {posted.table.id.hex()} does not hold the rows that its supplier is bound to: "
        f"{reason}",
        code="other-rows",
        culprit="supplier",
        hint="Nothing in it can be held against anybody. `assay fairness demand` asks the supplier for a row of its "
        "table, which is refuted when nobody shows it.",
    )
