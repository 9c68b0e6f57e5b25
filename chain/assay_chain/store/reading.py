"""Opening what a URI names, one protocol at a time.

fsspec's URL chaining (`a::b`) and its guesses are never used: the protocol is looked up in a closed list, and the
filesystem gets the path alone.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import aiohttp
import fsspec  # type: ignore[import-untyped]

from ..errors import Culprit
from .errors import ArtifactUnavailable

_PACKAGES = {"s3": "s3fs", "ipfs": "ipfsspec"}
PROTOCOLS = ("file", "http", "https", *_PACKAGES)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII)
_MAX_URI = 2048


class Readable(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def protocol_of(uri: str, culprit: Culprit) -> str:
    """The protocol of a URI; `file` for an absolute path. Raises ArtifactUnavailable for what Assay does not read."""
    match = _SCHEME.match(uri)
    protocol = match[1] if match else "file" if uri.startswith("/") else ""
    if protocol not in PROTOCOLS or len(uri) > _MAX_URI or not uri.isprintable() or "::" in uri:
        raise ArtifactUnavailable(
            f"artifacts cannot be read from {uri[:200]!r}",
            code="unsupported-uri",
            culprit=culprit,
            hint=f"Use a URI of {', '.join(PROTOCOLS)}, of at most {_MAX_URI} printable characters.",
        )
    return protocol


def filesystem(protocol: str, timeout: float = 60.0) -> Any:
    """The fsspec filesystem of a protocol. Raises ArtifactUnavailable when its package is not installed."""
    options: dict[str, Any] = {}
    if protocol in ("http", "https"):
        options["timeout"] = aiohttp.ClientTimeout(total=timeout)
    if protocol == "s3":
        options["config_kwargs"] = {"connect_timeout": timeout, "read_timeout": timeout, "retries": {"max_attempts": 2}}
    try:
        return fsspec.filesystem(protocol, skip_instance_cache=True, **options)
    except (ImportError, ValueError) as error:
        package = _PACKAGES[protocol]
        raise ArtifactUnavailable(
            f"reading {protocol}:// needs the package {package}",
            code="store-backend-missing",
            culprit="local",
            hint=f"Run `pip install {package}`.",
        ) from error


@contextmanager
def opened(uri: str, timeout: float, culprit: Culprit) -> Iterator[tuple[Readable, int | None]]:
    """The bytes behind a URI as a stream, and how many are declared (None: unknown).

    Raises ArtifactUnavailable for what is no readable URI or no regular file, and what the protocol's library raises.
    """
    protocol = protocol_of(uri, culprit)
    if protocol == "file":
        with open_regular(local_path(uri, culprit), culprit) as file:
            yield file, os.fstat(file.fileno()).st_size
        return
    # Whole and in order (size and block size keep fsspec from asking first and reading in ranges).
    options = {"block_size": 0, "size": 1} if protocol.startswith("http") else {}
    with filesystem(protocol, timeout).open(uri, "rb", **options) as remote:
        headers = remote.r.headers if protocol.startswith("http") else {"Content-Length": getattr(remote, "size", None)}
        declared = headers.get("Content-Length")
        yield remote, None if declared is None else int(declared)


def open_regular(path: Path, culprit: Culprit) -> BinaryIO:
    """Opens a regular file for reading; never waits for the other end of a FIFO. Raises ArtifactUnavailable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error), culprit) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable(path, "it is no regular file", culprit)
    return os.fdopen(descriptor, "rb")


def local_path(uri: str, culprit: Culprit) -> Path:
    """The path of a file URI, or an absolute path as it is. Raises ArtifactUnavailable for a URI of another machine."""
    if uri.startswith("/"):
        return Path(uri)
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost") or parts.query or parts.fragment or not parts.path.startswith("/"):
        raise _unreadable(uri, "it names no file of this machine", culprit)
    return Path(unquote(parts.path))


def _unreadable(what: object, why: str, culprit: Culprit) -> ArtifactUnavailable:
    return ArtifactUnavailable(
        f"cannot read {what}: {why}",
        code="artifact-unreadable",
        culprit=culprit,
        hint="The artifact must be a regular file that this account may read.",
    )
