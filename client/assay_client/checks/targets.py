"""Who answers the queries of a run: the provider, the supplier, instances that it starts, a model in this process."""

from __future__ import annotations

import json

from assay_oracles.audits.evidence.method import Answer, Query, Target

from .endpoints.base import Endpoint, Retry


class Targets:
    """The endpoints of a run."""

    def __init__(self, provider: Endpoint, reference: Endpoint | None, kind: Target) -> None:
        """`kind` says what the reference is: the supplier's service, or a model instantiated here."""
        self.kind = kind
        self._known: dict[Target, Endpoint] = {Target.PROVIDER: provider}
        if reference is not None:
            self._known[kind] = reference
        self._instances: dict[tuple[str, int], Endpoint] = {}

    def ask(self, query: Query, retry: Retry) -> Answer:
        """Ask whom the query is for; an instance is started when it is first asked.

        Raises:
            AssayError: there is no usable answer.
        """
        return self._endpoint(query).classify(query.inputs, query.nonce, retry)

    def close(self) -> None:
        """Let go of connections."""
        for endpoint in (*self._known.values(), *self._instances.values()):
            endpoint.close()

    def _endpoint(self, query: Query) -> Endpoint:
        if query.seed_config is None:
            return self._known[query.target]
        key = (json.dumps(query.seed_config, sort_keys=True), query.instance)
        if key not in self._instances:
            self._instances[key] = self._known[Target.SUPPLIER].start(query.seed_config)
        return self._instances[key]
