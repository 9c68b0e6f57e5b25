"""Asking P and the reference the same inputs, in an order that says nothing."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target
from assay_oracles.audits.whitebox.streams import Stream

Reply = Answer | Failure


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Where paired queries come from: `inputs` is (n, *input_shape) in float64, with n > 0."""

    inputs: NDArray[np.float64]
    random: Stream
    reference: Target
    seed_config: Mapping[str, Any] | None = None

    def ask(self, rows: Sequence[int]) -> Generator[Query, Reply, tuple[Reply, Reply]]:
        """The replies of P and of the reference to the same inputs; a seeded coin decides who is asked first.

        P's answers then differ from S's in nothing but their place, if P forwards: they are exchangeable.
        """
        inputs = self.inputs[list(rows)]
        theirs = Query(Target.PROVIDER, inputs)
        ours = Query(self.reference, inputs, seed_config=self.seed_config)
        if self.random.uniform(1)[0] < 0.5:
            provider = yield theirs
            reference = yield ours
        else:
            reference = yield ours
            provider = yield theirs
        return provider, reference


def checked(inputs: ArrayLike) -> NDArray[np.float64]:
    """Test inputs as (n, *input_shape) in float64.

    Raises:
        SpecError: no inputs, or not finite numbers; the client's fault.
    """
    array = np.asarray(inputs, dtype=np.float64)
    if array.ndim < 2 or not len(array) or not np.isfinite(array).all():
        raise SpecError(
            "inputs",
            "inputs",
            f"expected finite numbers of shape (n, *input_shape) with n > 0, got shape {array.shape}",
            "give one row for each test input",
            culprit="client",
        )
    return array
