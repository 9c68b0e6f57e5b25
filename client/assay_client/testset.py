"""A client's own test set: checked before anything is paid, and put where oracles find it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from assay_chain.addressbook import AddressBook
from assay_chain.errors import AssayError, MalformedInput, PeerUnreachable, Usage
from assay_chain.store import Artifact, Store
from assay_chain.store.reading import opened
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset, metrics
from assay_oracles.audits.whitebox.manifest import Served
from assay_oracles.audits.whitebox.tensors import Source

from .specs import malformed

MAX_BYTES = 1 << 30
CHUNK = 1 << 20
SECONDS = 300.0


def publish(book: AddressBook, source: str, manifest: Served) -> Artifact:
    """Check a test set against the model as an oracle would, and put it into the network's store.

    Args:
        book: the network; oracles read its store.
        source: a file, or a URI that a store can be read from.
        manifest: the model that it will be used for.

    Raises:
        MalformedInput: it does not fit the model, or is too large; culprit client.
        Usage: there is no such file.
        PeerUnreachable: a URI cannot be read, or the store cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(source) if "://" not in source else _download(source, Path(folder) / "test.safetensors")
        try:
            dataset.load(path, Source("test", "client"), manifest, metrics.MAX_SAMPLES)
        except SpecError as error:
            raise malformed(error, source) from error
        except OSError as error:
            raise Usage(
                f"cannot read the test set {source}: {error.strerror}",
                code="unreadable-test-set",
                culprit="client",
                hint="Name a safetensors file with the tensors `inputs` and `labels`.",
            ) from error
        return Store(book.store).put(path)


def _download(uri: str, path: Path) -> Path:
    """Copy a URI to a file; nobody has said yet which digest it must have."""
    try:
        with opened(uri, SECONDS, "client") as (remote, _), path.open("wb") as local:
            while (chunk := remote.read(CHUNK)) and local.tell() <= MAX_BYTES:
                local.write(chunk)
    except AssayError:
        raise
    except Exception as error:  # each backend brings a library with exceptions of its own
        raise PeerUnreachable(
            f"cannot read the test set {uri}: {type(error).__name__}: {error}"[:300],
            code="test-set-unavailable",
            culprit="client",
            hint="Check the URI, or name a file.",
        ) from error
    if path.stat().st_size > MAX_BYTES:
        raise MalformedInput(
            f"the test set {uri} has more than {MAX_BYTES} bytes",
            code="test-set-too-large",
            culprit="client",
            hint="Use a smaller sample.",
        )
    return path
