"""The work bench: one thread that examines assignments, the most urgent first, with a warm worker at hand."""

import threading
import time
from collections.abc import Mapping
from typing import Final

import structlog
from assay_chain.errors import AssayError

from assay_oracles.node.computation import Assignment, Examiner
from assay_oracles.node.finding import Finding
from assay_oracles.node.sandbox import Sandbox
from assay_oracles.node.telemetry import Telemetry

Key = tuple[int, bytes]
"""An audit and its seed."""
RETRY_SECONDS: Final = 5.0
"""How long to wait before trying again to start a worker, or to reach a peer."""
IDLE_SECONDS: Final = 60.0
"""How long to leave the spare worker alone; one that has died meanwhile is replaced."""
CLOSE_SECONDS: Final = 3.0
"""How long to wait for the thread at the end; a download is not waited for, and a worker never outlives the node."""
_NOT_ENFORCED: Final = {
    "network": "this platform does not let the worker give up the network: untrusted code could reach it",
    "memory": "this platform does not tell how much memory is mapped: a worker could exhaust it",
    "files": "this platform has no Landlock: untrusted code could read every file of this user, the keystore included",
}
_log = structlog.get_logger()


class Bench:
    """Takes assignments and keeps findings until they are dropped. Its methods may be called from any thread.

    An assignment whose finding is transient is tried again and again, until it is dropped.
    """

    def __init__(self, examiner: Examiner, sandbox: Sandbox, telemetry: Telemetry) -> None:
        """Start the thread; from now on only that thread uses the sandbox."""
        self._examiner, self._sandbox, self._telemetry = examiner, sandbox, telemetry
        self.trouble: AssayError | None = None
        """Why no worker could be started lately."""
        self._changed = threading.Condition()
        self._waiting: dict[Key, tuple[Assignment, float]] = {}  # with the earliest time to start, monotonic
        self._current: tuple[Key, threading.Event] | None = None
        self._findings: dict[Key, Finding] = {}
        self._closed = False
        self._warned: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="bench", daemon=True)
        self._thread.start()

    @property
    def enforced(self) -> Mapping[str, bool] | None:
        """Which limits the platform enforces on workers; None as long as none was ready."""
        return self._sandbox.enforced

    def submit(self, assignment: Assignment) -> None:
        """Queue an assignment, unless it is known."""
        key = (assignment.audit_id, assignment.seed)
        with self._changed:
            if not self._knows(key):
                self._waiting[key] = assignment, 0.0
                self._changed.notify()

    def knows(self, key: Key) -> bool:
        """Whether an assignment is queued, worked on or has found something."""
        with self._changed:
            return self._knows(key)

    def finding(self, key: Key) -> Finding | None:
        """What an assignment has found so far."""
        with self._changed:
            return self._findings.get(key)

    def drop(self, key: Key) -> None:
        """Forget an assignment and its finding; stop the work on it."""
        with self._changed:
            self._waiting.pop(key, None)
            self._findings.pop(key, None)
            if self._current is not None and self._current[0] == key:
                self._current[1].set()
        self._examiner.drop(*key)

    def close(self) -> None:
        """Stop the work and end the worker."""
        with self._changed:
            self._closed = True
            if self._current is not None:
                self._current[1].set()
            self._changed.notify()
        self._thread.join(CLOSE_SECONDS)

    def _knows(self, key: Key) -> bool:
        return key in self._waiting or key in self._findings or (self._current is not None and self._current[0] == key)

    def _work(self) -> None:
        try:
            while not self._closed:
                taken = self._take(self._warm())
                if taken is not None:
                    self._do(*taken)
        finally:
            self._sandbox.close()

    def _do(self, key: Key, assignment: Assignment, stop: threading.Event) -> None:
        _log.info("computation.started", audit_id=assignment.audit_id)
        finding = self._examiner.examine(assignment, self._sandbox, stop)
        _log.info("computation.finished", audit_id=assignment.audit_id, verdict=finding.verdict.name)
        with self._changed:
            self._current = None
            if stop.is_set():
                return
            self._findings[key] = finding
            if finding.transient:
                self._waiting[key] = assignment, time.monotonic() + RETRY_SECONDS

    def _warm(self) -> float:
        """Have a worker ready; returns after how many seconds to see to it again."""
        try:
            self._sandbox.warm()
        except AssayError as error:
            _log.error("worker.failed", code=error.code, reason=error.message, hint=error.hint)
            self.trouble = error
            self._telemetry.worker_healthy.set(0)
            return RETRY_SECONDS
        self.trouble = None
        self._telemetry.worker_healthy.set(1)
        for limit, enforced in (self._sandbox.enforced or {}).items():
            self._telemetry.enforced.labels(limit).set(enforced)
            if not enforced and limit not in self._warned:
                self._warned.add(limit)
                _log.warning("sandbox.not_enforced", limit=limit, reason=_NOT_ENFORCED[limit])
        return IDLE_SECONDS

    def _take(self, patience: float) -> tuple[Key, Assignment, threading.Event] | None:
        """The most urgent assignment that may start; waits for one no longer than `patience` seconds."""
        with self._changed:
            now = time.monotonic()
            if not self._closed and not any(start <= now for _, start in self._waiting.values()):
                self._changed.wait(min([patience, *(start - now for _, start in self._waiting.values())]))
            now = time.monotonic()
            ready = [key for key, (_, start) in self._waiting.items() if start <= now]
            if self._closed or not ready:
                return None
            key = min(ready, key=lambda known: self._waiting[known][0].commit_end)
            assignment, _ = self._waiting.pop(key)
            stop = threading.Event()
            self._current = (key, stop)
            return key, assignment, stop
