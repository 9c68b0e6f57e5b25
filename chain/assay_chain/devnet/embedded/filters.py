"""Polled filters (`eth_newFilter` and its kin). A filter that nobody polls for five minutes is forgotten."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .faults import LIMIT_EXCEEDED, SERVER_ERROR, RpcError
from .forms import LogQuery, data
from .ledger import Ledger
from .records import Record

_LIFETIME = 300.0
_MAX_FILTERS = 256


@dataclass
class _Filter:
    query: LogQuery | None  # None: hashes of new blocks
    next_block: int
    touched: float


class Filters:
    """The filters of all clients."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        """No filter yet. `clock` in seconds."""
        self._ledger = ledger
        self._clock = clock
        self._filters: dict[str, _Filter] = {}

    def add(self, query: LogQuery | None) -> str:
        """A new filter for logs, or without a query for blocks, that reports what comes after the head."""
        now = self._clock()
        self._filters = {name: item for name, item in self._filters.items() if now - item.touched < _LIFETIME}
        if len(self._filters) >= _MAX_FILTERS:
            raise RpcError(LIMIT_EXCEEDED, f"more than {_MAX_FILTERS} filters")
        name = data(secrets.token_bytes(16))
        self._filters[name] = _Filter(query, self._ledger.head.block_number + 1, now)
        return name

    def remove(self, name: str) -> bool:
        """Forgets a filter; False when there was none."""
        return self._filters.pop(name, None) is not None

    def query(self, name: str) -> LogQuery:
        """What a log filter asks for."""
        query = self._touch(name).query
        if query is None:
            raise RpcError(SERVER_ERROR, "filter not found")
        return query

    def changes(self, name: str) -> list[Record] | list[str]:
        """What is new since the last time: log records or block hashes."""
        entry = self._touch(name)
        head = self._ledger.head.block_number
        first, entry.next_block = entry.next_block, head + 1
        if entry.query is None:
            return [data(header.hash) for number in range(first, head + 1) if (header := self._ledger.header(number))]
        query = entry.query
        since = max(first, query.from_block) if isinstance(query.from_block, int) else first
        until = min(head, query.to_block) if isinstance(query.to_block, int) else head
        if since > until:
            return []
        return list(self._ledger.logs(replace(query, from_block=since, to_block=until, block_hash=None)))

    def _touch(self, name: str) -> _Filter:
        entry = self._filters.get(name)
        now = self._clock()
        if entry is None or now - entry.touched >= _LIFETIME:
            raise RpcError(SERVER_ERROR, "filter not found")
        entry.touched = now
        return entry
