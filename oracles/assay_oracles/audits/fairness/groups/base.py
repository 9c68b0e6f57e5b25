"""What the protocol asks of a group (written additively, whatever the group)."""

from collections.abc import Iterable
from typing import Protocol

Element = bytes
"""A group element in its uncompressed canonical encoding; the identity is the empty string and never on the wire."""

IDENTITY: Element = b""


class NotCanonicalError(ValueError):
    """An encoding that names no group element, or names one in a second way."""


class Group(Protocol):
    """A group of prime order with generator G. Elements are values; every method returns a new one."""

    order: int
    """The prime order N (secp256k1) or q (DSA-like)."""

    wire_bytes: int
    """Length of one element in a compact row."""

    def base(self, scalar: int) -> Element:
        """Return scalar * G, in time independent of the scalar where the library offers it."""

    def base_many(self, scalars: list[int]) -> list[Element]:
        """Return scalar * G for each scalar in [1, N - 1]."""

    def scale(self, element: Element, scalar: int) -> Element:
        """Return scalar * element. Not constant-time: for public inputs only."""

    def scale_secret(self, element: Element, scalar: int) -> Element:
        """Return scalar * element for a secret scalar in [1, N - 1] and an element other than the identity."""

    def add(self, *elements: Element) -> Element:
        """Return the sum of the elements; complete, so doubling, inverses and the identity are allowed."""

    def running(self, first: Element, steps: Iterable[tuple[Element, ...]]) -> list[Element]:
        """Return the sums after each step: first + (terms of step 1), that + (terms of step 2), ...; complete."""

    def negate(self, element: Element) -> Element:
        """Return the inverse of the element."""

    def is_element(self, data: bytes) -> bool:
        """Tell whether bytes from elsewhere are the one encoding of an element other than the identity."""

    def encodable(self, element: Element) -> bool:
        """Tell the same of an element that this group computed, without checking again that it is one."""

    def to_wire(self, element: Element) -> bytes:
        """Encode an element other than the identity for a compact row, in `wire_bytes` bytes."""

    def from_wire(self, data: bytes) -> Element:
        """Decode what `to_wire` wrote.

        Raises:
            NotCanonicalError: the bytes are not the one encoding of an element other than the identity.
        """
