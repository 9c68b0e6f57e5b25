"""The universal verifier: one published table checked from public data alone, without a key (paper B, phase III)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import file_digest
from itertools import takewhile
from pathlib import Path

from assay_chain import addressbook, store
from assay_chain.errors import AssayError, MalformedInput
from assay_chain.session import Session
from assay_chain.wrappers.board import Verdict
from assay_chain.wrappers.fairness import Published
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.evaluate import open_table
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.record import Record
from assay_oracles.node.published import record_of

from assay_client import verified
from assay_client.catalogue import Catalogue
from assay_client.fairness_board import FairnessBoard, Posted
from assay_client.specs import malformed

from .checking import TABLE, Memory, Progress, check, table_file
from .reuse import reused

FETCH_SECONDS = 3600.0


@dataclass(frozen=True)
class Reuse:
    """A key that an earlier table of the supplier has too: row `row` here, row `earlier_row` of table `earlier`."""

    row: int
    earlier: bytes
    earlier_row: int


@dataclass(frozen=True)
class TableAudit:
    """What anyone can find out about one table.

    Attributes:
        posted: the table as its board has it.
        valid: whether its file is what the board has on record and every proof holds; None when it cannot be had.
        reason: why it is not valid, or why nobody can tell; empty when it is valid.
        fault: the first false row, or None.
        reuse: a key used before, or None.
        compared: earlier tables of the supplier whose keys were compared; `missing` are those that cannot be had.
        agrees: whether the oracles came to the same end; None when either has not come to one.
    """

    posted: Posted
    valid: bool | None
    reason: str
    fault: Fault | None = None
    reuse: Reuse | None = None
    compared: tuple[bytes, ...] = ()
    missing: tuple[bytes, ...] = ()
    agrees: bool | None = None

    @property
    def sound(self) -> bool | None:
        """Whether nothing at all speaks against the table or its audit; None when that cannot be told."""
        if self.valid is False or self.reuse is not None or self.agrees is False:
            return False
        return None if self.valid is None or self.missing else True


def audit_all(session: Session, subject: str, block: int, progress: Progress) -> list[TableAudit]:
    """Check every table that a person means: by id, by its file or folder on this machine, or all of a model.

    Raises:
        MalformedInput: there is no such table, model or file.
    """
    if (one := named(session, subject, block)) is not None:
        posted, local = one
        return [audit(session, posted, block, progress, local)]
    model = Catalogue(session).find(subject, block).model.id
    return [audit(session, posted, block, progress) for posted in FairnessBoard(session).of_model(model, block)]


def named(session: Session, subject: str, block: int) -> tuple[Posted, Path | None] | None:
    """The one table that a person means, by its id or by a copy of its file; None for something else. Raises alike."""
    if re.fullmatch("(0x)?[0-9a-fA-F]{64}", subject):
        return FairnessBoard(session).get(bytes.fromhex(subject.removeprefix("0x")), block), None
    path = Path(subject)
    if path.is_file() or (path / TABLE).is_file():
        return find_local(session, path, block), path
    return None


def one(session: Session, subject: str, block: int) -> tuple[Posted, Path | None]:
    """Like `named`, where it can only be one table.

    Raises:
        MalformedInput: neither a table's id nor a file or folder with one.
    """
    found = named(session, subject, block)
    if found is None:
        raise MalformedInput(
            f"{subject} is no table: neither an id of 64 hexadecimal digits, nor a file, nor a folder with {TABLE}",
            code="no-such-table",
            culprit="local",
            hint="`assay fairness board` lists the published tables.",
        )
    return found


def find_local(session: Session, path: Path, block: int) -> Posted:
    """The published table that a file on this machine claims to be.

    Raises:
        MalformedInput: the file is no table, the board does not know it, or the published file is another one: then
            nothing that is wrong with this copy may be held against supplier or oracles.
        Usage: it cannot be read.
    """
    with table_file(path) as stream:
        try:
            header, _ = open_table(stream)
        except SpecError as error:
            raise malformed(error, path) from error
        stream.seek(0)
        digest = file_digest(stream, "sha256").digest()
    posted = FairnessBoard(session).get(header.table_id, block)
    if digest != posted.event.file:
        raise MalformedInput(
            f"{path} is not the published file of table {header.table_id.hex()}, which has the SHA-256 "
            f"{posted.event.file.hex()}",
            code="other-file",
            culprit="local",
            hint="It was changed, or never published. The table's id in place of the file checks what was published; "
            "`assay fairness verify` checks this file alone.",
        )
    return posted


def audit(session: Session, posted: Posted, block: int, progress: Progress, local: Path | None = None) -> TableAudit:
    """Check one published table, and compare with what the oracles decided.

    Args:
        session: reads the chain; needs no account.
        posted: the table.
        block: as of when.
        progress: told as rows are checked.
        local: a copy of the published file on this machine, which need not be fetched again.
    """
    try:
        path = local or fetch(posted.event)
    except AssayError as error:
        return TableAudit(posted, None, error.message)
    reason, fault = examine(path, record_of(posted.event), progress)
    keys = compare_keys(session, path, posted.event, block) if not reason else Keys()
    return TableAudit(
        posted,
        not reason,
        reason,
        fault,
        keys.reuse,
        tuple(keys.compared),
        tuple(keys.missing),
        _agrees(session, posted, fault, valid=not reason, block=block),
    )


def examine(path: Path, record: Record, progress: Progress) -> tuple[str, Fault | None]:
    """Say why a file is not that of a true table, and its first false row; nothing when all holds."""
    with table_file(path) as stream:
        try:
            record.check(stream)
        except SpecError as error:
            return f"the file is not what the board has on record: {error.message}", None
    report = check(path, Memory.of_user(), progress)
    return report.reason, report.fault


@dataclass
class Keys:
    """How the keys of a table compare with those of its supplier's earlier ones."""

    reuse: Reuse | None = None
    compared: list[bytes] = field(default_factory=list)
    missing: list[bytes] = field(default_factory=list)


