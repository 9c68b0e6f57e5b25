"""Fetching an artifact by its digest into a local cache."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from ..errors import AssayError, Culprit
from .errors import ArtifactTooLarge, ArtifactUnavailable, WrongDigest
from .reading import Readable, open_regular, opened

CHUNK = 1 << 20


def fetch(
    uri: str,
    digest: bytes,
    *,
    max_bytes: int,
    cache: Path,
    timeout: float,
    culprit: Culprit = "supplier",
) -> Path:
    """A local copy of an artifact, named by its digest in hex. Safe for several processes with one cache.

    Args:
        uri: where it is; see `reading.PROTOCOLS`.
        digest: SHA-256 of its bytes.
        max_bytes: more than this is refused, whether declared or delivered.
        cache: directory of verified copies, made when missing. A copy is verified again before it is returned.
        timeout: seconds for the whole fetch.
        culprit: who published it, and is to blame when it is not there.

    Raises:
        ArtifactUnavailable: it cannot be had, or (culprit local) this machine cannot read or keep it.
        WrongDigest: the URI has other bytes.
        ArtifactTooLarge: it has more than `max_bytes`.
    """
    assert len(digest) == hashlib.sha256().digest_size
    deadline = time.monotonic() + timeout
    target = cache / digest.hex()
    if _is_cached(target, digest, max_bytes, uri, culprit):
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".partial-", dir=cache)
    except OSError as error:
        raise _cannot_keep(cache, error) from error
    try:
        with os.fdopen(descriptor, "wb") as sink:
            found = _download(uri, sink, max_bytes, deadline, culprit)
        if found != digest:
            raise WrongDigest(
                f"{uri[:200]} has the digest {found.hex()}, not {digest.hex()}",
                code="wrong-digest",
                culprit=culprit,
                hint="The bytes there are not the ones that were published; publish the artifact again.",
            )
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    return target


def copy_hashed(source: Readable, sink: BinaryIO | None = None) -> tuple[bytes, int]:
    """Digest and size of a stream, copied to `sink` on the way."""
    hasher, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        hasher.update(chunk)
        size += len(chunk)
        if sink is not None:
            sink.write(chunk)
    return hasher.digest(), size


def _is_cached(target: Path, digest: bytes, max_bytes: int, uri: str, culprit: Culprit) -> bool:
    if not target.exists():
        return False
    with open_regular(target, "local") as file:
        found, size = copy_hashed(file)
    if found != digest:
        return False  # damaged; fetched again and replaced
    if size > max_bytes:
        raise _too_large(uri, size, max_bytes, culprit)
    return True


def _download(uri: str, sink: BinaryIO, max_bytes: int, deadline: float, culprit: Culprit) -> bytes:
    """Streams a URI into a file and returns the digest of what came."""
    hasher, size = hashlib.sha256(), 0
    try:
        with opened(uri, deadline - time.monotonic(), culprit) as (source, declared):
            if declared is not None and declared > max_bytes:
                raise _too_large(uri, declared, max_bytes, culprit)
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise _too_large(uri, size, max_bytes, culprit)
                if time.monotonic() > deadline:
                    raise TimeoutError
                hasher.update(chunk)
                try:
                    sink.write(chunk)
                except OSError as error:
                    raise _cannot_keep(Path(sink.name).parent, error) from error
    except AssayError:
        raise
    except Exception as error:  # each backend brings a library with exceptions of its own
        late = isinstance(error, TimeoutError) or time.monotonic() > deadline
        why = "it did not arrive in time" if late else f"{type(error).__name__}: {error!s:.300}"
        text = f"cannot fetch {uri[:200]}: {why}"
        raise ArtifactUnavailable(
            "".join(letter if letter.isprintable() else "?" for letter in text),  # the server chose some of it
            code="artifact-unavailable",
            culprit=culprit,
            hint="Try again later; when it stays away, its publisher must put it back.",
        ) from error
    return hasher.digest()


def _too_large(uri: str, size: int, max_bytes: int, culprit: Culprit) -> ArtifactTooLarge:
    return ArtifactTooLarge(
        f"{uri[:200]} has {size} bytes or more, {max_bytes} are allowed",
        code="artifact-too-large",
        culprit=culprit,
        hint="Publish a smaller artifact, or raise the limit where it is read.",
    )


def _cannot_keep(cache: Path, error: OSError) -> ArtifactUnavailable:
    return ArtifactUnavailable(
        f"cannot keep artifacts in {cache}: {error.strerror}",
        code="cache-unwritable",
        culprit="local",
        hint="Make room, or allow this account to write there.",
    )
