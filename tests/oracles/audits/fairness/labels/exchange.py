"""Sessions made by hand, honest or not: any file can be changed and signed again, with all that builds upon it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.labels import equations, rows, verify
from assay_oracles.audits.fairness.labels.equations import PublicKey, Share
from assay_oracles.audits.fairness.labels.files import HEADER_BYTES, MARK_BYTES, Mark, Step, Terms, head, signing_digest
from assay_oracles.audits.fairness.labels.signed import read_all
from assay_oracles.audits.fairness.labels.verify import Finding
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.signature import address_of, sign

from tests.oracles.audits.fairness.forge import Serial

OWNER, SUPPLIER = 0xA11CE, 0xB0B
BODY = HEADER_BYTES + MARK_BYTES
Files = dict[Step, bytes]


def terms(n: int, params: Params | None = None, **fields: object) -> Terms:
    """Terms of the two test parties."""
    given = {
        "chain_id": 0,
        "board": bytes(20),
        "owner": address_of(OWNER),
        "supplier": address_of(SUPPLIER),
        "nonce": bytes(range(32)),
        "data_commit": bytes(range(32, 64)),
        **fields,
    }
    return Terms(params or Params(), n, **given)  # type: ignore[arg-type]


class Exchange:
    """An honest session, all its secrets at hand."""

    def __init__(
        self,
        labels: Sequence[int],
        predictions: Sequence[int],
        given: Terms | None = None,
        halves: tuple[int, int] | None = None,
        tags: Sequence[bytes] | None = None,
    ) -> None:
        """Labels and predictions come in the session's order; tags identify the rows in any order."""
        self.terms = given or terms(len(labels))
        self.session = session = self.terms.session
        self.group = group_of(self.terms.params.group)
        self.halves = halves or (equations.draw(session), equations.draw(session))
        self.keys = (
            equations.half_key(session, "owner", self.halves[0]),
            equations.half_key(session, "supplier", self.halves[1]),
        )
        self.joint = equations.joint_key(session, *self.keys)
        self.pair = self.group.scale(self.keys[0].element, self.halves[1])
        named = b"".join(tags or (bytes([i]) * 16 for i in range(len(labels))))
        _, self.ids = rows.align(session, self.pair, np.frombuffer(named, dtype=np.uint8).reshape(-1, 16))
        self.fixed = rows.fix(session, self.joint, b"o" * 32, 1, bytes(labels))
        self.totals = [list(labels).count(m) for m in range(2 * self.terms.params.groups)]
        self.rho = sum(equations.mask(session, b"o" * 32, i + 1) for i in range(len(labels)))
        self.totals_proof = equations.prove_totals(session, self.joint, self.totals, self.rho)
        self.predicted = rows.predict(session, self.joint, b"s" * 32, 1, self.fixed, bytes(predictions))
        self.positives = sum(predictions)
        self.permutations = [2 * m + t for m, t in zip(labels, predictions, strict=True)]

    @property
    def counts(self) -> tuple[int, ...]:
        """The true counts."""
        return tuple(self.permutations.count(k) for k in range(self.terms.params.permutations))

    def share(self, index: int) -> Share:
        """The half of the decryption of owner (0) or supplier (1)."""
        total, _ = rows.totals(self.session, self.terms.n, self.predicted)
        role = ("owner", "supplier")[index]
        return equations.share(self.session, role, self.halves[index], self.keys[index], total)  # type: ignore[arg-type]

    def bodies(self) -> dict[Step, bytes]:
        """What stands between the mark and the signature of each file."""
        return {
            Step.OWNER_KEY: self.encode(self.keys[0]),
            Step.SUPPLIER_KEY: self.encode(self.keys[1]),
            Step.OWNER_ROWS: self.ids + self.fixed + words(self.totals) + self.totals_proof.encode(),
            Step.SUPPLIER_ROWS: self.ids + self.predicted,
            Step.SUPPLIER_SHARE: self.encode(self.share(1)) + words([self.positives]),
            Step.OWNER_SHARE: self.encode(self.share(0)) + words(self.counts),
        }

    def encode(self, part: PublicKey | Share) -> bytes:
        """A point and its proof."""
        return self.group.to_wire(part.element) + part.proof.encode()

    def files(self, **changed: bytes) -> Files:
        """The session's files; bodies given by name of the step replace the honest ones."""
        bodies = self.bodies() | {Step[name.upper()]: body for name, body in changed.items()}
        return sign_all(self.terms, bodies)


def words(numbers: Sequence[int]) -> bytes:
    return b"".join(map(transcript.word, numbers))


def sign_all(given: Terms, bodies: Mapping[Step, bytes], keys: Mapping[str, int] | None = None) -> Files:
    """Files with these bodies, each signed and built upon the one before."""
    files: Files = {}
    before = Mark()
    for step, body in bodies.items():
        files[step], before = sign_one(given, step, before, body, (keys or {}).get(step.role))
    return files


def sign_one(given: Terms, step: Step, before: Mark, body: bytes, key: int | None = None) -> tuple[bytes, Mark]:
    """One file, and its mark."""
    data = head(step, given, before) + body
    content = transcript.keccak(data)
    signature = sign(key or {"owner": OWNER, "supplier": SUPPLIER}[step.role], signing_digest(given, step, content))
    return data + signature, Mark(content, signature)


def body(files: Files, step: Step) -> bytes:
    return files[step][BODY:-65]


def mark(files: Files, step: Step) -> Mark:
    return Mark(transcript.keccak(files[step][:-65]), files[step][-65:])


def check(files: Files, change: Callable[[Files], None] | None = None) -> Finding:
    """Verify files in memory."""
    if change:
        change(files)
    return verify.verify(read_all({step: io.BytesIO(data) for step, data in files.items()}), Serial(), 1)
