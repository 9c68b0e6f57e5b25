"""Measuring the robustness of a service that is under suspicion itself: single queries, many starts side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import ALPHA, Answer, MethodResult, Query, Target
from assay_oracles.audits.evidence.script import Script, Scripted
from assay_oracles.audits.robustness.attacks import LABELS_ONLY
from assay_oracles.audits.robustness.course import Course
from assay_oracles.audits.robustness.generator import Generator
from assay_oracles.audits.robustness.score import Span, Tally, interval
from assay_oracles.audits.robustness.terms import METRIC, Terms
from assay_oracles.audits.whitebox.streams import Stream


@dataclass(frozen=True)
class Samples:
    """Real inputs to start from: (n, *shape) in the service's range, and the class (n,) of each."""

    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]


class Robustness(Scripted):
    """The method "robustness": round after round, one start a class; it says nothing about who computes the answers."""

    name = METRIC

    def __init__(
        self,
        terms: Terms,
        shape: tuple[int, ...],
        classes: int,
        seed: int,
        *,
        generator: Generator | None = None,
        samples: Samples | None = None,
        batch: int = 1,
        limit: int | None = None,
    ) -> None:
        """Begin nothing before it is asked.

        Args:
            terms: how the score is measured.
            shape: of one input.
            classes: number of classes that answers begin with.
            seed: of starts and attacks, 64 bits.
            generator: the one that the terms cite, if their attack is one.
            samples: to start from, if the terms say so; each class starts from samples of other classes.
            batch: starts under way at the same time, one input of each in a query. T does not depend on it.
            limit: most inputs sent; by default what all starts may take.

        Raises:
            SpecError: attack, generator or samples do not fit.
        """
        super().__init__()
        self.terms, self._shape, self.classes, self._seed = terms, shape, classes, seed
        self._generator, self._batch = generator, batch
        self._samples = _scaled(terms, samples, classes) if samples and terms.origin == "samples" else None
        terms.attack.check_shape(shape)
        for promise in terms.claims:
            if (promise.wanted or 0) >= classes:
                what = f"{promise.claim.metric} is of a class that a service with {classes} classes has not"
                raise SpecError("unknown-class", "robustness.claims", what, "number classes from 0")
        if generator is not None and (generator.shape, generator.classes) != (shape, classes):
            raise SpecError(
                "wrong-shape",
                "generator",
                f"is for inputs {generator.shape} and {generator.classes} classes, not {shape} and {classes}",
                "use the generator of this service",
            )
        self.most = terms.budget * terms.starts * classes
        """Inputs that all starts take if none reaches the threshold."""
        self.limit = self.most if limit is None else min(limit, self.most)
        self.courses: list[Course] = []
        """Every start that was begun, in rounds: class 0, 1, ... and again."""

    @property
    def cost(self) -> Mapping[Target, int]:
        """See `Method`."""
        return {Target.PROVIDER: self.limit}

    def _script(self) -> Script:
        fresh, running, asked = self._begin(), list[Course](), 0
        while True:
            while len(running) < self._batch and asked + len(running) < self.limit and (course := next(fresh, None)):
                running.append(course)
            if not running or asked + len(running) > self.limit:
                return
            asked += len(running)
            inputs = np.stack([course.question for course in running]).astype(np.float64)
            reply = yield Query(Target.PROVIDER, self.terms.low + inputs * (self.terms.high - self.terms.low))
            for index, course in enumerate(running):
                if isinstance(reply, Answer):
                    course.tell(self._probability(reply.probs[index], course.wanted))
                else:
                    course.cut()
            running = [course for course in running if not course.ended] if isinstance(reply, Answer) else []

    def _begin(self) -> Iterator[Course]:
        for number in range(self.terms.starts):
            for wanted in range(self.classes):
                stream = Stream(f"robustness/{number}/{wanted}", self._seed)
                seed = int(stream.uniform(1)[0] * 2**53)
                course = Course(self.terms, self._generator, self._start(stream, wanted), wanted, seed)
                self.courses.append(course)
                yield course

    def _start(self, stream: Stream, wanted: int) -> NDArray[np.float32]:
        if self._samples is None:
            return stream.uniform(prod(self._shape)).reshape(self._shape).astype(np.float32)
        others = np.flatnonzero(self._samples.labels != wanted)
        row: NDArray[np.float32] = self._samples.inputs[others[int(stream.uniform(1)[0] * len(others))]]
        return row.astype(np.float32)

    def _probability(self, answer: NDArray[np.float64], wanted: int) -> float:
        return float(answer.argmax() == wanted if self.terms.attack.name in LABELS_ONLY else answer[wanted])

    def tally(self, wanted: int | None = None) -> Tally:
        """R and the censored count of a class, or of all of them, over the starts whose attacks ended."""
        ended = [course for course in self.courses if course.ended and wanted in (None, course.wanted)]
        return Tally(len(ended), sum(one.span.least for one in ended), sum(not one.reached for one in ended))

    def interval(self, wanted: int | None, alpha: float) -> tuple[float, float]:
        """Interval of the score of a class, or of the mean over all classes; see `score.interval`."""
        spans = [course.span for course in self.courses]
        if wanted is not None:
            return interval([[span] for span in spans[wanted :: self.classes]], self.terms.budget, alpha)
        missing = -len(spans) % self.classes
        spans += [Span(1, self.terms.budget)] * missing
        rounds = [spans[first : first + self.classes] for first in range(0, len(spans), self.classes)]
        return interval(rounds, self.terms.budget, alpha)

    @property
    def result(self) -> MethodResult:
        """See `Method`."""
        return MethodResult(
            self.name,
            ALPHA,
            queries=dict(self.queries),
            facts={"effect": "none: claimed scores are judged apart", "starts": len(self.courses)},
            silent="a score says nothing about who computes the answers",
        )


def _scaled(terms: Terms, samples: Samples, classes: int) -> Samples:
    unit = (samples.inputs - terms.low) / (terms.high - terms.low)
    if unit.min() < 0 or unit.max() > 1:
        raise _unfit(f"lie beyond the range [{terms.low:g}, {terms.high:g}] that the score is claimed for")
    if len(np.unique(samples.labels)) < 2:
        raise _unfit(f"are all of one class; starts for each of {classes} classes are samples of other ones")
    return Samples(unit, samples.labels)


def _unfit(message: str) -> SpecError:
    return SpecError("bad-samples", "samples", message, "use other samples", culprit="local")
