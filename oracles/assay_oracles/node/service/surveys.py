"""Surveys: one thread an audit asks a service, in random order and spread over the commit phase."""

import asyncio
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from assay_chain.errors import AssayError, Inconclusive, PeerUnreachable

from assay_oracles.audits.service.block import Block
from assay_oracles.audits.service.declaration import Service
from assay_oracles.audits.service.sla import Observation
from assay_oracles.audits.service.tally import vote
from assay_oracles.audits.whitebox.tensors import Source, opened
from assay_oracles.node.service.asking import Asker, OurFault
from assay_oracles.node.service.egress import Egress
from assay_oracles.node.service.record import Record

SPREAD: Final = 0.6
"""Part of the time until the vote that the queries take; the rest is for restarts, and for what else a node does."""
MOST_TIMES: Final = 3
"""How often one input is asked when this node keeps losing what came of it."""
OWN_TROUBLE_SECONDS: Final = 2.0
"""How long to wait when this machine could not send."""
_log = structlog.get_logger()


class StillAsking(PeerUnreachable):
    """The survey is not over; looking again later will find more."""


@dataclass(frozen=True)
class Plan:
    """What to ask, and until when.

    Attributes:
        service: whom.
        classes: of the model.
        test: the checked test set, in which `block` names the inputs.
        block: what; M's answers are in it where M is open.
        deadline: when the vote must be on its way, in seconds of `time.time`.
    """

    service: Service
    classes: int
    test: Path
    block: Block
    deadline: float


@dataclass
class Survey:
    """One audit's queries. `model` is for its owner's use: what M itself was measured to be."""

    plan: Plan
    path: Path
    egress: Egress
    model: Mapping[str, int] | None = None
    _found: dict[str, int] | AssayError | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Ask, on a thread of its own."""
        threading.Thread(target=self._run, name="survey", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def lanes(self) -> dict[str, int]:
        """Raw lanes by name.

        Raises:
            StillAsking: not yet.
            OurFault, Inconclusive: this node cannot tell.
        """
        if self._found is None:
            raise StillAsking(
                "the service has not been asked about every input yet",
                code="still-asking",
                culprit="oracle",
                hint="The queries are spread over the commit phase.",
            )
        if isinstance(self._found, AssayError):
            raise self._found
        return self._found

    def _run(self) -> None:
        try:
            self._found = asyncio.run(self._ask())
        except AssayError as error:
            self._found = error
        except Exception as error:  # a bug of ours must cost a strike, never a bond
            _log.exception("survey.bug")
            message = f"{type(error).__name__}: {error}"[:300]
            self._found = Inconclusive(message, code="internal-error", culprit="local")

    async def _ask(self) -> dict[str, int]:
        plan, places = self.plan, list(range(len(self.plan.block.indices)))
        random.SystemRandom().shuffle(places)  # a service must not know what comes next
        record = Record.opened(self.path, places)
        _log.info("survey.started", record=self.path.name, queries=len(places) - len(record.replies))
        lost = [place for place in record.order if record.asked[place] and place not in record.replies]
        if lost:
            _log.warning("survey.asking_again", queries=len(lost), reason="the node stopped before their answers came")
        async with Asker(plan.service, plan.classes, self.egress) as asker:
            try:
                await self._ask_all(asker, record, [place for place in record.order if place not in record.replies])
            except* AssayError as group:
                raise group.exceptions[0] from None
        _log.info("survey.finished", record=self.path.name)
        block, seen = plan.block, []
        for place in record.order:
            reply = record.replies[place]
            expected = block.expected[place] if block.expected else None
            seen.append(Observation(reply.seconds, block.labels[place], reply.predicted, expected))
        return vote(seen, plan.service.thresholds, is_open=bool(block.expected))

    async def _ask_all(self, asker: Asker, record: Record, places: list[int]) -> None:
        pace, left = 1 / self.plan.service.per_second, self.plan.deadline - time.time()
        longest = self.plan.service.timeout
        window = max(SPREAD * left - longest, pace * len(places))
        if places and window + longest > left:
            raise Inconclusive(
                f"{len(places)} queries at {1 / pace:g} a second do not fit the {max(0.0, left):.0f} s that are left",
                code="deadline",
                culprit="oracle",
            )
        started, gap = time.monotonic(), window / max(1, len(places))
        async with asyncio.TaskGroup() as group:
            earliest = started
            for number, place in enumerate(places):
                jitter = random.SystemRandom().random() * max(0.0, gap - pace)
                await asyncio.sleep(max(started + number * gap + jitter, earliest) - time.monotonic())
                earliest = time.monotonic() + pace
                if self._stop.is_set():
                    raise Inconclusive("the survey was stopped", code="cancelled", culprit="local")
                group.create_task(self._one(asker, record, place))

    async def _one(self, asker: Asker, record: Record, place: int) -> None:
        with opened(self.plan.test, Source("test"), {"inputs", "labels"}, frozenset({"groups"})) as file:
            sample = file.row("inputs", self.plan.block.indices[place]).tolist()
        while True:
            if record.asked[place] >= MOST_TIMES:
                raise Inconclusive(
                    f"this node lost the answer to one query {MOST_TIMES} times",
                    code="answers-lost",
                    culprit="local",
                    hint="Find out why the node keeps stopping.",
                )
            record.asking(place)
            try:
                record.answered(place, await asker.ask(sample))
                return
            except OurFault:
                record.unsent(place)
                if time.time() + OWN_TROUBLE_SECONDS + self.plan.service.timeout > self.plan.deadline:
                    raise
            await asyncio.sleep(OWN_TROUBLE_SECONDS)


class Surveys:
    """The surveys of this node, by audit and seed."""

    def __init__(self, folder: Path, egress: Egress) -> None:
        """Keep records in `folder`."""
        self._folder, self._egress = folder, egress
        self._known: dict[tuple[int, bytes], Survey] = {}

    def find(self, audit_id: int, seed: bytes) -> Survey | None:
        """The survey of an audit, if it was started."""
        return self._known.get((audit_id, seed))

    def start(self, audit_id: int, seed: bytes, plan: Plan) -> Survey:
        """Start or go on with the survey of an audit."""
        egress = Egress(self._egress.allowed)
        survey = Survey(plan, self._folder / f"{audit_id}-{seed.hex()[:16]}.jsonl", egress)
        self._known[audit_id, seed] = survey
        survey.start()
        return survey

    def drop(self, audit_id: int, seed: bytes) -> None:
        """Stop asking for an audit, and forget it; its record stays."""
        if (survey := self._known.pop((audit_id, seed), None)) is not None:
            survey.stop()
