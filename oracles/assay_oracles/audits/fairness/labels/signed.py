"""A file of a session as it was read once: its signature, its place after the file before, its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import BinaryIO, Final

from sha3 import keccak_256

from assay_oracles.audits.fairness.labels.files import (
    HEADER_BYTES,
    MARK_BYTES,
    Mark,
    Step,
    Terms,
    malformed,
    read_head,
    signing_digest,
)
from assay_oracles.audits.fairness.signature import signer
from assay_oracles.audits.fairness.table import SIGNATURE_BYTES

CHUNK_ROWS: Final = 256
_BODY: Final = HEADER_BYTES + MARK_BYTES
_ROWS: Final = _BODY + 32  # behind the commitment to the identities


@dataclass(frozen=True)
class Signed:
    """A file, opened.

    Attributes:
        step: Which file it is.
        terms: The session that it belongs to.
        before: The mark of the file that it was built upon.
        mark: Its own.
        body: What stands before the signature, without the rows of a file of rows.
        chunk_rows: Rows a chunk; the last one may be shorter.
    """

    step: Step
    terms: Terms
    before: Mark
    mark: Mark
    body: bytes
    chunk_rows: int
    _stream: BinaryIO
    _chunks: tuple[bytes, ...]

    @property
    def signed(self) -> bool:
        """Whether the signature is that of the party whose file it is."""
        return _signs(self.terms, self.step, self.mark)

    @property
    def chunks(self) -> int:
        """Number of chunks of rows."""
        return len(self._chunks)

    def chunk(self, index: int) -> tuple[int, int, bytes]:
        """Return number of the first row, number of rows, and the rows of a chunk.

        Raises:
            SpecError: the file is no longer what was read at first.
        """
        first, size = index * self.chunk_rows, self.terms.row_bytes(self.step)
        length = min(self.chunk_rows, self.terms.n - first)
        self._stream.seek(_ROWS + first * size)
        data = self._stream.read(length * size)
        if blake2b(data).digest() != self._chunks[index]:
            raise malformed(self.step, "it changed while it was read")
        return first + 1, length, data


@dataclass(frozen=True)
class Fault:
    """The first thing that is false about a session.

    Attributes:
        step: The file to blame, and with it the party.
        reason: What is false, for people.
        row: Number of the row to blame, from 1; None where it is none.
    """

    step: Step
    reason: str
    row: int | None = None

    def __str__(self) -> str:
        """Say it for people."""
        return f"{self.step.file}{f', row {self.row}' if self.row else ''}: {self.reason}"


def read(step: Step, stream: BinaryIO) -> Signed:
    """Read a file once, in pieces: its form, its digest, and what `Signed.chunk` compares later reads with.

    Raises:
        SpecError: it is no file of this step, or has any other length.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(_BODY)
    terms, before = read_head(step, head)
    expected = _BODY + terms.body_bytes(step) + SIGNATURE_BYTES
    if size != expected:
        raise malformed(step, f"it has {size} bytes, {expected} are right for {terms.n} rows")
    content, chunks, body = keccak_256(head), list[bytes](), b""
    if step.action == "rows":
        body = stream.read(32)
        content.update(body)
        for first in range(0, terms.n, CHUNK_ROWS):
            data = stream.read(min(CHUNK_ROWS, terms.n - first) * terms.row_bytes(step))
            content.update(data)
            chunks.append(blake2b(data).digest())
    rest = stream.read(expected - SIGNATURE_BYTES - stream.tell())
    content.update(rest)
    body += rest
    mark = Mark(content.digest(), stream.read(SIGNATURE_BYTES))
    return Signed(step, terms, before, mark, body, CHUNK_ROWS, stream, tuple(chunks))


def read_all(streams: Mapping[Step, BinaryIO]) -> list[Signed]:
    """Read the files that exist, in order.

    Raises:
        SpecError: one of them is malformed, or missing while a later one exists.
    """
    last = max(streams, default=0)
    for step in Step:
        if step < last and step not in streams:
            raise malformed(step, f"it is missing, though {Step(last).file} exists")
    return [read(step, streams[step]) for step in Step if step in streams]


def linked(files: list[Signed]) -> Fault | None:
    """Check terms, signatures, and that every file builds upon the one before; return the first fault or None."""
    for before, file in zip([None, *files], files, strict=False):
        if file.terms != files[0].terms:
            return Fault(file.step, f"it belongs to another session than {files[0].step.file}")
        if not file.signed:
            return Fault(file.step, f"the signature is not that of the {file.step.role}")
        if before is not None and not _signs(before.terms, before.step, file.before):
            return Fault(file.step, f"it was built upon no {before.step.file} that the {before.step.role} signed")
        if before is not None and before.mark.content != file.before.content:
            return Fault(
                before.step, f"the {before.step.role} signed two of them: {file.step.file} was built upon another"
            )
    return None


def _signs(terms: Terms, step: Step, mark: Mark) -> bool:
    return signer(signing_digest(terms, step, mark.content), mark.signature) == terms.address(step.role)
