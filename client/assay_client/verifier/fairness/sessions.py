"""Check a session with independent labels from the folder that its parties share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.evaluate import Checkpoint
from assay_oracles.audits.fairness.labels import verify
from assay_oracles.audits.fairness.labels.files import Step
from assay_oracles.audits.fairness.labels.signed import Signed, read_all
from assay_oracles.audits.fairness.labels.verify import Finding

from assay_client.parallel import workers
from assay_client.specs import malformed

from .checking import SAVE_SECONDS, Memory

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all, of one file after the other."""


_HINT = "Name the folder with the session's files; `assay fairness labels start` begins a session."


@contextmanager
def opened(folder: Path) -> Iterator[list[Signed]]:
    """Open and read the files of a session that exist, in their order.

    Raises:
        MalformedInput: there is none; one is malformed, missing while a later one exists, or changed while it was read.
        Usage: one cannot be read.
    """
    with ExitStack() as stack:
        try:
            paths = {step: folder / step.file for step in Step if os.path.lexists(folder / step.file)}
            if odd := next((path for path in paths.values() if not path.is_file()), None):
                raise _unreadable(f"{odd} is no regular file")  # opening a pipe would wait for ever
            streams = {step: stack.enter_context(path.open("rb")) for step, path in paths.items()}
        except OSError as error:
            raise _unreadable(f"cannot read {error.filename}: {error.strerror}") from error
        if not streams:
            raise MalformedInput(f"{folder} holds no session", code="no-session", culprit="local", hint=_HINT)
        try:
            yield read_all(streams)
        except SpecError as error:
            raise malformed(error, folder) from error


def check_session(folder: Path, memory: Memory | None, progress: Progress) -> Finding:
    """Check all files of a session: anyone's side, without keys.

    Args:
        folder: Where the files are.
        memory: Where to remember how far the check came; None to begin anew.
        progress: Told after every chunk of rows.

    Raises:
        MalformedInput, Usage: as `opened`.
    """
    with opened(folder) as files:
        return check(files, memory, progress)


def glance(folder: Path) -> Finding:
    """Check signatures and order of a session's files, but no proof. Errors as in `opened`."""
    with opened(folder) as files:
        return verify.glance(files)


def check(files: list[Signed], memory: Memory | None, progress: Progress, trusted: Collection[str] = ()) -> Finding:
    """Check files that are open; of those whose content (in hexadecimal) is trusted, rows are not checked again."""
    with workers(max(file.chunks for file in files)) as (executor, count):
        return verify.verify(files, executor, count, _Follower(memory, progress, trusted))


class _Follower:
    """Remembers how far the check of a file came. Its content names everything that it was built upon, too."""

    def __init__(self, memory: Memory | None, progress: Progress, trusted: Collection[str]) -> None:
        self._memory, self._progress, self._trusted = memory, progress, trusted
        self._saved = time.monotonic()

    def known(self, file: Signed) -> int:
        """Return how many rows need not be checked again."""
        if file.mark.content.hex() in self._trusted:
            return file.terms.n
        checkpoint = self._memory.load(file.mark.content.hex()) if self._memory else None
        return checkpoint.done if checkpoint else 0

    def found(self, file: Signed, done: int) -> None:
        """Tell how far the check came, and remember it now and then."""
        self._progress(done, file.terms.n)
        if self._memory and done == file.terms.n:
            self._memory.forget(file.mark.content.hex())
        elif self._memory and time.monotonic() - self._saved > SAVE_SECONDS:
            self._memory.save(file.mark.content.hex(), Checkpoint(done))
            self._saved = time.monotonic()


def _unreadable(message: str) -> Usage:
    return Usage(
        message,
        code="unreadable-session",
        culprit="local",
        hint=_HINT,
    )
