"""What S offers as proof, and how one answer of P or S is held against it.

Both are asked in the same way and judged by the same rule, so if P forwards, its answer is refused with the same chance
as S's. Every request holds one input: a record covers a whole request.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target
from assay_oracles.audits.evidence.pairs import Reply
from assay_oracles.audits.evidence.script import batches
from assay_oracles.audits.metaresult import explanation, record
from assay_oracles.audits.metaresult.record import Record, Refusal
from assay_oracles.audits.whitebox.streams import Stream, shake

Array = NDArray[np.float64]
Judged = Generator[Query, Reply, Refusal | Failure | None]
"""Yields queries; in the end why the answer is refused, that there was none, or None if it is proved."""

NONCE_BYTES: Final = 16


class Nonces:
    """Nonces of one run: SHAKE-256 of a secret key and their number, so a resumed run draws the same ones."""

    def __init__(self, key: bytes) -> None:
        """`key` must be fresh for each run and secret while it lasts: who knows it can order records ahead of time."""
        self._key = key
        self.used: set[bytes] = set()

    def fresh(self) -> bytes:
        """One that was never used."""
        nonce = shake("metaresult/nonce", self._key, [len(self.used)], NONCE_BYTES)
        self.used.add(nonce)
        return nonce


def plainly(target: Target, inputs: Array, batch: int) -> Generator[Query, Reply, Array | Failure]:
    """Answers without a nonce to inputs (n, *input_shape), `batch` a request: (n, classes), or why there are none."""
    found = []
    for rows in batches(range(len(inputs)), batch):
        reply = yield Query(target, inputs[list(rows)])
        if isinstance(reply, Failure):
            return reply
        found.append(reply.probs)
    return np.concatenate(found)


class Proof(ABC):
    """One kind of proof, for inputs (n, *input_shape) of which one row at a time is asked."""

    name: str
    queries: tuple[int, int]
    """Inputs sent to P and to S in one round, at most."""
    again: float
    """Share of rounds that ask an earlier input again; only a nonce shows that a remembered answer is old."""

    def __init__(self, inputs: Array, nonces: Nonces, decimals: int) -> None:
        """`decimals` is what S declares its numbers to be exact to."""
        self.inputs, self.nonces, self.decimals = inputs, nonces, decimals

    @abstractmethod
    def trial(self, rows: Sequence[int]) -> Generator[Query, Reply, str | None]:
        """See what S gives, on rows of inputs; in the end why it proves nothing, None if it does."""

    @abstractmethod
    def begin(self, row: int) -> Generator[Query, Reply, bool]:
        """Start a round; False if it cannot be judged."""

    @abstractmethod
    def judge(self, target: Target, row: int, repeated: bool) -> Judged:
        """Ask P or S about a row, `repeated` if it was asked before."""


class Signed(Proof):
    """Records. The input is asked without a nonce first: who forwards only what carries one gives itself away.

    Time is told by S's own clock: a record is too old if it was made `WINDOW` seconds before the newest one that was
    known when it was asked for.
    """

    name = "records"
    queries = (2, 2)
    again = 0.5

    def __init__(self, inputs: Array, nonces: Nonces, decimals: int, signer: bytes) -> None:
        """`signer` is S's address, 20 bytes."""
        super().__init__(inputs, nonces, decimals)
        self.signer = signer
        self.steady = True
        self._model = ""
        self._newest = 0

    def trial(self, rows: Sequence[int]) -> Generator[Query, Reply, str | None]:
        """Every answer must carry a record; whether plain answers equal signed ones decides if they must for P."""
        for row in rows:
            found = yield from self.judge(Target.SUPPLIER, row, False)
            if found is Refusal.PLAIN_DIFFERS:
                self.steady = False
            elif isinstance(found, Failure):
                if found.lost:
                    continue
                return f"S did not answer: {found.reason}"
            elif found is not None:
                return f"S does not prove its own answers: {found.value}"
        return None

    def begin(self, row: int) -> Generator[Query, Reply, bool]:
        """Nothing to prepare."""
        yield from ()
        return True

    def judge(self, target: Target, row: int, repeated: bool) -> Judged:
        """See `Proof`."""
        inputs = self.inputs[[row]]
        plain: Answer | None = None
        if self.steady and not repeated:
            reply = yield Query(target, inputs)
            if isinstance(reply, Failure):
                return reply
            plain = reply
        nonce, earliest = self.nonces.fresh(), self._newest - record.WINDOW
        answer = yield Query(target, inputs, nonce)
        if isinstance(answer, Failure):
            return answer
        self._model = self._model or answer.model
        shown = explanation.attributions(answer.meta, inputs)
        expected = record.Expected(
            self.signer, inputs, answer.probs, shown, self._model, nonce, self.nonces.used, earliest
        )
        found = record.examine(answer.meta, expected)
        if not isinstance(found, Record):
            return found
        if target is Target.SUPPLIER:
            self._newest = max(self._newest, found.statement.time)
        same = plain is None or explanation.consistent(plain.probs, answer.probs, self.decimals)
        return None if same else Refusal.PLAIN_DIFFERS