def compare_keys(session: Session, path: Path, event: Published, block: int) -> Keys:
    """Compare the keys of a table that holds with those of every earlier table of its supplier."""
    header, keys = record_of(event).header, Keys()
    published = FairnessBoard(session).of_supplier(event.supplier, block)
    with table_file(path) as stream:
        for earlier in takewhile(lambda other: other.table_id != event.table_id, published):
            record = record_of(earlier)
            try:
                with fetch(earlier).open("rb") as other:
                    record.check(other)
                    rows = reused(stream, header, other, record.header)
            except (AssayError, SpecError):  # lost, or never what the board has on record
                keys.missing.append(earlier.table_id)
                continue
            keys.compared.append(earlier.table_id)
            if rows is not None:
                keys.reuse = Reuse(rows[0], earlier.table_id, rows[1])
                break
    return keys


def _agrees(session: Session, posted: Posted, fault: Fault | None, *, valid: bool, block: int) -> bool | None:
    """Whether the audit that verified or rejected the table came to the same end; None when there was none."""
    if not posted.table.audit_id:
        return None
    report = verified.report(session, posted.table.audit_id, block)
    found = report.table
    assert found is not None, "a table's state is decided by fairness audits"
    if report.status.outcome is Verdict.VALUES:
        return valid and found.counts == posted.counts
    return not valid and found.fault in (None, fault)  # no row is named when the file is another one


def fetch(event: Published, seconds: float = FETCH_SECONDS) -> Path:
    """A local copy of a published table's file; raises like `store.fetch`."""
    size = record_of(event).header.file_bytes
    cache = addressbook.home() / "cache"
    return store.fetch(event.uri, event.file, max_bytes=size, cache=cache, timeout=seconds)
