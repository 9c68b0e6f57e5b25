"""How a black-box method asks and is told: sans-IO, so that runs resume, replay and simulate (design, section 3).

A method never touches a network. Whoever runs it alternates `ask` and `tell`:

    while (query := method.ask()) is not None:
        method.tell(answer to query)
    method.result

A method is deterministic given what it was made with (its seed included) and what it was told. Telling a new one the
recorded answers brings it to the same state, so a journal of answers is all that a run has to keep.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

VerdictName = Literal["fail", "pass", "inconclusive"]

ALPHA: Final = 0.05
GAP_MARGIN: Final = 0.02  # accuracy of S less accuracy of P; a pass says that the gap is smaller
SHARE_MARGIN: Final = 0.10  # share of queries that P does not forward; a pass says that it is smaller


class Target(StrEnum):
    """Who is asked."""

    PROVIDER = "provider"
    """P, under suspicion."""
    SUPPLIER = "supplier"
    """S, over its public API."""
    REFERENCE = "reference"
    """What stands in for S: a registered model instantiated locally, or an instance that S started for the client."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """Inputs for one target, asked in one request.

    `inputs` is (k, *input_shape) in float64; each of the k inputs counts as one query where queries are counted.
    `nonce` binds a quality-assurance record to this request. With a `seed_config`, the reference is an instance that S
    starts from it; `instance` numbers instances of one configuration, and equal numbers mean the same instance.
    """

    target: Target
    inputs: NDArray[np.float64]
    nonce: bytes | None = None
    seed_config: Mapping[str, Any] | None = None
    instance: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a target answered: `probs` is (k, classes + messages) in float64, finite, in the order of the inputs.

    `model` is the model's name and `meta` the quality-assurance data as sent, neither trusted; `seconds` is the time
    from sending to the last byte.
    """

    probs: NDArray[np.float64]
    model: str = ""
    meta: Any = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """The target gave no usable answer, retries included; or, if `lost`, whoever runs the method lost it.

    What is lost (a run was killed while a query was out) says nothing about the target, and is not asked again.
    """

    reason: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What one method found. Valid whenever it is read: its e-values hold at every stopping time.

    `e_value` speaks against H0 "P forwards to S unchanged", `pass_e_value` against "the effect is at least the
    margin". `estimate` and `interval` (two-sided, missed with a chance of at most `alpha` at every stopping time) are
    of the effect that `facts["effect"]` names. `queries` counts inputs sent to each target. `facts` are JSON values.

    `silent` says why the method could not speak at all. What S is or offers may decide that (S draws at random, S signs
    nothing), never P's answers: else silence could be chosen after a lost bet. A silent method's e-values are 1.
    """

    name: str
    alpha: float
    e_value: float = 1.0
    pass_e_value: float = 1.0
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    queries: Mapping[Target, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    silent: str | None = None

    def __post_init__(self) -> None:
        """Silence after a bet would hide evidence: a bug."""
        assert self.silent is None or self.e_value == self.pass_e_value == 1

    @property
    def verdict(self) -> VerdictName:
        """By the rule of the join, as if this method were the only one."""
        if self.e_value >= 1 / self.alpha:
            return "fail"
        return "pass" if self.pass_e_value >= 1 / self.alpha else "inconclusive"


class Method(Protocol):
    """One black-box method. `ask` and `tell` alternate; the result may be read at any time."""

    @property
    def name(self) -> str:
        """Stable and unique among the methods of a run."""

    @property
    def cost(self) -> Mapping[Target, int]:
        """The inputs that it will send to each target at most, known before anything is spent."""

    def ask(self) -> Query | None:
        """The next query, or None when nothing more would be learnt."""

    def tell(self, reply: Answer | Failure) -> None:
        """The reply to the query asked last."""

    @property
    def result(self) -> MethodResult:
        """What is known now."""


def run(method: Method, respond: Callable[[Query], Answer | Failure]) -> MethodResult:
    """Run a method alone, to its end, against targets that answer at once."""
    while (query := method.ask()) is not None:
        method.tell(respond(query))
    return method.result
