"""Does every answer of P carry the proof that S gave it? (paper A, section IV-A.4)

First S is asked alone: unless it proves its own answers there is nothing to test. Then, in rounds, P and S are asked
the same in random order, each with a nonce of its own. If P forwards, S makes both answers, so in a round in which
exactly one of the two proofs is refused that is P's with a chance of exactly 1/2, whatever came before, even if S
forgets to sign now and then. The e-value bets that it is more. What a network loses is no evidence.

The pass side needs no such bet: a proof cannot be forged, so a request that P did not forward is one without.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from numpy.typing import ArrayLike

from assay_oracles.audits.evidence.eprocess import coin_e_value, confidence_sequence, mean_e_value
from assay_oracles.audits.evidence.method import SHARE_MARGIN, Failure, MethodResult, Target
from assay_oracles.audits.evidence.pairs import checked
from assay_oracles.audits.evidence.script import Script, Scripted
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.metaresult import rating
from assay_oracles.audits.metaresult.proofs import Explained, Judged, Nonces, Proof, Signed
from assay_oracles.audits.metaresult.record import Refusal
from assay_oracles.audits.whitebox.streams import Stream

TRIAL: Final = 8
"""Inputs on which S must prove its own answers."""
RATED: Final = 5
"""Inputs on which S's explanations are rated."""
ROUNDS: Final = 200
EVIDENCE: Final = 20
"""Refused answers of P that the result lists."""

SCORES = (0.0, 1.0)


