"""Putting artifacts where others can fetch them."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import AssayError, Refused, Usage
from .errors import ArtifactUnavailable
from .fetching import copy_hashed
from .reading import filesystem, local_path, open_regular, protocol_of

_WRITABLE = ("file", "s3")


@dataclass(frozen=True)
class Artifact:
    """Something that was put into a store: its SHA-256, where it is, and its size in bytes."""

    digest: bytes
    uri: str
    size: int


class Store:
    """A place for artifacts, each under its digest in hex. What is there is never overwritten with other bytes."""

    def __init__(self, root: str) -> None:
        """`root`: a `file://` or `s3://` URI, or an absolute path. Raises Usage for anything else."""
        try:
            protocol = protocol_of(root, "local")
        except ArtifactUnavailable as error:
            raise _not_writable(root) from error
        if protocol not in _WRITABLE:
            raise _not_writable(root)
        self._protocol = protocol
        self._root = (Path(root).as_uri() if root.startswith("/") else root).rstrip("/")

    def put(self, source: bytes | Path) -> Artifact:
        """Stores bytes or a regular file; when they are there already, nothing is written.

        Raises:
            ArtifactUnavailable: the file cannot be read, or the store cannot be written.
            Refused: the file changed while it was being stored.
        """
        with _open(source) as stream:
            digest, size = copy_hashed(stream)
        uri = f"{self._root}/{digest.hex()}"
        try:
            if self._protocol == "file":
                self._put_local(source, digest, local_path(uri, "local"))
            else:
                self._put_remote(source, digest, uri)
        except AssayError:
            raise
        except Exception as error:  # each backend brings a library with exceptions of its own
            raise ArtifactUnavailable(
                f"cannot write to the store {self._root}: {type(error).__name__}: {error}"[:500],
                code="store-unwritable",
                culprit="local",
                hint="Check that the store exists and that this account may write there.",
            ) from error
        return Artifact(digest, uri, size)

    def _put_local(self, source: bytes | Path, digest: bytes, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            with open_regular(target, "local") as kept:
                if copy_hashed(kept)[0] == digest:
                    return  # otherwise it was damaged, and is replaced
        descriptor, name = tempfile.mkstemp(prefix=".partial-", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as sink, _open(source) as stream:
                _check_same(copy_hashed(stream, sink)[0], digest, source)
                os.fchmod(sink.fileno(), 0o644)
                sink.flush()
                os.fsync(sink.fileno())
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)

    def _put_remote(self, source: bytes | Path, digest: bytes, uri: str) -> None:
        remote = filesystem(self._protocol)
        if remote.exists(uri):
            return
        with remote.open(uri, "wb") as sink, _open(source) as stream:
            found, _ = copy_hashed(stream, sink)
        if found != digest:
            remote.rm_file(uri)
        _check_same(found, digest, source)


@contextmanager
def _open(source: bytes | Path) -> Iterator[BinaryIO]:
    with io.BytesIO(source) if isinstance(source, bytes) else open_regular(source, "local") as stream:
        yield stream


def _check_same(found: bytes, digest: bytes, source: bytes | Path) -> None:
    if found != digest:
        raise Refused(
            f"{source!s:.200} changed while it was being stored",
            code="source-changed",
            culprit="local",
            hint="Store it again when nothing writes to it.",
        )


def _not_writable(root: str) -> Usage:
    return Usage(
        f"{root[:200]!r} is no store that can be written",
        code="bad-store",
        culprit="local",
        hint=f"Use an absolute path, or a URI of {' or '.join(_WRITABLE)}.",
    )
