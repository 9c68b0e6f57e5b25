"""Check a whole table in one streaming pass (paper B, phase III; design section 4).

Rows are checked in parallel chunks; memory grows by eight bytes a row, to see a key used twice.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.fairness import compact, transcript, verify
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.params import BATCH, Params
from assay_oracles.audits.fairness.pipeline import in_order
from assay_oracles.audits.fairness.row import Row, split
from assay_oracles.audits.fairness.signature import signer
from assay_oracles.audits.fairness.table import HEADER_BYTES, Footer, Header, malformed

MIN_CHUNK_ROWS: Final = 512
MAX_CHUNK_ROWS: Final = 2048
"""Larger chunks check faster (more points share a bucket), but fewer of them keep all cores busy."""


@dataclass(frozen=True)
class Checkpoint:
    """How far a check came: all that is needed to go on with the same file later.

    Attributes:
        done: Rows checked, all of whole chunks before the end.
        tree: What the tree over their leaves has pending.
    """

    done: int = 0
    tree: tuple[bytes | None, ...] = ()


Progress = Callable[[Checkpoint], None]
"""Called after every chunk."""


@dataclass(frozen=True)
class Report:
    """What a verifier found.

    Attributes:
        header: Header of the table.
        footer: Footer of the table.
        fault: The first false row, or None.
        reason: Why the table is false, for people; empty when it is valid.
    """

    header: Header
    footer: Footer
    fault: Fault | None = None
    reason: str = ""

    @property
    def valid(self) -> bool:
        """Whether every check held."""
        return not self.reason


@dataclass(frozen=True)
class Checked:
    """One run of rows after checking: its first fault, or else the leaf of every row."""

    fault: Fault | None
    leaves: list[bytes]


def open_table(stream: BinaryIO) -> tuple[Header, Footer]:
    """Read what stands before and after the rows.

    Raises:
        SpecError: the file is no table (the header, or any other total length).
    """
    stream.seek(0)
    header = Header.decode(stream.read(HEADER_BYTES))
    size = stream.seek(0, 2)
    if size != header.file_bytes:
        raise malformed("file", f"it has {size} bytes, a table of {header.n} rows has {header.file_bytes}")
    stream.seek(size - header.footer_bytes)
    return header, Footer.decode(stream.read(header.footer_bytes), header.params)


def verify_table(
    stream: BinaryIO, executor: Executor, workers: int, progress: Progress, resume: Checkpoint | None = None
) -> Report:
    """Check a table of either form.

    Args:
        stream: The file, seekable.
        executor: Where chunks are checked.
        workers: How many chunks it checks at once.
        progress: Told after every chunk.
        resume: Where an earlier check of the same bytes stopped.

    Raises:
        SpecError: the file is no table (the header, or any other total length).
    """
    header, footer = open_table(stream)
    start = resume or Checkpoint()
    tree, done = transcript.Tree(transcript.depth_of(header.n), start.tree), start.done
    todo = _runs(done, header.n, workers)
    if header.form == BATCH:
        total, tasks = tally(stream, header), _batch_tasks(stream, header, todo)
    else:
        runs = [*_runs(0, done, workers), *todo]
        totals = list(in_order(executor, _sum_tasks(stream, header, runs), workers))
        if (undecodable := next((fault for _, fault in totals if fault), None)) is not None:
            return _false(header, footer, undecodable)
        contexts, total = compact.contexts(header.params, [found for found, _ in totals])
        tasks = _compact_tasks(stream, header, todo, contexts[len(runs) - len(todo) :])
    for checked in in_order(executor, tasks, workers):
        if checked.fault:
            return _false(header, footer, _duplicate(stream, header, checked.fault.row - 1) or checked.fault)
        for leaf in checked.leaves:
            tree.append(leaf)
        done += len(checked.leaves)
        progress(Checkpoint(done, tuple(tree.pending)))
    if (duplicate := _duplicate(stream, header, header.n)) is not None:
        return _false(header, footer, duplicate)
    if header.form == BATCH and not _closes(stream, header):
        return Report(header, footer, None, "the masks Y do not close: Y_1 + X_n is not X_1 - Y_n")
    return Report(header, footer, None, _whole(header, footer, tree.root(), total))


def rows_of(stream: BinaryIO, header: Header) -> Iterator[Row]:
    """Read every row of a batch table as it stands, unchecked."""
    for run in _runs(0, header.n, header.n):
        yield from split(_read(stream, header, run), header.params, run.start)


def row_at(stream: BinaryIO, header: Header, number: int) -> Row:
    """Read one row of a batch table as it stands, unchecked; numbers begin at 1."""
    return next(split(_read(stream, header, range(number, number + 1)), header.params, number))


def tally(stream: BinaryIO, header: Header) -> Element:
    """Return the sum of all cryptograms, of a table that was checked or is being checked."""
    group = group_of(header.params.group)
    if header.form == BATCH:
        return row_at(stream, header, header.n).b
    totals = (compact.sums(header.params, run.start, _read(stream, header, run)) for run in _runs(0, header.n, 1))
    return group.add(*(total for (_, _, total), _ in totals))


def check_batch(table: bytes, params: Params, first: int, before: bytes, data: bytes) -> Checked:
    """Check a run of batch rows; a unit of parallel work.

    Args:
        table: The table id.
        params: The table's parameters.
        first: Number of the first row.
        before: The row before the run, empty for the first run.
        data: The rows.
    """
    return Checked(*verify.check_rows(table, params, first, before, data))


def check_compact(table: bytes, params: Params, first: int, context: compact.Context, data: bytes) -> Checked:
    """Check a run of compact rows; a unit of parallel work. Arguments as in `check_batch`."""
    return Checked(*compact.check_rows(table, params, first, context, data))


def _runs(done: int, end: int, workers: int) -> list[range]:
    """Cut the rows after `done` up to `end` into chunks, as ranges of row numbers."""
    size = min(MAX_CHUNK_ROWS, max(MIN_CHUNK_ROWS, -(-(end - done) // workers)))
    return [range(first, min(first + size, end + 1)) for first in range(done + 1, end + 1, size)]


def _batch_tasks(stream: BinaryIO, header: Header, runs: list[range]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        before = _read(stream, header, range(run.start - 1, run.start)) if run.start > 1 else b""
        yield check_batch, header.table_id, header.params, run.start, before, _read(stream, header, run)


def _sum_tasks(stream: BinaryIO, header: Header, runs: list[range]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        yield compact.sums, header.params, run.start, _read(stream, header, run)


def _compact_tasks(
    stream: BinaryIO, header: Header, runs: list[range], contexts: list[compact.Context]
) -> Iterator[tuple[Any, ...]]:
    for run, context in zip(runs, contexts, strict=True):
        yield check_compact, header.table_id, header.params, run.start, context, _read(stream, header, run)


def _read(stream: BinaryIO, header: Header, run: range) -> bytes:
    stream.seek(HEADER_BYTES + (run.start - 1) * header.row_bytes)
    data = stream.read(len(run) * header.row_bytes)
    if len(data) != len(run) * header.row_bytes:
        raise malformed("file", "it became shorter while it was read")
    return data


def _closes(stream: BinaryIO, header: Header) -> bool:
    """Check Y_1 + X_n = X_1 - Y_n, which the rows one by one leave open."""
    group, first, last = group_of(header.params.group), row_at(stream, header, 1), row_at(stream, header, header.n)
    return group.add(first.y, last.x) == group.add(first.x, group.negate(last.y))


def _duplicate(stream: BinaryIO, header: Header, rows: int) -> Fault | None:
    """Return the first of the first `rows` rows, all checked, whose X has the x-coordinate of an earlier one."""
    prefixes = key_prefixes(stream, header)[:rows]
    order = np.argsort(prefixes, kind="stable")
    same = np.flatnonzero(prefixes[order][1:] == prefixes[order][:-1])
    group, seen = group_of(header.params.group), dict[bytes, int]()
    # Rows that agree in eight bytes are looked at in full.
    for index in np.unique(np.concatenate((order[same], order[same + 1]))).tolist():
        x = _key(header, _read(stream, header, range(index + 1, index + 2)))
        # P and -P have secrets that differ in sign only: the same key.
        key = min(x, group.negate(x))
        if key in seen:
            return Fault(Kind.DUPLICATE, index + 1, seen[key])
        seen[key] = index + 1
    return None


def key_prefixes(stream: BinaryIO, header: Header) -> NDArray[np.uint64]:
    """Return eight bytes of the x-coordinate of every X, shape (n,)."""
    wire = group_of(header.params.group).wire_bytes
    skipped = wire % 32 if header.form != BATCH else 0  # the sign byte of a compressed point
    found = np.empty(header.n, dtype=np.uint64)
    for run in _runs(0, header.n, header.n):
        rows = np.frombuffer(_read(stream, header, run), dtype=np.uint8).reshape(-1, header.row_bytes)
        rows = rows[:, skipped : skipped + 8]
        found[run.start - 1 : run.stop - 1] = np.ascontiguousarray(rows).view(np.uint64).reshape(-1)
    return found


def _key(header: Header, row: bytes) -> Element:
    group = group_of(header.params.group)
    return row[:64] if header.form == BATCH else group.from_wire(row[: group.wire_bytes])


def _whole(header: Header, footer: Footer, root: bytes, total: Element) -> str:
    """Check what concerns the table as a whole; return the reason why it is false, or nothing."""
    params = header.params
    if root != footer.root:
        return "the root in the footer is not that of the rows"
    if any(count >= 1 << params.width for count in footer.counts):
        return f"a declared count is outside 0 ... 2^{params.width} - 1"
    if sum(footer.counts) > header.n or (sum(footer.counts) < header.n and not params.pads):
        return f"the declared counts add up to {sum(footer.counts)}, the table has {header.n} rows"
    if total != group_of(params.group).base(params.tally(footer.counts)):
        return "the declared counts are not those of the cryptograms"
    digest = transcript.signing_digest(header.table_id, footer.root, footer.counts)
    if signer(digest, footer.signature) != header.supplier:
        return "the signature is not that of the supplier in the header"
    return ""


def _false(header: Header, footer: Footer, fault: Fault) -> Report:
    return Report(header, footer, fault, f"row {fault.row}: {fault}")