class Metaresult(Scripted):
    """Rounds of P and S, proved by records if S signs, else by explanations; see the module."""

    name = "metaresult"

    def __init__(
        self,
        inputs: ArrayLike,
        seed: int,
        nonce_key: bytes,
        rule: Rule | None = None,
        *,
        signer: bytes | None = None,
        baseline: float | None = None,
        decimals: int = 6,
        batch: int = 1,
        budget: int | None = None,
    ) -> None:
        """Take inputs (n, *input_shape) in the order that `seed` (64 bits) gives, some of them twice.

        Args:
            inputs: labels are not needed.
            seed: of order, repetitions and of what the deletion test removes.
            nonce_key: at least 16 bytes, fresh for each run and secret while it lasts.
            rule: when enough is known; a run with several methods says how many.
            signer: S's address, 20 bytes; None if S signs nothing.
            baseline: of S's explanations; None if S does not explain. One of the two must be given.
            decimals: that S's numbers are exact to.
            batch: most inputs in a request for plain answers; requests with a nonce hold one.
            budget: of inputs to both together; `ROUNDS` rounds by default.

        Raises:
            SpecError: inputs that cannot be asked; the client's fault.
        """
        super().__init__()
        assert signer is not None or baseline is not None, "there is nothing to check"
        self._inputs, self._rule = checked(inputs), rule or Rule()
        self._signer, self._baseline, self._batch = signer, baseline, batch
        self._nonces = Nonces(nonce_key)
        self._random = Stream("metaresult", seed)
        self._order = self._random.permutation(len(self._inputs)).tolist()
        self._proof = self._chosen(decimals)
        self.rounds = ROUNDS if budget is None else max(0, min(ROUNDS, self._affordable(budget)))
        self._silent: str | None = None
        self._rating: rating.Rating | None = None
        self._seen: Counter[tuple[bool, bool]] = Counter()  # (P proved, S proved)
        self._unanswered = 0
        self._refusals: Counter[Refusal] = Counter()
        self._evidence: list[dict[str, Any]] = []

    def _chosen(self, decimals: int) -> Proof:
        if self._signer is not None:
            return Signed(self._inputs, self._nonces, decimals, self._signer)
        assert self._baseline is not None
        random = Stream("metaresult/deletion", int(self._random.uniform(1)[0] * 2**53))
        return Explained(self._inputs, self._nonces, decimals, self._baseline, random, self._batch)

    def _affordable(self, budget: int) -> int:
        return (budget - self._overhead) // sum(self._proof.queries)

    @property
    def _overhead(self) -> int:
        """Inputs to S before the first round, and to P for its baseline."""
        rated = 0 if self._baseline is None else rating.cost(self._inputs[:RATED])
        return TRIAL * self._proof.queries[1] + rated + 2

    @property
    def cost(self) -> Mapping[Target, int]:
        """See `Method`."""
        provider, supplier = (self.rounds * each for each in self._proof.queries)
        return {Target.PROVIDER: provider + 1, Target.SUPPLIER: supplier + self._overhead - 1}

    def _script(self) -> Script:
        self._silent = yield from self._proof.trial(self._order[:TRIAL])
        if self._silent is not None:
            return
        if self._baseline is not None:
            rows = self._order[:RATED]
            self._rating = yield from rating.rate(
                Target.SUPPLIER, self._inputs[rows], self._baseline, self._nonces, self._random, self._batch
            )
        asked: list[int] = []
        for _ in range(self.rounds):
            again = bool(asked) and bool(self._random.uniform(1)[0] < self._proof.again)
            if not again and len(asked) == len(self._order):
                return
            row = asked[int(self._random.uniform(1)[0] * len(asked))] if again else self._order[len(asked)]
            if not again:
                asked.append(row)
            yield from self._round(row, again)
            if self._rule.settled(self._e_value, self._pass_e_value):
                return

    def _round(self, row: int, again: bool) -> Script:
        if not (yield from self._proof.begin(row)):
            return
        targets = [Target.PROVIDER, Target.SUPPLIER]
        if self._random.uniform(1)[0] < 0.5:
            targets.reverse()
        found = {}
        for target in targets:
            judged: Judged = self._proof.judge(target, row, again)
            found[target] = yield from judged
        theirs, ours = found[Target.PROVIDER], found[Target.SUPPLIER]
        if isinstance(ours, Failure) or (isinstance(theirs, Failure) and theirs.lost):
            return
        if isinstance(theirs, Failure):
            self._unanswered += 1
            return
        self._seen[theirs is None, ours is None] += 1
        if theirs is not None:
            self._refusals[theirs] += 1
            if len(self._evidence) < EVIDENCE:
                self._evidence.append({"input": row, "repeated": again, "refused": theirs.value})

    @property
    def _e_value(self) -> float:
        return coin_e_value(self._seen[False, True], self._seen[True, False])

    @property
    def _counts(self) -> tuple[int, int]:
        """Proved, and not; an answer that P did not give is not proved."""
        proved = self._seen[True, True] + self._seen[True, False]
        return proved, self._seen.total() - proved + self._unanswered

    @property
    def _pass_e_value(self) -> float:
        return mean_e_value(SHARE_MARGIN, SCORES, self._counts, high=1.0)

    @property
    def result(self) -> MethodResult:
        """See `Method`; an answer that P did not give counts as unproved, though never as evidence to fail."""
        if self._silent is not None:
            return MethodResult(self.name, self._rule.alpha, queries=dict(self.queries), silent=self._silent)
        counts = self._counts
        asked = sum(counts)
        return MethodResult(
            self.name,
            self._rule.alpha,
            self._e_value,
            self._pass_e_value,
            estimate=counts[1] / asked if asked else None,
            interval=confidence_sequence(SCORES, counts, 0.0, 1.0, self._rule.alpha) if asked else None,
            queries=dict(self.queries),
            facts={
                "effect": "share of requests whose answer P cannot prove to be S's",
                "margin": SHARE_MARGIN,
                "proof": self._proof.name,
                "signer": None if self._signer is None else f"0x{self._signer.hex()}",
                "proved": counts[0],
                "refused": {refusal.value: count for refusal, count in sorted(self._refusals.items())},
                "supplier_refused": self._seen[True, False] + self._seen[False, False],
                "unanswered": self._unanswered,
                "evidence": list(self._evidence),
                "explainability": self._rated,
            },
        )

    @property
    def _rated(self) -> dict[str, float] | None:
        """The rating of S's explanations, if it explains."""
        return None if self._rating is None else asdict(self._rating) | {"rating": self._rating.explainability}
