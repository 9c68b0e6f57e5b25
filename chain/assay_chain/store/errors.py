"""What can go wrong with an artifact."""

from __future__ import annotations

from ..errors import MalformedInput, PeerUnreachable


class ArtifactUnavailable(PeerUnreachable):
    """The bytes cannot be had: nothing there, no answer in time, no regular file, or no way to read such a URI."""


class WrongDigest(MalformedInput):
    """There are bytes, but others than the ones asked for."""


class ArtifactTooLarge(MalformedInput):
    """There are more bytes than allowed, declared or counted."""
