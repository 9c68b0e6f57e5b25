"""What is asked of this node, and what it has to answer with."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from assay_chain.errors import Inconclusive
from assay_chain.wrappers.fairness import Published
from assay_chain.wrappers.models import Model
from assay_chain.wrappers.policies import Policy

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.service.block import Block
from assay_oracles.node.computation.artifacts import Artifacts
from assay_oracles.node.service.surveys import Surveys


class Computes(Protocol):
    """What `sandbox.Sandbox` offers."""

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> dict[str, int] | Fault | Block:
        """Compute one job; see `sandbox.Sandbox.run`."""


@dataclass(frozen=True)
class Assignment:
    """Everything that decides a vote, as the chain says it."""

    audit_id: int
    seed: bytes
    commit_end: int
    """Last block of the commit phase; the most urgent assignment is worked on first."""
    policy: Policy
    model: Model
    test_set: bytes | None = None
    """SHA-256 of the client's own test set, or None for the declared one."""
    test_set_uri: str = ""
    table: Published | None = None
    """The table that a fairness audit is about."""
    position: int = 0
    """This oracle's place in the roster."""
    roster: int = 1
    """How many oracles are in it."""
    deadline: float = 0.0
    """When the vote must be on its way, in seconds of `time.time`."""


@dataclass(frozen=True)
class Work:
    """One assignment and the means to do it."""

    assignment: Assignment
    artifacts: Artifacts
    sandbox: Computes
    stop: threading.Event
    surveys: Surveys
    observe: Callable[[str, float], None]
    """Told the duration of each stage, in seconds."""

    def compute(self, job: Mapping[str, Any]) -> dict[str, int] | Fault | Block:
        """What the sandbox makes of a job for this audit's seed."""
        with self.timed("compute"):
            return self.sandbox.run({**job, "seed": self.assignment.seed.hex()}, self.stop)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Observe how long a stage takes, unless it fails."""
        started = time.monotonic()
        yield
        self.observe(stage, time.monotonic() - started)


def misfit(error: SpecError) -> Inconclusive:
    """The error for a request that does not fit what was published.

    It makes a vote UNAVAILABLE, never INVALID_SPEC: a client must not be able to have anything called invalid by asking
    for what its supplier never offered.
    """
    return Inconclusive(
        f"the audit cannot be done as requested, which says nothing against the supplier: {error.message}",
        code=error.code,
        culprit="client",
        hint=error.hint,
    )


@contextmanager
def fitting() -> Iterator[None]:
    """Turn the client's mistakes into `misfit`; a supplier's stay what they are."""
    try:
        yield
    except SpecError as error:
        if error.culprit != "client":
            raise
        raise misfit(error) from error


def unsupported(what: str) -> Inconclusive:
    """The error for what only a newer node could do."""
    return Inconclusive(
        f"this version of the node does not know {what}",
        code="not-supported",
        culprit="oracle",
        hint="Update the node.",
    )
