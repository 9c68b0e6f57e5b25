"""Runs of rows of a session: units of parallel work for both parties and for verifiers.

A row is R | M | proof: two compressed points, then challenge and response of every branch.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element, NotCanonicalError, group_of
from assay_oracles.audits.fairness.groups.base import IDENTITY
from assay_oracles.audits.fairness.labels import equations
from assay_oracles.audits.fairness.labels.equations import Ciphertext, Session
from assay_oracles.audits.fairness.sigma import Proof


@dataclass(frozen=True)
class RowFault:
    """What is false about a row.

    Attributes:
        row: Number of the row, from 1.
        reason: What is false, for people.
    """

    row: int
    reason: str


def align(session: Session, shared: Element, tags: NDArray[np.uint8]) -> tuple[NDArray[np.int64], bytes]:
    """Order rows as both parties do, by a keyed hash of their identities, and commit to these.

    Args:
        session: What both agreed on.
        shared: h_O h_S G, which only the two parties know, so that the commitment tells nobody else anything.
        tags: Identity of each row, shape (n, 16), all different.

    Returns:
        The place of each row of the session in `tags`, shape (n,), and the commitment, 32 bytes.
    """
    prefix = transcript.tag("labels-id") + session.table + shared
    keys = b"".join(transcript.keccak(prefix + tag.tobytes()) for tag in tags)
    words = np.frombuffer(keys, dtype=">u8").reshape(-1, 4)
    order = np.lexsort(words.T[::-1])
    return order, transcript.keccak(transcript.tag("labels-ids") + words[order].tobytes())


def fix(session: Session, joint: Element, key: bytes, first: int, labels: bytes) -> bytes:
    """Write a run of the owner's rows.

    Args:
        session: What both agreed on.
        joint: The joint key H.
        key: The owner's key for `equations.mask`.
        first: Number of the first row.
        labels: m = 2 * group + actual of each row.
    """
    return b"".join(
        _encode(session, equations.fix_label(session, joint, row, label, equations.mask(session, key, row)))
        for row, label in enumerate(labels, first)
    )


def predict(session: Session, joint: Element, key: bytes, first: int, fixed: bytes, predictions: bytes) -> bytes:
    """Write a run of the supplier's rows.

    Args:
        session: What both agreed on.
        joint: The joint key H.
        key: The supplier's key for `equations.mask`.
        first: Number of the first row.
        fixed: The owner's rows, checked.
        predictions: 0 or 1 for each row.
    """
    rows = []
    for row, (label, predicted) in enumerate(
        zip(split(session, fixed, len(predictions)), predictions, strict=True), first
    ):
        decoded = _decode(session, label)
        assert isinstance(decoded, Ciphertext), "the rows were checked"
        rho = equations.mask(session, key, row)
        rows.append(_encode(session, equations.predict(session, joint, row, decoded, predicted, rho)))
    return b"".join(rows)


def check_fixed(session: Session, joint: Element, first: int, length: int, data: bytes) -> RowFault | None:
    """Check a run of `length` rows of the owner; return the first fault or None."""
    for row, part in enumerate(split(session, data, length), first):
        label = _decode(session, part)
        if isinstance(label, str):
            return RowFault(row, f"{label} is not a canonical point")
        if not equations.label_holds(session, joint, row, label):
            return RowFault(row, "the proof that it holds one group and label does not hold")
    return None


def check_predicted(
    session: Session, joint: Element, first: int, length: int, fixed: bytes, data: bytes
) -> RowFault | None:
    """Check a run of `length` rows of the supplier against the owner's, themselves checked."""
    for row, (label, part) in enumerate(
        zip(split(session, fixed, length), split(session, data, length), strict=True), first
    ):
        before, after = _decode(session, label), _decode(session, part)
        assert isinstance(before, Ciphertext), "the owner's rows were checked"
        if isinstance(after, str):
            return RowFault(row, f"{after}' is not a canonical point")
        if not equations.prediction_holds(session, joint, row, before, after):
            return RowFault(row, "the proof that it is the owner's row with one prediction does not hold")
    return None


def totals(session: Session, length: int, data: bytes) -> tuple[Element, Element]:
    """Return the sums of R' and M' over a run of `length` rows of the supplier, checked."""
    group, wire = group_of(session.params.group), group_of(session.params.group).wire_bytes
    rows = list(split(session, data, length))
    return (
        group.add(*(group.from_wire(row[:wire]) for row in rows)),
        group.add(*(group.from_wire(row[wire : 2 * wire]) for row in rows)),
    )


def split(session: Session, data: bytes, length: int) -> Iterator[bytes]:
    """Cut a run into its rows."""
    size = len(data) // length
    return (data[i : i + size] for i in range(0, len(data), size))


def _encode(session: Session, row: Ciphertext) -> bytes:
    group = group_of(session.params.group)
    return group.to_wire(row.r) + group.to_wire(row.m) + row.proof.encode()


def _decode(session: Session, data: bytes) -> Ciphertext | str:
    """Read a row, or name the point that is not canonical."""
    group, wire, points = (
        group_of(session.params.group),
        group_of(session.params.group).wire_bytes,
        [IDENTITY, IDENTITY],
    )
    for index, name in enumerate("RM"):
        try:
            points[index] = group.from_wire(data[index * wire : (index + 1) * wire])
        except NotCanonicalError:
            return name
    return Ciphertext(points[0], points[1], Proof.decode(data[2 * wire :]))
