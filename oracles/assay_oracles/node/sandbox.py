"""Runs each computation in a confined process of its own, and survives whatever that process does."""

import json
import os
import selectors
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog
from assay_chain.errors import AssayError, Inconclusive

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.service.block import Block
from assay_oracles.node.config import Limits
from assay_oracles.node.template import STDERR_BYTES, Template, TemplateEnded, Worker

WORKER: Final = (sys.executable, "-I", "-m", "assay_oracles.node.worker")
ANSWER_BYTES: Final = 512 * 1024
"""An answer is at most 96 lanes, a block of 10,000 inputs, or an error; whoever sends more is stopped."""
READY_SECONDS: Final = 60.0
"""How long a worker may take to give up what it does not need."""
FATE_SECONDS: Final = 5.0
"""How long a worker that has closed its output may take to end."""
POLL_SECONDS: Final = 0.25
"""How long a cancelled computation may keep running."""

_SPEC_ERROR_FIELDS: Final = {"code", "field", "culprit", "message", "hint"}
_log = structlog.get_logger()


class ComputationFailed(Inconclusive):
    """The computation gave no answer, for a reason that is not a function of published bytes."""


def _failed(code: str, message: str, hint: str = "Raise the node's limits if they are too tight.") -> AssayError:
    return ComputationFailed(message, code=code, culprit="local", hint=hint)


