"""Short names as the contracts keep them: ASCII, padded with zero bytes."""

from __future__ import annotations

from assay_chain.errors import MalformedInput


def to_bytes(text: str, size: int) -> bytes:
    """Pad a name to `size` bytes.

    Raises:
        MalformedInput: it is empty, too long or not printable ASCII; culprit local.
    """
    if not (text.isascii() and text.isprintable() and 0 < len(text) <= size):
        raise MalformedInput(
            f"{text[:60]!r} is no name of 1 to {size} ASCII characters",
            code="bad-name",
            culprit="local",
            hint="Shorten it, and use plain letters, digits and punctuation.",
        )
    return text.encode("ascii").ljust(size, b"\0")


def from_bytes(data: bytes) -> str:
    """Strip the padding; what is not ASCII (anyone may write to a chain) is shown escaped."""
    return data.rstrip(b"\0").decode("ascii", errors="backslashreplace")
