"""The work bench: one thread that examines assignments, the most urgent first, with a warm worker at hand."""

import threading
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
RETRY_SECONDS: Final = 10.0
"""How long to wait before trying to warm a worker again that could not start."""
CLOSE_SECONDS: Final = 3.0
"""How long to wait for the thread at the end; a download is not waited for, and a worker never outlives the node."""
_NOT_ENFORCED: Final = {
    "network": "this platform does not let the worker give up the network: untrusted code could reach it",
    "memory": "this platform does not tell how much memory is mapped: a worker could exhaust it",
    "files": "this platform has no Landlock: untrusted code could read every file of this user, the keystore included",
}
_log = structlog.get_logger()


class Bench:
    """Takes assignments and keeps findings until they are collected. Its methods may be called from any thread."""

    def __init__(self, examiner: Examiner, sandbox: Sandbox, telemetry: Telemetry) -> None:
        """Start the thread; from now on only that thread uses the sandbox."""
        self._examiner, self._sandbox, self._telemetry = examiner, sandbox, telemetry
        self.trouble: AssayError | None = None
        """Why no worker could be started lately."""
        self._changed = threading.Condition()
        self._waiting: dict[Key, Assignment] = {}
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
                self._waiting[key] = assignment
                self._changed.notify()

    def knows(self, key: Key) -> bool:
        """Whether an assignment is queued, worked on or finished."""
        with self._changed:
            return self._knows(key)

    def finding(self, key: Key) -> Finding | None:
        """What an assignment found, once it is finished."""
        with self._changed:
            return self._findings.get(key)

    def drop(self, key: Key) -> None:
        """Forget an assignment and its finding; stop the work on it."""
        with self._changed:
            self._waiting.pop(key, None)
            self._findings.pop(key, None)
            if self._current is not None and self._current[0] == key:
                self._current[1].set()

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
            while True:
                retry = self._warm()
                taken = self._take(retry)
                if taken is None:
                    if self._closed:
                        return
                    continue
                key, assignment, stop = taken
                _log.info("computation.started", audit_id=assignment.audit_id)
                finding = self._examiner.examine(assignment, self._sandbox, stop)
                _log.info("computation.finished", audit_id=assignment.audit_id, verdict=finding.verdict.name)
                with self._changed:
                    self._current = None
                    if not stop.is_set():
                        self._findings[key] = finding
        finally:
            self._sandbox.close()

    def _warm(self) -> float | None:
        """Have a worker ready; returns after how many seconds to try again when that failed."""
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
        return None

    def _take(self, timeout: float | None) -> tuple[Key, Assignment, threading.Event] | None:
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(timeout)
            if self._closed or not self._waiting:
                return None
            key = min(self._waiting, key=lambda known: self._waiting[known].commit_end)
            stop = threading.Event()
            self._current = (key, stop)
            return key, self._waiting.pop(key), stop
