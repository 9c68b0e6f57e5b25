"""Check a whole table in one streaming pass (paper B, phase III; design section 4).

Memory grows by eight bytes a row (to see a key used twice); rows are checked in parallel chunks.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

import numpy as np
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError
from numpy.typing import NDArray

from assay_oracles.audits.fairness import compact, transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER
from assay_oracles.audits.fairness.params import BATCH, Params
from assay_oracles.audits.fairness.table import HEADER_BYTES, POINT, Footer, Header, malformed
from assay_oracles.audits.fairness.verify import check_rows, split

CHUNK_ROWS: Final = 512

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


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
    """One run of rows after checking.

    Attributes:
        fault: Its first fault; only `prefixes` is set besides.
        leaves: Hash of every row.
        prefixes: First eight bytes of every X, dtype uint64; of the rows before the fault if there is one.
        tally: B of the last row.
        closing: X and Y of the first row, X and Y of the last one; empty in the compact form, where Y is not claimed.
    """

    fault: Fault | None
    leaves: list[bytes]
    prefixes: NDArray[np.uint64]
    tally: Element
    closing: tuple[Element, ...]


def check_batch(table: bytes, params: Params, first: int, before: bytes, data: bytes) -> Checked:
    """Check a run of batch rows; a unit of parallel work.

    Args:
        table: The table id.
        params: The table's parameters.
        first: Number of the first row.
        before: The row before the run, empty for the first run.
        data: The rows.
    """
    rows = list(split(data, params, first))
    fault = check_rows(table, params, next(split(before, params, first - 1), None), rows)
    leaves = [] if fault else [transcript.leaf(row.x, row.c + row.b, row.branches) for row in rows]
    keys = [row.x for row in rows[: fault.row - first if fault else None]]
    return Checked(fault, leaves, _prefixes(keys), rows[-1].b, (rows[0].x, rows[0].y, rows[-1].x, rows[-1].y))


def check_compact(table: bytes, params: Params, first: int, context: compact.Context, data: bytes) -> Checked:
    """Check a run of compact rows; a unit of parallel work. Arguments as in `check_batch`."""
    fault, leaves, keys, tally = compact.check_rows(table, params, first, context, data)
    return Checked(fault, leaves, _prefixes(keys), tally, ())


def verify_table(stream: BinaryIO, executor: Executor, in_flight: int, progress: Progress) -> Report:
    """Check a batch table.

    Args:
        stream: The file, seekable.
        executor: Where chunks are checked.
        in_flight: Chunks read ahead of the checks; bounds the memory.
        progress: Told after every chunk.

    Raises:
        SpecError: the file is no table (the header, or any other total length).
    """
    stream.seek(0)
    header = Header.decode(stream.read(HEADER_BYTES))
    size = stream.seek(0, 2)
    if size != header.file_bytes:
        raise malformed("file", f"it has {size} bytes, a table of {header.n} rows has {header.file_bytes}")
    stream.seek(size - header.footer_bytes)
    footer = Footer.decode(stream.read(header.footer_bytes), header.params)
    tree, prefixes = transcript.Tree(transcript.depth_of(header.n)), [np.empty(0, dtype=np.uint64)]
    runs: list[Checked] = []
    done = 0
    for checked in _checked(stream, header, executor, in_flight):
        prefixes.append(checked.prefixes)
        if checked.fault:
            fault = _duplicate(stream, header, np.concatenate(prefixes)) or checked.fault
            return Report(header, footer, fault, f"row {fault.row}: {fault}")
        for leaf in checked.leaves:
            tree.append(leaf)
        done += len(checked.leaves)
        runs[1:] = [replace(checked, leaves=[])]
        progress(done, header.n)
    if (duplicate := _duplicate(stream, header, np.concatenate(prefixes))) is not None:
        return Report(header, footer, duplicate, f"row {duplicate.row}: {duplicate}")
    return Report(header, footer, None, _whole(header, footer, tree.root(), runs[0], runs[-1]))


def _checked(stream: BinaryIO, header: Header, executor: Executor, in_flight: int) -> Iterator[Checked]:
    """Yield the runs in order, checked in parallel, with a bounded number read ahead."""
    waiting: deque[Future[Checked]] = deque()
    try:
        for task in _tasks(stream, header, executor):
            waiting.append(executor.submit(*task))
            if len(waiting) > in_flight:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _tasks(stream: BinaryIO, header: Header, executor: Executor) -> Iterator[tuple[Any, ...]]:
    table, params = header.table_id, header.params
    if header.form == BATCH:
        before = b""
        for first, data in _chunks(stream, header):
            yield check_batch, table, params, first, before, data
            before = data[-header.row_bytes :]
        return
    totals = [executor.submit(compact.sums, params, data).result() for _, data in _chunks(stream, header)]
    for (first, data), context in zip(_chunks(stream, header), compact.contexts(params, totals), strict=True):
        yield check_compact, table, params, first, context, data


def _chunks(stream: BinaryIO, header: Header) -> Iterator[tuple[int, bytes]]:
    """Yield number of the first row, and the rows, of every run."""
    for first in range(1, header.n + 1, CHUNK_ROWS):
        stream.seek(HEADER_BYTES + (first - 1) * header.row_bytes)
        yield first, stream.read(min(CHUNK_ROWS, header.n + 1 - first) * header.row_bytes)


def _prefixes(keys: Sequence[Element]) -> NDArray[np.uint64]:
    return np.array([int.from_bytes(x[:8], "big") for x in keys], dtype=np.uint64)


def _duplicate(stream: BinaryIO, header: Header, prefixes: NDArray[np.uint64]) -> Fault | None:
    """Return the first row whose X has the x-coordinate of an earlier one; equal prefixes are looked up in the file."""
    order = np.argsort(prefixes, kind="stable")
    same = np.flatnonzero(prefixes[order][1:] == prefixes[order][:-1])
    group, seen = group_of(header.params.group), dict[bytes, int]()
    for index in np.unique(np.concatenate((order[same], order[same + 1]))):
        stream.seek(HEADER_BYTES + int(index) * header.row_bytes)
        x = stream.read(POINT) if header.form == BATCH else group.from_wire(stream.read(group.wire_bytes))
        # P and -P have secrets that differ in sign only: the same key.
        key = min(x, group.negate(x))
        if key in seen:
            return Fault(Kind.DUPLICATE, int(index) + 1, seen[key])
        seen[key] = int(index) + 1
    return None


def _whole(header: Header, footer: Footer, root: bytes, first: Checked, last: Checked) -> str:
    """Check what concerns the table as a whole; return the reason why it is false, or nothing."""
    group, params = group_of(header.params.group), header.params
    if header.form == BATCH:
        (x_1, y_1, _, _), (_, _, x_n, y_n) = first.closing, last.closing
        if group.add(y_1, x_n) != group.add(x_1, group.negate(y_n)):
            return "the masks Y do not close: Y_1 + Y_n is not X_1 - X_n"
    if root != footer.root:
        return "the root in the footer is not that of the rows"
    if any(count >= 1 << params.width for count in footer.counts):
        return f"a declared count is outside 0 ... 2^{params.width} - 1"
    if sum(footer.counts) > header.n or (sum(footer.counts) < header.n and not params.pads):
        return f"the declared counts add up to {sum(footer.counts)}, the table has {header.n} rows"
    if last.tally != group.base(params.tally(footer.counts)):
        return "the declared counts are not those of the cryptograms"
    digest = transcript.signing_digest(header.table_id, footer.root, footer.counts)
    if signer(digest, footer.signature) != header.supplier:
        return "the signature is not that of the supplier in the header"
    return ""


def signer(digest: bytes, signature: bytes) -> bytes | None:
    """Return the address that signed, 20 bytes, or None when the signature is none (v 27 or 28, low s only)."""
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    if v not in (27, 28) or not 0 < s <= ORDER // 2:
        return None
    try:
        return Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest).to_canonical_address()
    except (BadSignature, ValidationError):
        return None
