"""Runs methods together: their queries in random order and timing, within a budget, every one journaled."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from assay_chain.errors import AssayError, MalformedInput
from assay_oracles.audits.evidence.method import Answer, Failure, Method, Query, Target
from assay_oracles.audits.evidence.verdict import Verdict, join

from .endpoints.base import Retry
from .journal import LOST, Exchange, Journal, describe
from .plan import Plan

MAX_FAILURES: Final = 5
"""So many failures of one target in a row end a run: it is down, or answers nonsense."""


class Ask(Protocol):
    """Asks live endpoints; see `targets.Targets`."""

    def __call__(self, query: Query, retry: Retry) -> Answer:
        """The answer to a query; raises AssayError when there is none."""


@dataclass
class Progress:
    """What is known so far.

    Attributes:
        verdict: the joined verdict, None when no method joins in it.
        spent: inputs sent to each target, retries included.
        trace: after each reply, inputs sent in all and the joined e-value.
        stopped: why the run ended: "settled" (more would not change the verdict), "asked" (nothing is left to ask),
            "budget" or "interrupted".
    """

    verdict: Verdict | None = None
    spent: Counter[Target] = field(default_factory=Counter)
    trace: list[tuple[int, float]] = field(default_factory=list)
    stopped: str = ""


class Engine:
    """One run. Feeds what was recorded first, then asks; so resuming and replaying are the same as running."""

    def __init__(
        self, plan: Plan, methods: Sequence[Method], probe: Method | None = None, measure: Method | None = None
    ) -> None:
        """`methods` join in the verdict; `probe` and `measure` serve an agreement and do not.

        The probe's queries are never repeated, because it counts those that are not answered.
        """
        self.plan, self.methods, self.probe = plan, tuple(methods), probe
        self._apart = [method for method in (probe, measure) if method is not None]
        self.progress = Progress()
        self._random = random.Random(plan.seed_of("order"))  # noqa: S311  # must be reproducible, not secret
        self._waiting: dict[str, tuple[Method, Query]] = {}
        for method in (*self.methods, *self._apart):
            self._advance(method)

    def feed(self, exchanges: Sequence[Exchange]) -> None:
        """Tell the methods what was recorded.

        Raises:
            MalformedInput: these are not the answers to what the methods ask.
        """
        for exchange in exchanges:
            turn = self._next()
            if turn is None or describe(turn[0].name, turn[1]) != exchange.asked:
                raise MalformedInput(
                    "the journal does not fit its plan: the methods would have asked something else",
                    code="journal-mismatch",
                    culprit="local",
                    hint="It was changed, or written by another version of Assay: start a new run.",
                )
            assert exchange.reply is not None, "a reopened journal has no open query"
            self._tell(*turn, exchange, exchange.reply)

    def run(self, journal: Journal, ask: Ask, shown: Callable[[Progress], None]) -> Progress:
        """Ask until the verdict is settled, nothing is left to ask, the budget is spent, or Ctrl-C.

        Raises:
            MalformedInput, PeerUnreachable: a target failed `MAX_FAILURES` times in a row; culprit is that target.
        """
        failures: Counter[Target] = Counter()
        while (turn := self._next()) is not None:
            method, query = turn
            told = len(journal.exchanges)
            if journal.spent + len(query.inputs) > self.plan.budget:
                self.progress.stopped = "budget"
                break
            try:
                reply, error = self._exchange(journal, ask, method, query)
            except KeyboardInterrupt:
                if len(journal.exchanges) > told:
                    self._tell(method, query, journal.exchanges[-1], LOST)
                self.progress.stopped = "interrupted"
                break
            self._tell(method, query, journal.exchanges[-1], reply)
            shown(self.progress)
            failures[query.target] = failures[query.target] + 1 if error else 0
            if error and method is not self.probe and failures[query.target] >= MAX_FAILURES:
                raise error
        return self.progress

    def _exchange(
        self, journal: Journal, ask: Ask, method: Method, query: Query
    ) -> tuple[Answer | Failure, AssayError | None]:
        def retry(why: str) -> bool:
            allowed = method is not self.probe and journal.spent + len(query.inputs) <= self.plan.budget
            if allowed:
                journal.retried(why)
            return allowed

        time.sleep(self._pause)
        journal.asked(describe(method.name, query))
        error: AssayError | None = None
        reply: Answer | Failure
        try:
            reply = ask(query, retry)
        except AssayError as problem:
            reply, error = Failure(f"{problem.code}: {problem.message}"), problem
        except BaseException:
            journal.answered(LOST)
            raise
        journal.answered(reply)
        return reply, error

    def _next(self) -> tuple[Method, Query] | None:
        """Whose query is next, drawn evenly; how long to pause before it is drawn with it."""
        if self._settled():
            self._waiting = {name: turn for name, turn in self._waiting.items() if turn[0] in self._apart}
        if not self._waiting:
            self.progress.stopped = "settled" if self._settled() else "asked"
            return None
        turn = self._waiting[self._random.choice(sorted(self._waiting))]
        self._pause = self._random.expovariate(1 / self.plan.pace) if self.plan.pace else 0.0
        return turn

    def _tell(self, method: Method, query: Query, exchange: Exchange, reply: Answer | Failure) -> None:
        method.tell(reply)
        self._advance(method)
        progress = self.progress
        progress.spent[query.target] += exchange.spent
        if self.methods:
            results = [method.result for method in self.methods]
            progress.verdict = join(results, self.plan.alpha, self.plan.prior)
            progress.trace.append((progress.spent.total(), progress.verdict.e_value))

    def _advance(self, method: Method) -> None:
        query = method.ask()
        if query is None:
            self._waiting.pop(method.name, None)
        else:
            self._waiting[method.name] = (method, query)

    def _settled(self) -> bool:
        return self.progress.verdict is not None and self.progress.verdict.verdict != "inconclusive"


def cost(methods: Sequence[Method], budget: int) -> Mapping[Target, int]:
    """Inputs sent to each target at most, before retries; together never more than the budget."""
    total: Counter[Target] = Counter()
    for method in methods:
        total.update(method.cost)
    return {target: min(count, budget) for target, count in total.items()}
