"""Check a table file on all cores, going on where an interrupted check of the same file stopped."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path

from assay_chain.addressbook import home
from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.evaluate import MIN_CHUNK_ROWS, Checkpoint, Report, open_table, tally, verify_table
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.recover import MAX_N, recover
from assay_oracles.audits.fairness.table import Header

from assay_client.parallel import workers
from assay_client.specs import malformed

TABLE = "table.faas"
SAVE_SECONDS = 5.0

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True)
class Memory:
    """Where a check that takes long remembers how far it came.

    Attributes:
        folder: Folder for checkpoints, one file a table.
    """

    folder: Path

    @classmethod
    def of_user(cls) -> Memory:
        """The folder of whoever runs this."""
        return cls(home() / "fairness" / "checks")

    def load(self, identity: str) -> Checkpoint | None:
        """Return where the check of that file stopped; None when there is nothing (readable)."""
        try:
            fields = json.loads(self._path(identity).read_text())
            tree = tuple(node if node is None else bytes.fromhex(node) for node in fields["tree"])
            return Checkpoint(int(fields["done"]), tree)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, identity: str, checkpoint: Checkpoint) -> None:
        """Remember how far the check of that file came."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._path(identity).with_suffix(".new")
        tree = [node and node.hex() for node in checkpoint.tree]
        new.write_text(json.dumps({"done": checkpoint.done, "tree": tree}))
        new.replace(self._path(identity))

    def forget(self, identity: str) -> None:
        """Drop what is remembered of that file."""
        self._path(identity).unlink(missing_ok=True)

    def _path(self, identity: str) -> Path:
        return self.folder / f"{identity}.json"


def check(path: Path, memory: Memory | None, progress: Progress) -> Report:
    """Check a table: every proof, the sums, the counts, the root and the signature.

    Args:
        path: The file, or the folder that holds `TABLE`.
        memory: Where to remember how far the check came; None to begin anew.
        progress: Told after every chunk.

    Raises:
        MalformedInput: the file is no table.
        Usage: it cannot be read.
    """
    with table_file(path) as stream:
        try:
            header, _ = open_table(stream)
            identity = _identity(path, stream)
            saved = time.monotonic()

            def step(checkpoint: Checkpoint) -> None:
                nonlocal saved
                progress(checkpoint.done, header.n)
                if memory and time.monotonic() - saved > SAVE_SECONDS:
                    memory.save(identity, checkpoint)
                    saved = time.monotonic()

            with workers(-(-header.n // MIN_CHUNK_ROWS)) as (executor, count):
                report = verify_table(stream, executor, count, step, memory.load(identity) if memory else None)
        except SpecError as error:
            raise malformed(error, path) from error
    if memory:
        memory.forget(identity)
    return report


def require_recoverable(path: Path) -> None:
    """Refuse a table whose counts cannot be recovered, before it is checked for a long time.

    Raises:
        MalformedInput: it is too long, has other parameters, or is no table.
        Usage: it cannot be read.
    """
    with table_file(path) as stream:
        try:
            header, _ = open_table(stream)
        except SpecError as error:
            raise malformed(error, path) from error
    if header.params != Params() or header.n > MAX_N:
        raise MalformedInput(
            f"counts are recovered for up to {MAX_N} rows of two groups on secp256k1, without pads",
            code="not-recoverable",
            culprit="local",
            hint="Leave --recover out: the declared counts are checked against the cryptograms in one equation.",
        )


def recover_counts(path: Path, header: Header) -> tuple[int, ...] | None:
    """Find the counts of a checked and recoverable table without the declaration; None when none fit."""
    with table_file(path) as stream:
        total = tally(stream, header)
    with workers(2) as (executor, _):
        return recover(total, header.n, executor)


def table_file(path: Path) -> BufferedReader:
    """Open a table file, or the one in a folder.

    Raises:
        Usage: it cannot be read.
    """
    file = path / TABLE if path.is_dir() else path
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would keep us waiting, a device never ends
            raise _unreadable(file, "it is no file")
        return file.open("rb")
    except OSError as error:
        raise _unreadable(file, error.strerror or "") from error


def _unreadable(file: Path, why: str) -> Usage:
    return Usage(
        f"cannot read {file}: {why}",
        code="unreadable-file",
        culprit="local",
        hint=f"Name a table file, or the folder that holds {TABLE}.",
    )


def _identity(path: Path, stream: BufferedReader) -> str:
    """Name the very bytes of a file, as far as its system tells: where it is, its size, and when it was written."""
    status = os.fstat(stream.fileno())
    parts = (str(path.absolute()), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return sha256(json.dumps(parts).encode()).hexdigest()
