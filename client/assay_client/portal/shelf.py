"""Published models with their manifests, as far as these can be had without keeping a reader waiting."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from assay_chain.errors import PeerUnreachable
from assay_chain.session import Session
from assay_chain.wrappers.models import Models

from assay_client.catalogue import Catalogue, Published

_PATIENCE: Final = 0.5  # seconds that a reader waits for a manifest that nobody asked for before
_RETRY: Final = 60.0  # seconds until a manifest that could not be had is tried again


@dataclass(frozen=True)
class _Fetch:
    future: Future[Published]
    started: float = field(default_factory=time.monotonic)

    @property
    def stale(self) -> bool:
        failed = self.future.done() and self.future.result().problem is not None
        return failed and time.monotonic() - self.started > _RETRY


class Shelf:
    """Every published model of a network. Safe for several threads."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        self._models = Models(session)
        self._catalogue = Catalogue(session)
        self._fetching = ThreadPoolExecutor(2, thread_name_prefix="manifests")
        self._fetches: dict[tuple[int, bytes], _Fetch] = {}

    def get(self, model_id: int, block: int) -> Published:
        """One model version; a manifest that is not there yet counts as one that cannot be read.

        Raises:
            Reverted: no model has this number.
        """
        model = self._models.model(model_id, block)
        fetch = self._fetches.get((model_id, model.manifest))
        patience = 0.0
        if fetch is None or fetch.stale:
            fetch = _Fetch(self._fetching.submit(self._catalogue.get, model_id, block))
            self._fetches[model_id, model.manifest] = fetch
            patience = _PATIENCE
        try:
            return fetch.future.result(patience)
        except TimeoutError:
            problem = PeerUnreachable(
                "its manifest is still being fetched",
                code="manifest-pending",
                culprit="supplier",
                hint="Ask again in a minute; if it stays away, its supplier must put it back.",
            )
            return Published(model, None, problem)