class Explained(Proof):
    """Explanations without a signature: complete, and S's own where S always explains alike, else true to deletion."""

    name = "explanations"
    queries = (3, 3)
    again = 0.0

    def __init__(
        self, inputs: Array, nonces: Nonces, decimals: int, baseline: float, random: Stream, batch: int
    ) -> None:
        """`baseline` is what S declares; `random` draws what deletion removes; `batch` inputs fit in a request."""
        super().__init__(inputs, nonces, decimals)
        self.baseline, self._random, self._batch = baseline, random, batch
        self.steady = True
        self._origin: dict[Target, Array] = {}
        self._own: Array | None = None

    def trial(self, rows: Sequence[int]) -> Generator[Query, Reply, str | None]:
        """Every answer must be explained completely; whether S explains an input alike twice decides what P must."""
        for row in rows:
            yield from self.begin(row)
            found = yield from self.judge(Target.SUPPLIER, row, False)
            if found is Refusal.INCONSISTENT:
                self.steady = False
            elif isinstance(found, Failure):
                if found.lost:
                    continue
                return f"S did not answer: {found.reason}"
            elif found in (Refusal.UNEXPLAINED, Refusal.INCOMPLETE):
                return f"S does not explain its own answers: {found.value}"
        return None

    def begin(self, row: int) -> Generator[Query, Reply, bool]:
        """Get S's explanation, with which both are compared."""
        self._own = None
        if not self.steady:
            return True
        inputs = self.inputs[[row]]
        answer = yield Query(Target.SUPPLIER, inputs, self.nonces.fresh())
        if isinstance(answer, Answer):
            self._own = explanation.attributions(answer.meta, inputs)
        return self._own is not None

    def judge(self, target: Target, row: int, repeated: bool) -> Judged:
        """See `Proof`."""
        inputs = self.inputs[[row]]
        if target not in self._origin:
            origin = yield Query(target, np.full_like(inputs, self.baseline))
            if isinstance(origin, Failure):
                return origin
            self._origin[target] = origin.probs[0]
        answer = yield Query(target, inputs, self.nonces.fresh())
        if isinstance(answer, Failure):
            return answer
        attributed = explanation.attributions(answer.meta, inputs)
        if attributed is None:
            return Refusal.UNEXPLAINED
        top = int(answer.probs[0].argmax())
        score = float(answer.probs[0, top])
        if not explanation.complete(attributed, score - float(self._origin[target][top])):
            return Refusal.INCOMPLETE
        if self.steady:
            theirs = self._own
            same = theirs is not None and explanation.consistent(attributed, theirs, self.decimals)
            return None if same else Refusal.INCONSISTENT
        order = self._random.permutation(inputs[0].size)
        without = explanation.deleted(inputs[0], attributed[0], self.baseline, order)
        left = yield from plainly(target, without, self._batch)
        if isinstance(left, Failure):
            return left
        important, others = left[:, top]
        return None if important < others else Refusal.UNIMPORTANT
