"""A client's own test set: put where oracles find it, and checked before anything is paid."""

from __future__ import annotations

from assay_chain.addressbook import AddressBook
from assay_chain.store import Artifact
from assay_oracles.audits.whitebox.manifest import Manifest


def publish(book: AddressBook, source: str, manifest: Manifest) -> Artifact:
    """Put the client's test set into the network's store.

    Args:
        book: the network; its store must be one that oracles read.
        source: a file, or a `file://` URI.
        manifest: the model that it will be used for.

    Raises:
        MalformedInput: it cannot be read or does not fit the model; culprit client.
    """
    raise NotImplementedError
