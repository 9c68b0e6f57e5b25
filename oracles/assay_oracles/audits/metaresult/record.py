"""Quality-assurance records: S signs what it answered to whom and when (design, section 3; paper A, section IV-A.4).

H is keccak256, `tagged(domain, parts...) = H(H("assay/" + domain) | len(part) | part | ...)`, lengths in 8 bytes, all
integers big-endian. S signs, as fairness tables are signed (65 bytes, r | s | v, low s),

    tagged("metaresult/record/v1", inputs, output, attributions, model in UTF-8, nonce, time in 8 bytes)

where the first three are digests of arrays, `tagged("metaresult/array/v1", kind, shape, values)`: 8 bytes a side and
float64 a value, -0 as 0. Without an explanation the third is 32 zero bytes. A record covers one whole request.
"""

import re
from collections.abc import Container
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay_oracles.audits.fairness import signature as signatures
from assay_oracles.audits.fairness.transcript import keccak

WINDOW: Final = 300
"""Seconds by which a record may be older than the newest that its reader knew when it asked."""
NO_EXPLANATION: Final = bytes(32)
MAX_TIME: Final = 1 << 53
MAX_MODEL: Final = 200
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")
_LENGTHS: Final = {"inputs": (32, 32), "output": (32, 32), "attributions": (32, 32), "nonce": (1, 64)}


class Refusal(StrEnum):
    """Why an answer is not accepted as S's."""

    MISSING = "no record"
    MALFORMED = "not a record"
    WRONG_SIGNER = "not signed by the supplier"
    REPLAYED = "the nonce of an earlier query"
    FOREIGN_NONCE = "a nonce that is not this client's"
    OTHER_INPUT = "signed for another input"
    OTHER_OUTPUT = "signed for another answer"
    OTHER_EXPLANATION = "signed for another explanation"
    OTHER_MODEL = "signed for another model"
    EXPIRED = "signed too long ago"
    FUTURE = "signed in the future"
    PLAIN_DIFFERS = "another answer than without a nonce"
    UNEXPLAINED = "no explanation"
    INCOMPLETE = "the explanation does not add up"
    INCONSISTENT = "not the supplier's explanation"
    UNIMPORTANT = "what the explanation calls important is not"


@dataclass(frozen=True, slots=True)
class Statement:
    """What S signs; digests as in the module, `time` in seconds since 1970, in UTC."""

    inputs: bytes
    output: bytes
    attributions: bytes
    model: str
    nonce: bytes
    time: int

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        digests = (self.inputs, self.output, self.attributions)
        return _tagged("metaresult/record/v1", *digests, self.model.encode(), self.nonce, self.time.to_bytes(8, "big"))


@dataclass(frozen=True, slots=True)
class Record:
    """A statement and the signature over it."""

    statement: Statement
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """The member `record` of an answer's `meta`: bytes in lower-case hexadecimal."""
        plain = asdict(self.statement) | {"signature": self.signature}
        return {name: value.hex() if isinstance(value, bytes) else value for name, value in plain.items()}

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read what `to_json` wrote; ValueError for anything else, and for a second spelling of it."""
        names = (*_LENGTHS, "model", "time", "signature")
        if not isinstance(document, dict) or set(document) != set(names):
            raise ValueError(f"a record has the members {', '.join(names)}")
        model, time = document["model"], document["time"]
        if not isinstance(model, str) or len(model) > MAX_MODEL or not model.isprintable():
            raise ValueError("model must be a short line of text")
        if type(time) is not int or not 0 <= time < MAX_TIME:
            raise ValueError("time must be seconds since 1970")
        found = {name: _bytes(document[name], *lengths) for name, lengths in _LENGTHS.items()}
        return cls(Statement(**found, model=model, time=time), _bytes(document["signature"], 65, 65))


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What a client knows of a record before it reads it.

    Attributes:
        signer: S's address, 20 bytes.
        inputs, output: of the request and as P answered.
        attributions: the explanation as P sent it, None without one.
        model: its name.
        nonce: drawn for this query; `used` are those of all earlier ones.
        earliest, latest: bounds of its time; no bound where None.
    """

    signer: bytes
    inputs: NDArray[np.float64]
    output: NDArray[np.float64]
    attributions: NDArray[np.float64] | None
    model: str
    nonce: bytes
    used: Container[bytes] = ()
    earliest: int | None = None
    latest: int | None = None


def issue(
    key: int, inputs: ArrayLike, output: ArrayLike, attributions: ArrayLike | None, model: str, nonce: bytes, time: int
) -> Record:
    """Sign an answer with S's private key; arrays exactly as they are sent."""
    explained = NO_EXPLANATION if attributions is None else digest_of("attributions", attributions)
    statement = Statement(digest_of("inputs", inputs), digest_of("output", output), explained, model, nonce, time)
    return Record(statement, signatures.sign(key, statement.digest))


def examine(meta: Any, expected: Expected) -> Refusal | Record:
    """The record in an answer's `meta` if it proves that S gave this answer to this query, else why it does not."""
    document = meta.get("record") if isinstance(meta, dict) else None
    if document is None:
        return Refusal.MISSING
    try:
        record = Record.from_json(document)
    except ValueError:
        return Refusal.MALFORMED
    said = record.statement
    if signatures.signer(said.digest, record.signature) != expected.signer:
        return Refusal.WRONG_SIGNER
    if said.nonce != expected.nonce:
        return Refusal.REPLAYED if said.nonce in expected.used else Refusal.FOREIGN_NONCE
    shown = expected.attributions
    for refused, refusal in (
        (said.inputs != digest_of("inputs", expected.inputs), Refusal.OTHER_INPUT),
        (said.output != digest_of("output", expected.output), Refusal.OTHER_OUTPUT),
        (
            said.attributions != (NO_EXPLANATION if shown is None else digest_of("attributions", shown)),
            Refusal.OTHER_EXPLANATION,
        ),
        (said.model != expected.model, Refusal.OTHER_MODEL),
        (expected.earliest is not None and said.time < expected.earliest, Refusal.EXPIRED),
        (expected.latest is not None and said.time > expected.latest, Refusal.FUTURE),
    ):
        if refused:
            return refusal
    return record


def digest_of(kind: str, array: ArrayLike) -> bytes:
    """Digest of an array of finite numbers, 32 bytes; see the module."""
    values = np.asarray(array, dtype=np.float64) + 0.0
    shape = b"".join(side.to_bytes(8, "big") for side in values.shape)
    return _tagged("metaresult/array/v1", kind.encode("ascii"), shape, values.astype(">f8").tobytes())


def _tagged(domain: str, *parts: bytes) -> bytes:
    """`assay_oracles.protocol.hashing.tagged_hash`, on a floor that stands below it."""
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return keccak(keccak(f"assay/{domain}".encode("ascii")) + framed)


def _bytes(value: Any, least: int, most: int) -> bytes:
    if not isinstance(value, str) or not 2 * least <= len(value) <= 2 * most or not _HEX.fullmatch(value):
        raise ValueError(f"expected {least} to {most} bytes in lower-case hexadecimal")
    return bytes.fromhex(value)
