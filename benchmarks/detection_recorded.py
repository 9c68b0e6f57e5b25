"""The zoo's supplier, models and kit with a memory: what a network answers is computed once, and read ever after.

Everything else (noise, rounding, signatures, what a provider does) runs as it is.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
from assay_client.zoo.models import Models
from assay_client.zoo.supplier import KEY, NAME, Instance, Reply, metaresults
from assay_oracles.audits.steganography.kit import Kit
from assay_oracles.audits.whitebox.weights import Weights
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Memory:
    """What was computed of single rows."""

    def __init__(self) -> None:
        """Empty."""
        self._known: dict[tuple[Hashable, bytes], Floats] = {}

    def rows(self, kind: Hashable, rows: Floats, compute: Callable[[Floats], Floats]) -> Floats:
        """What `compute` makes of rows (k, ...), each given to it alone as (1, ...); of one `kind` always the same."""
        found = []
        for row in rows:
            key = kind, row.tobytes()
            if key not in self._known:
                self._known[key] = compute(row[None])[0]
            found.append(self._known[key])
        return np.stack(found) if len(found) > 1 else found[0][None].copy()


class RecordedModels(Models):
    """The zoo's models."""

    @cached_property
    def _memory(self) -> Memory:
        return Memory()

    def network(self, weights: Weights, inputs: Floats) -> Floats:
        """See `Models`."""
        return self._memory.rows(id(weights), inputs, partial(super().network, weights))

    def explain(self, weights: Weights, inputs: Floats, baselines: Floats) -> Floats:
        """See `Models`."""
        explain = super().explain
        both = np.stack([inputs, baselines], axis=1)
        return self._memory.rows(("explain", id(weights)), both, lambda row: explain(weights, row[:, 0], row[:, 1]))

    def cheap(self, inputs: Floats) -> Floats:
        """See `Models`."""
        return self._memory.rows("cheap", inputs, super().cheap)


class RecordedSupplier(Instance):
    """The supplier. Of one that draws at random, `views` answers to an input are recorded, one drawn each time."""

    def __init__(self, models: Models, seed_config: Mapping[str, Any], views: int = 1) -> None:
        """See `Instance`; `random` decides which answer is drawn, and is set anew for each replay."""
        super().__init__(models, seed_config)
        self._views, self._memory = views, Memory()
        self.random = np.random.default_rng()

    def answer(self, inputs: Floats, nonce: bytes | None = None) -> Reply:
        """See `Instance`; what was recorded is signed anew. At random, an input has one explanation for all answers."""
        answer = super().answer
        view = int(self.random.integers(self._views)) if self._views > 1 else 0
        probs = self._memory.rows(view, inputs, lambda row: answer(row).probs)
        if nonce is None:
            return Reply(probs, NAME)
        shown = self._memory.rows("explained", inputs, lambda row: np.array(answer(row, nonce).meta["attributions"]))
        return Reply(probs, NAME, metaresults(KEY, inputs, probs, shown, nonce))


class RecordedKit(Kit):
    """A hide kit."""

    @cached_property
    def _memory(self) -> Memory:
        return Memory()

    def hide(self, covers: NDArray[Any], messages: NDArray[np.integer[Any]]) -> Floats:
        """See `Kit`."""
        hide = super().hide
        found = [
            self._memory.rows(int(message), cover[None], partial(hide, messages=np.array([message])))
            for cover, message in zip(covers, messages, strict=True)
        ]
        return np.concatenate(found)
