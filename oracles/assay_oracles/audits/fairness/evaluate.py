"""Check a whole table in one streaming pass (paper B, phase III; design section 4).

Memory grows by eight bytes a row (to see a key used twice); rows are checked in parallel chunks.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError
from numpy.typing import NDArray

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.table import HEADER_BYTES, POINT, Footer, Header, malformed
from assay_oracles.audits.fairness.verify import Fault, Kind, check_rows, split

CHUNK_ROWS: Final = 512
_GROUP: Final = Secp256k1()

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
    """One chunk after checking.

    Attributes:
        fault: Its first fault, or None; nothing else is set then.
        leaves: Hash of every row.
        prefixes: First eight bytes of every X, dtype uint64.
        edges: X and Y of the first row, X, Y and B of the last row, 320 bytes.
    """

    fault: Fault | None
    leaves: list[bytes]
    prefixes: NDArray[np.uint64]
    edges: bytes


def check_chunk(table: bytes, params: Params, first: int, before: bytes, data: bytes) -> Checked:
    """Check a run of rows; the unit of parallel work.

    Args:
        table: The table id.
        params: The table's parameters.
        first: Number of the first row.
        before: The row before the run, empty for the first run.
        data: The rows.
    """
    rows = list(split(data, params, first))
    previous = next(split(before, params, first - 1), None)
    fault = check_rows(table, params, previous, rows)
    leaves = [] if fault else [transcript.leaf(row.x, row.c + row.b, row.branches) for row in rows]
    prefixes = np.array([int.from_bytes(row.x[:8], "big") for row in rows], dtype=np.uint64)
    return Checked(fault, leaves, prefixes, rows[0].x + rows[0].y + rows[-1].x + rows[-1].y + rows[-1].b)


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
    tree, prefixes, edges = transcript.Tree(transcript.depth_of(header.n)), [], []
    done = 0
    for checked in _checked(stream, header, executor, in_flight):
        prefixes.append(checked.prefixes)
        if checked.fault:
            known = np.concatenate(prefixes)[: checked.fault.row - 1]
            fault = _duplicate(stream, header, known) or checked.fault
            return Report(header, footer, fault, f"row {fault.row}: {fault}")
        edges.append(checked.edges)
        for leaf in checked.leaves:
            tree.append(leaf)
        done += len(checked.leaves)
        progress(done, header.n)
    if (duplicate := _duplicate(stream, header, np.concatenate(prefixes))) is not None:
        return Report(header, footer, duplicate, f"row {duplicate.row}: {duplicate}")
    return Report(header, footer, None, _whole(header, footer, tree.root(), edges[0], edges[-1]))


def _checked(stream: BinaryIO, header: Header, executor: Executor, in_flight: int) -> Iterator[Checked]:
    waiting: deque[Future[Checked]] = deque()
    try:
        for chunk in _chunks(stream, header):
            waiting.append(executor.submit(check_chunk, header.table_id, header.params, *chunk))
            if len(waiting) > in_flight:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _chunks(stream: BinaryIO, header: Header) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield number of the first row, the row before, and the rows of every chunk."""
    stream.seek(HEADER_BYTES)
    before = b""
    for first in range(1, header.n + 1, CHUNK_ROWS):
        data = stream.read(min(CHUNK_ROWS, header.n + 1 - first) * header.row_bytes)
        yield first, before, data
        before = data[-header.row_bytes :]


def _duplicate(stream: BinaryIO, header: Header, prefixes: NDArray[np.uint64]) -> Fault | None:
    """Return the first row whose X has the x-coordinate of an earlier one."""
    order = np.argsort(prefixes, kind="stable")
    same = np.flatnonzero(prefixes[order][1:] == prefixes[order][:-1])
    seen: dict[bytes, int] = {}
    for index in np.unique(np.concatenate((order[same], order[same + 1]))):
        stream.seek(HEADER_BYTES + int(index) * header.row_bytes)
        x = stream.read(POINT // 2)
        if x in seen:
            return Fault(Kind.DUPLICATE, int(index) + 1, seen[x])
        seen[x] = int(index) + 1
    return None


def _whole(header: Header, footer: Footer, root: bytes, first: bytes, last: bytes) -> str:
    """Check what concerns the table as a whole; return the reason why it is false, or nothing."""
    x_1, y_1 = first[:POINT], first[POINT : 2 * POINT]
    x_n, y_n, b_n = (last[i : i + POINT] for i in range(2 * POINT, 5 * POINT, POINT))
    if _GROUP.add(y_1, x_n) != _GROUP.add(x_1, _GROUP.negate(y_n)):
        return "the masks Y do not close: Y_1 + Y_n is not X_1 - X_n"
    if root != footer.root:
        return "the root in the footer is not that of the rows"
    limit = 1 << header.params.width
    if any(count >= limit for count in footer.counts):
        return f"a declared count is outside 0 ... 2^{header.params.width} - 1"
    if sum(footer.counts) > header.n or (sum(footer.counts) < header.n and not header.params.pads):
        return f"the declared counts add up to {sum(footer.counts)}, the table has {header.n} rows"
    if b_n != _GROUP.base(header.params.tally(footer.counts)):
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