class Sandbox:
    """Owns a template, from which it forks one worker a job.

    All methods must be called from one thread that lives as long as the sandbox: Linux ends the template, and with it
    the workers, when the thread that started it ends.
    """

    def __init__(self, limits: Limits, *, inputs: Path, scratch: Path, command: tuple[str, ...] = WORKER) -> None:
        """Create an empty sandbox; nothing is started.

        Args:
            limits: What one computation may use.
            inputs: Directory that workers may read.
            scratch: Directory for the workers' temporary directories.
            command: How to start a template.
        """
        self._limits, self._inputs, self._scratch, self._command = limits, inputs, scratch, command
        self._template: Template | None = None
        self.enforced: Mapping[str, bool] | None = None
        """What the platform enforces of {"network", "memory", "files"}; None until a worker was ready."""

    def warm(self) -> None:
        """Have the libraries loaded, and see that workers can be had.

        Raises:
            ComputationFailed: They cannot.
        """
        if self._template is not None and self._template.running:
            return
        self.close()
        self._template = self._start()
        try:
            self._employ(self._template, None, threading.Event())
        except AssayError:
            self.close()
            raise

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> dict[str, int] | Fault | Block:
        """Compute one job.

        Args:
            job: `audit` and `seed` (hex). For `whitebox` also `manifest` (path), `artifacts` ({role: path}) and
                `own_test_set` (bool); for `permutations` `manifest`, `artifacts` and `groups` (int); for `fairness`
                `table` (path), `header` and `footer` (hex); for `service` `manifest`, `artifacts`, `own_test_set`,
                `position`, `roster` and `most` (int).
            stop: Set by any thread to stop the computation.

        Returns:
            Raw lane numbers by name, each an unsigned 32-bit integer; the first fault of a table; or a block of inputs.

        Raises:
            SpecError: The published bytes can never be audited.
            ComputationFailed: Anything else.
        """
        self.warm()
        assert self._template is not None, "warm leaves one"
        return _checked(self._employ(self._template, job, stop))

    def close(self) -> None:
        """End the template."""
        if self._template is not None:
            _log_text("template.output", self._template.close())
            self._template = None

    def _start(self) -> Template:
        for directory in (self._scratch, self._inputs):
            directory.mkdir(parents=True, exist_ok=True)
        settings = {
            "parent": os.getpid(),
            "inputs": str(self._inputs.resolve()),
            "memory_bytes": self._limits.memory_bytes,
            "cpu_seconds": self._limits.cpu_seconds,
            "file_bytes": self._limits.file_bytes,
            "open_files": self._limits.open_files,
        }
        return Template.start(self._command, settings, self._scratch.resolve())

    def _employ(self, template: Template, job: Mapping[str, Any] | None, stop: threading.Event) -> dict[str, Any]:
        """The whole life of one worker: the answer to its job, or, without a job, that it is ready."""
        try:
            worker = template.fork(self._scratch)
        except TemplateEnded as error:
            self.close()
            raise _failed("worker-died", f"the process that starts workers has ended: {error}") from error
        patience = 0.0
        try:
            message = self._next_message(worker, time.monotonic() + READY_SECONDS, stop)
            if not isinstance(message.get("ready"), dict):
                raise _failed("worker-broken", "the worker did not report that it is ready", "Reinstall the node.")
            self.enforced = {name: value is True for name, value in message["ready"].items()}
            if job is None:
                return message
            with suppress(BrokenPipeError):  # a worker that is gone is reported by the answer that it does not give
                worker.stdin.write(json.dumps(job).encode() + b"\n")
                worker.stdin.close()
            return self._next_message(worker, time.monotonic() + self._limits.wall_seconds, stop)
        except EOFError:
            patience = FATE_SECONDS
        finally:
            fate = template.end(worker, patience)
            _log_text("worker.stderr", worker.complaint)
        raise _failed("worker-died", f"the worker ended without an answer: {fate}")

    def _next_message(self, worker: Worker, deadline: float, stop: threading.Event) -> dict[str, Any]:
        """The next JSON line of a worker, read with bounded memory until `deadline` (monotonic clock) or `stop`.

        Raises:
            EOFError: There will be none.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(worker.stdout, selectors.EVENT_READ, worker.answer)
            selector.register(worker.stderr, selectors.EVENT_READ, worker.complaint)
            while b"\n" not in worker.answer:
                if stop.is_set():
                    raise _failed("cancelled", "the computation was stopped because its deadline came too near")
                if time.monotonic() > deadline:
                    raise _failed("out-of-time", "the computation took longer than the wall-clock limit")
                if len(worker.answer) > ANSWER_BYTES:
                    raise _failed("answer-too-large", f"the worker answered with more than {ANSWER_BYTES} bytes")
                for key, _ in selector.select(POLL_SECONDS):
                    chunk = os.read(key.fd, 65536)
                    key.data.extend(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)
                        if key.fileobj is worker.stdout:
                            raise EOFError
                    del worker.complaint[:-STDERR_BYTES]
        line, _, rest = bytes(worker.answer).partition(b"\n")
        worker.answer[:] = rest
        return _object(line)


def _log_text(event: str, text: bytes | bytearray) -> None:
    if text:
        _log.warning(event, text=text.decode("utf-8", "replace"))


def _object(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _failed("answer-malformed", f"the worker's answer is not JSON: {error}") from error
    if not isinstance(answer, dict):
        raise _failed("answer-malformed", "the worker's answer is not a JSON object")
    return answer


def _checked(answer: dict[str, Any]) -> dict[str, int] | Fault | Block:
    match answer:
        case {"lanes": dict(lanes)} if len(lanes) <= 96 and _are_lanes(lanes):
            return lanes
        case {"fault": {"kind": kind, "row": row, "branch": branch} as fault} if (
            len(fault) == 3 and _are_lanes(fault) and kind in set(Kind) and row > 0
        ):
            return Fault(Kind(kind), row, branch)
        case {"block": {"indices": list(indices), "labels": list(labels), "expected": list(expected)}} if (
            len(indices) == len(labels) and len(expected) in {0, len(indices)}
        ) and all(_are_lanes(dict(enumerate(column))) for column in (indices, labels, expected)):
            return Block(tuple(indices), tuple(labels), tuple(expected))
        case {"spec_error": {"culprit": "supplier" | "client", **rest} as error} if set(
            error
        ) == _SPEC_ERROR_FIELDS and all(isinstance(text, str) for text in rest.values()):
            message = error["message"].removeprefix(f"{error['field']}: ")
            raise SpecError(error["code"], error["field"], message, error["hint"], error["culprit"])
        case {"failed": {"code": str(code), "message": str(message)}}:
            raise _failed(code, message)
    raise _failed("answer-malformed", "the worker's answer follows no known schema")


def _are_lanes(numbers: dict[Any, Any]) -> bool:
    return all(type(raw) is int and 0 <= raw < 1 << 32 for raw in numbers.values())
