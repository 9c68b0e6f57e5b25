"""A verifier that nobody attends: every new table is checked, every false one refuted, wrong findings are rebutted.

What was found is on disk before it is acted on, and all else is on the chain: it may be killed at any point, and then
goes on where it was. Tables are attended side by side, so that none, however long or slow to fetch, delays another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from assay_chain.errors import AssayError
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.fairness import Tables
from assay_chain.wrappers.models import Models

from assay_client.watching import pause

from .attending import Options, attend_audit, attend_table

RETRY_BLOCKS: Final = (1.0, 10.0)
"""First and longest pause, in blocks, before something is tried again; doubled in between."""
_log = structlog.get_logger()


@dataclass
class Task:
    """A table or an audit that is not dealt with.

    Attributes:
        name: for the log.
        audit: whether it is an audit.
        size: rows; small tables come first, and cannot be hidden behind large ones.
        act: deals with it; returns whether it was found wrong and undone, raises when it has to be tried again.
        due: when to try next, on the monotonic clock.
        pause: seconds before the try after that.
        thread: at work on it, or None.
        tried: whether it was tried at all.
        done: whether nothing is left to do.
        undone: whether we refuted the table, or rebutted the audit.
    """

    name: str
    audit: bool
    size: int
    act: Callable[[], bool]
    pause: float
    due: float = 0.0
    thread: threading.Thread | None = None
    tried: bool = False
    done: bool = False
    undone: bool = False


@dataclass(frozen=True)
class Tally:
    """What became of everything that there was.

    Attributes:
        tables, audits: how many were attended.
        refuted, rebutted: how many of them were, by us.
        left: how many have to be tried again.
    """

    tables: int
    audits: int
    refuted: int
    rebutted: int
    left: int


class Watcher:
    """Follows one network's fairness board."""

    def __init__(self, session: Session, options: Options, parallel: int) -> None:
        """Begin with the first table ever published; `parallel` is how many things are attended at once."""
        self._session, self._options, self._parallel = session, options, parallel
        self._next: int | None = None
        self._tasks: list[Task] = []

    def run(self) -> None:
        """Watch for ever; an outage of the chain's node is waited out."""
        while True:
            try:
                self.step()
            except AssayError as error:
                _log.warning("chain.trouble", code=error.code, culprit=error.culprit, reason=error.message)
            time.sleep(pause(self._session))

    def run_once(self) -> Tally:
        """Try everything that there is once."""
        self._look(self._session.head().number)
        self._start()
        while any(not task.tried for task in self._tasks):
            time.sleep(pause(self._session))
            self._start()
        audits = [task.undone for task in self._tasks if task.audit]
        tables = [task.undone for task in self._tasks if not task.audit]
        left = sum(not task.done for task in self._tasks)
        return Tally(len(tables), len(audits), sum(tables), sum(audits), left)

    def step(self) -> None:
        """Take up what is new on the chain, and start what is due."""
        self._look(self._session.head().number)
        self._start()
        self._tasks = [task for task in self._tasks if not task.done]

    def _look(self, head: int) -> None:
        session, options = self._session, self._options
        if self._next is None:
            models = Models(session)
            if not models.count(head):
                return
            self._next = models.model(1, head).registered_at  # nothing is published before it
        if head < self._next:
            return
        for event in Tables(session).published(self._next, head):
            self._add(event.table_id.hex(), False, event.n, partial(attend_table, session, event, options))
        for decided in Board(session).decided(None, self._next, head):
            if decided.outcome is Verdict.INVALID:
                number = decided.audit_id
                self._add(f"audit {number}", True, 0, partial(attend_audit, session, number, options))
        self._next = head + 1

    def _add(self, name: str, audit: bool, size: int, act: Callable[[], bool]) -> None:
        self._tasks.append(Task(name, audit, size, act, RETRY_BLOCKS[0] * self._session.book.block_time))

    def _start(self) -> None:
        busy = sum(task.thread is not None for task in self._tasks)
        idle = [task for task in self._tasks if task.thread is None and not task.done]
        due = [task for task in idle if task.due <= time.monotonic()]
        for task in sorted(due, key=lambda task: (task.tried, task.size))[: max(0, self._parallel - busy)]:
            # A daemon, because being stopped must not wait for a slow supplier.
            task.thread = threading.Thread(target=self._attend, args=(task,), daemon=True)
            task.thread.start()

    def _attend(self, task: Task) -> None:
        try:
            task.undone, task.done = task.act(), True
        except AssayError as error:
            longest = RETRY_BLOCKS[1] * self._session.book.block_time
            task.due, task.pause = time.monotonic() + task.pause, min(2 * task.pause, longest)
            _log.warning("trouble", about=task.name, code=error.code, culprit=error.culprit, reason=error.message)
        except Exception:
            task.done = True  # a bug of ours must not stop the rest; the next start tries again
            _log.exception("bug", about=task.name)
        finally:
            task.tried, task.thread = True, None
