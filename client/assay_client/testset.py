"""A client's own test set: checked before anything is paid, and put where oracles find it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import fsspec

from assay_chain.addressbook import AddressBook
from assay_chain.errors import MalformedInput, PeerUnreachable
from assay_chain.store import Artifact, Store
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset, metrics
from assay_oracles.audits.whitebox.manifest import Manifest
from assay_oracles.audits.whitebox.tensors import Source

from .specs import malformed

MAX_BYTES = 1 << 30
CHUNK = 1 << 20


def publish(book: AddressBook, source: str, manifest: Manifest) -> Artifact:
    """Check a test set against the model as an oracle would, and put it into the network's store.

    Args:
        book: the network; oracles read its store.
        source: a file, or a URI that fsspec knows.
        manifest: the model that it will be used for.

    Raises:
        MalformedInput: it does not fit the model, or is too large; culprit client.
        PeerUnreachable: it cannot be read, or the store cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(source) if "://" not in source else _download(source, Path(folder) / "test.safetensors")
        try:
            dataset.load(path, Source("test", "client"), manifest, metrics.MAX_SAMPLES)
        except SpecError as error:
            raise malformed(error, source) from error
        except OSError as error:
            raise MalformedInput(
                f"cannot read the test set {source}: {error.strerror}",
                code="unreadable-test-set",
                culprit="client",
                hint="Name a safetensors file with the tensors `inputs` and `labels`.",
            ) from error
        return Store(book.store).put(path)


def _download(uri: str, path: Path) -> Path:
    """Copy a URI to a file."""
    try:
        with fsspec.open(uri, "rb") as remote, path.open("wb") as local:
            while chunk := remote.read(CHUNK):
                local.write(chunk)
                if local.tell() > MAX_BYTES:
                    raise MalformedInput(
                        f"the test set {uri} has more than {MAX_BYTES} bytes",
                        code="test-set-too-large",
                        culprit="client",
                        hint="Use a smaller sample.",
                    )
    except (OSError, ValueError, ImportError) as error:
        raise PeerUnreachable(
            f"cannot read the test set {uri}: {error}",
            code="test-set-unreachable",
            culprit="client",
            hint="Check the URI, or name a file.",
        ) from error
    return path
