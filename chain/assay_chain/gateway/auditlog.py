"""What was done and refused, in a file that shows when it was changed: every line names the digest of the one before.

One JSON object a line: ``seq`` from 1, ``time`` (UTC), ``address`` (an account, or where a stranger came from),
``block`` (at which the account's roles were read), ``act``, ``detail``, and ``previous``: the SHA-256 of the line
before without its line end (zeros in the first). A full file is renamed to ``NAME.FIRSTSEQ`` and never touched again;
the chain goes on in the next one.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from assay_chain.errors import MalformedInput

from .members import Member

NAME: Final = "audit-log.jsonl"
FILE_BYTES: Final = 64 << 20
REFUSAL_SECONDS: Final = 1.0
_NONE: Final = "0" * 64


class AuditLog:
    """Append-only and hash-chained. Safe for several threads; one process at a time."""

    def __init__(self, directory: Path, file_bytes: int = FILE_BYTES) -> None:
        """Go on where the log in the directory ends; a last line that a crash cut short is an act that never was.

        Raises:
            MalformedInput: the log was changed.
        """
        self._directory = directory
        self._file_bytes = file_bytes
        self._lock = threading.Lock()
        self._path = directory / NAME
        self._refusals: dict[tuple[str, str], float] = {}
        self._seq, self._previous = 0, _NONE
        _mend(self._path)
        for entry, digest in _verified(directory):
            self._seq, self._previous = entry["seq"], digest
        self._file = self._path.open("ab")
        self._path.chmod(0o600)

    def record(self, member: Member | str | None, act: str, detail: Mapping[str, Any]) -> None:
        """Append one act.

        Args:
            member: who did it; only an account's or an internet address if it is no member, None if nobody is known.
            act: kebab-case name.
            detail: JSON values; no secrets.
        """
        address = member.address if isinstance(member, Member) else member
        with self._lock:
            entry = {
                "seq": self._seq + 1,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "address": address,
                "block": member.block if isinstance(member, Member) else None,
                "act": act,
                "detail": dict(detail),
                "previous": self._previous,
            }
            line = json.dumps(entry, separators=(",", ":")).encode()
            if self._file.tell() + len(line) >= self._file_bytes and self._file.tell():
                self._rotate()
            self._file.write(line + b"\n")
            self._file.flush()
            self._seq, self._previous = self._seq + 1, hashlib.sha256(line).hexdigest()

    def refused(self, caller: Member | str, code: str, detail: Mapping[str, Any]) -> None:
        """Append that something was refused; the same refusal of the same caller only once a second.

        Args:
            caller: the account, or the internet address of one that is not signed in.
            code: of the error.
            detail: what was asked.
        """
        key = (caller.address if isinstance(caller, Member) else caller, code)
        now = time.monotonic()
        if now - self._refusals.get(key, float("-inf")) < REFUSAL_SECONDS:
            return
        self._refusals = {old: at for old, at in self._refusals.items() if now - at < REFUSAL_SECONDS}
        self._refusals[key] = now
        self.record(caller, "refused", {"code": code, **detail})

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        with self._path.open("rb") as full:
            first = json.loads(full.readline())["seq"]
        self._path.rename(self._directory / f"{NAME}.{first:012d}")
        self._file = self._path.open("ab")
        self._path.chmod(0o600)


def read(directory: Path) -> Iterator[dict[str, Any]]:
    """Every act, oldest first, each checked against the one before.

    Raises:
        MalformedInput: a line was changed, removed or added.
    """
    for entry, _ in _verified(directory):
        yield entry


def _verified(directory: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Every entry with the digest of its line."""
    seq, previous = 0, _NONE
    for path in [*sorted(directory.glob(f"{NAME}.*")), directory / NAME]:
        if not path.exists():
            continue
        with path.open("rb") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                    intact = entry["seq"] == seq + 1 and entry["previous"] == previous
                except (ValueError, TypeError, KeyError):
                    intact = False
                if not intact:
                    raise MalformedInput(
                        f"{path} was changed: entry {seq + 1} does not follow the one before",
                        code="audit-log-changed",
                        culprit="gatekeeper",
                        hint="Keep the file as evidence, and let the gateway begin a new log in another directory.",
                    )
                seq, previous = entry["seq"], hashlib.sha256(line.rstrip(b"\n")).hexdigest()
                yield entry, previous


def _mend(path: Path) -> None:
    if path.exists() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)
