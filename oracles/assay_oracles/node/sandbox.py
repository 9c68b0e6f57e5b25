"""Runs one computation in a confined process, and survives whatever that process does."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from assay_chain.errors import AssayError, Inconclusive

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.service.block import Block
from assay_oracles.node.config import Limits

WORKER: Final = (sys.executable, "-I", "-m", "assay_oracles.node.worker")
ANSWER_BYTES: Final = 512 * 1024
"""An answer is at most 96 lanes, a block of 10,000 inputs, or an error; whoever sends more is stopped."""
STDERR_BYTES: Final = 4096
"""How much of the end of a worker's stderr is kept for the log."""
WARM_SECONDS: Final = 120.0
"""How long a worker may take to load its libraries."""
POLL_SECONDS: Final = 0.25
"""How long a cancelled computation may keep running."""

_SPEC_ERROR_FIELDS: Final = {"code", "field", "culprit", "message", "hint"}
_log = structlog.get_logger()


class ComputationFailed(Inconclusive):
    """The computation gave no answer, for a reason that is not a function of published bytes."""


def _failed(code: str, message: str, hint: str = "Raise the node's limits if they are too tight.") -> AssayError:
    return ComputationFailed(message, code=code, culprit="local", hint=hint)


@dataclass
class _Worker:
    """A running worker process, its unread output, and the end of what it wrote to stderr."""

    process: subprocess.Popen[bytes]
    scratch: Path
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)

    def end(self) -> None:
        """Kill the process and all its children, and remove its scratch directory."""
        # The process leads its own group, and the group's number stays taken until it is waited for.
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None, "all three are pipes"
            with suppress(BrokenPipeError):
                pipe.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


class Sandbox:
    """Owns one spare worker at a time.

    All methods must be called from one thread that lives as long as the sandbox: Linux ends a worker when the thread
    that started it ends.
    """

    def __init__(self, limits: Limits, *, inputs: Path, scratch: Path, command: tuple[str, ...] = WORKER) -> None:
        """Create an empty sandbox; nothing is started.

        Args:
            limits: What one computation may use.
            inputs: Directory that workers may read.
            scratch: Directory for the workers' temporary directories.
            command: How to start a worker.
        """
        self._limits, self._inputs, self._scratch, self._command = limits, inputs, scratch, command
        self._spare: _Worker | None = None
        self.enforced: Mapping[str, bool] | None = None
        """What the platform enforces of {"network", "memory", "files"}; None until a worker was ready."""

    def warm(self) -> None:
        """Have a worker ready.

        Raises:
            ComputationFailed: It did not become ready.
        """
        if self._spare is not None and self._spare.process.poll() is None:
            return
        self.close()
        worker = self._start()
        try:
            ready = self._next_message(worker, time.monotonic() + WARM_SECONDS, threading.Event()).get("ready")
            if not isinstance(ready, dict):
                raise _failed("worker-broken", "the worker did not report that it is ready", "Reinstall the node.")
        except AssayError:
            self._log_stderr(worker)
            worker.end()
            raise
        self.enforced = {name: value is True for name, value in ready.items()}
        self._spare = worker

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
        worker, self._spare = self._spare, None
        assert worker is not None, "warm leaves a spare"
        try:
            assert worker.process.stdin is not None, "stdin is a pipe"
            with suppress(BrokenPipeError):  # a worker that is gone is reported by the answer that it does not give
                worker.process.stdin.write(json.dumps(job).encode() + b"\n")
                worker.process.stdin.close()
            answer = self._next_message(worker, time.monotonic() + self._limits.wall_seconds, stop)
        finally:
            worker.end()
            self._log_stderr(worker)
        return _checked(answer)

    def close(self) -> None:
        """End the spare worker."""
        if self._spare is not None:
            self._spare.end()
            self._spare = None

    def _start(self) -> _Worker:
        self._scratch.mkdir(parents=True, exist_ok=True)
        self._inputs.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=self._scratch))
        settings = {
            "parent": os.getpid(),
            "inputs": str(self._inputs.resolve()),
            "scratch": str(scratch.resolve()),
            "memory_bytes": self._limits.memory_bytes,
            "cpu_seconds": self._limits.cpu_seconds,
            "file_bytes": self._limits.file_bytes,
            "open_files": self._limits.open_files,
        }
        environment = {"HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and module, no shell)
            [*self._command, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,  # nothing of the node's environment: it may hold credentials
            cwd=scratch,
            close_fds=True,
            start_new_session=True,
        )
        return _Worker(process, scratch)

    def _next_message(self, worker: _Worker, deadline: float, stop: threading.Event) -> dict[str, Any]:
        """The next JSON line of a worker, read with bounded memory until `deadline` (monotonic clock) or `stop`."""
        process = worker.process
        assert process.stdout is not None, "a pipe"
        assert process.stderr is not None, "a pipe"
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, worker.stdout)
            selector.register(process.stderr, selectors.EVENT_READ, worker.stderr)
            while b"\n" not in worker.stdout:
                if stop.is_set():
                    raise _failed("cancelled", "the computation was stopped because its deadline came too near")
                if time.monotonic() > deadline:
                    raise _failed("out-of-time", "the computation took longer than the wall-clock limit")
                if len(worker.stdout) > ANSWER_BYTES:
                    raise _failed("answer-too-large", f"the worker answered with more than {ANSWER_BYTES} bytes")
                for key, _ in selector.select(POLL_SECONDS):
                    chunk = os.read(key.fd, 65536)
                    key.data.extend(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)
                        if key.fileobj is process.stdout:
                            raise _failed("worker-died", f"the worker ended without an answer: {_fate(process)}")
                    del worker.stderr[:-STDERR_BYTES]
        line, _, rest = bytes(worker.stdout).partition(b"\n")
        worker.stdout[:] = rest
        return _object(line)

    def _log_stderr(self, worker: _Worker) -> None:
        if worker.stderr:
            _log.warning("worker.stderr", text=worker.stderr.decode("utf-8", "replace"))


def _fate(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "it closed its output but runs on"
    if code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"


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
