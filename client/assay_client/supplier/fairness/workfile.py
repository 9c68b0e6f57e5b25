"""A file that grows chunk by chunk and survives being interrupted at any moment.

Beside it stands a log with the leaves of every chunk and a checksum over rows and leaves. Going on, the chunks whose
checksums hold are kept and the rest is cut off, so that a torn write costs one chunk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

_SIZES = 16  # length of rows and of leaves, 8 bytes each
_CHECK = 32


class Workfile:
    """An unfinished file.

    Attributes:
        chunks: Number of whole chunks that it holds.
    """

    def __init__(self, folder: Path, name: str, head: bytes) -> None:
        """Begin a file, or go on with what is there.

        Args:
            folder: Where the unfinished file and its log are.
            name: What it is called.
            head: What stands before the chunks.
        """
        self._head = head
        self._rows, self._log = _open(folder / name), _open(folder / f"{name}.log")
        self._path, self._log_path = folder / name, folder / f"{name}.log"
        self.chunks = 0
        self._recover()

    def append(self, rows: bytes, leaves: bytes = b"") -> None:
        """Add a chunk."""
        self._rows.write(rows)
        self._rows.flush()
        sizes = len(rows).to_bytes(8, "big") + len(leaves).to_bytes(8, "big")
        self._log.write(sizes + sha256(sizes + rows + leaves).digest() + leaves)
        self._log.flush()
        self.chunks += 1

    def leaves(self) -> Iterator[bytes]:
        """Yield the leaf of every row so far."""
        with self._log_path.open("rb") as log:
            while sizes := log.read(_SIZES):
                log.seek(_CHECK, os.SEEK_CUR)
                leaves = log.read(int.from_bytes(sizes[8:], "big"))
                for i in range(0, len(leaves), 32):
                    yield leaves[i : i + 32]

    def finish(self, tail: bytes, final: Path) -> None:
        """Write what stands after the chunks, and give the file its final name, durably."""
        self._rows.write(tail)
        self._rows.flush()
        os.fsync(self._rows.fileno())
        self.close()
        self._path.chmod(0o644)  # a finished table is there to be read
        self._path.replace(final)
        sync_folder(final.parent)
        self._log_path.unlink()

    def close(self) -> None:
        """Let go of the files; they stay for the next time."""
        self._rows.close()
        self._log.close()

    def _recover(self) -> None:
        if self._rows.read(len(self._head)) != self._head:
            for stream in (self._rows, self._log):
                stream.seek(0)
                stream.truncate()
            self._rows.write(self._head)
            self._rows.flush()
            return
        good_rows, good_log = len(self._head), 0
        while len(record := self._log.read(_SIZES + _CHECK)) == _SIZES + _CHECK:
            sizes, check = record[:_SIZES], record[_SIZES:]
            size, leaf_size = int.from_bytes(sizes[:8], "big"), int.from_bytes(sizes[8:], "big")
            if size > self._remaining(self._rows) or leaf_size > self._remaining(self._log):
                break
            rows, leaves = self._rows.read(size), self._log.read(leaf_size)
            if sha256(sizes + rows + leaves).digest() != check:
                break
            good_rows, good_log = self._rows.tell(), self._log.tell()
            self.chunks += 1
        for stream, end in ((self._rows, good_rows), (self._log, good_log)):
            stream.seek(end)
            stream.truncate()

    @staticmethod
    def _remaining(stream: BinaryIO) -> int:
        return os.fstat(stream.fileno()).st_size - stream.tell()


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
