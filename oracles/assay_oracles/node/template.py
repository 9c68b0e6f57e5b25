"""The node's side of the template: the process that has loaded the libraries and forks a worker for each job.

Loading them takes seconds of processor time, forking takes milliseconds. `worker` is what runs in both processes.
Between the two goes one message at a time, over a Unix socket.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

LOAD_SECONDS: Final = 120.0
"""How long a template may take to load its libraries."""
STDERR_BYTES: Final = 4096
"""How much of the end of a process's stderr is kept for the log."""
_ANSWER_BYTES: Final = 64


class TemplateEnded(Exception):
    """The template has ended; says how."""


@dataclass
class Worker:
    """A forked process: the ends of its pipes, its unread output, and the end of what it wrote to stderr."""

    pid: int
    scratch: Path
    stdin: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO
    answer: bytearray = field(default_factory=bytearray)
    complaint: bytearray = field(default_factory=bytearray)


class Template:
    """A running template. Linux ends it, and its workers, when the thread that started it ends."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        """Use `Template.start`."""
        self._process, self._control = process, control

    @classmethod
    def start(cls, command: tuple[str, ...], settings: Mapping[str, Any], home: Path) -> Self:
        """Start one; it loads its libraries while this returns.

        Args:
            command: program and arguments, to which the settings are added.
            settings: see `worker.serve`.
            home: its working directory.
        """
        ours, theirs = socket.socketpair()
        environment = {"HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        with theirs:
            process = subprocess.Popen(  # noqa: S603 (our own interpreter and module, no shell)
                [*command, json.dumps(settings)],
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,  # nothing of the node's environment: it may hold credentials
                cwd=home,
                close_fds=True,
                start_new_session=True,
            )
        ours.settimeout(LOAD_SECONDS)
        return cls(process, ours)

    @property
    def running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def fork(self, scratch_root: Path) -> Worker:
        """Fork a worker, with a scratch directory of its own.

        Raises:
            TemplateEnded: the template cannot, nor ever will again.
        """
        scratch = Path(tempfile.mkdtemp(dir=scratch_root))
        job, ours_in = os.pipe()
        ours_out, answers = os.pipe()
        ours_err, errors = os.pipe()
        try:
            pid = self._ask({"fork": str(scratch.resolve())}, [job, answers, errors])
        except TemplateEnded:
            shutil.rmtree(scratch, ignore_errors=True)
            for descriptor in (ours_in, ours_out, ours_err):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (job, answers, errors):
                os.close(descriptor)
        return Worker(
            pid, scratch, os.fdopen(ours_in, "wb", 0), os.fdopen(ours_out, "rb", 0), os.fdopen(ours_err, "rb", 0)
        )

    def end(self, worker: Worker, patience: float = 0.0) -> str:
        """Kill a worker with all its children, and remove its scratch directory.

        Args:
            worker: one of this template; not to be used any more.
            patience: seconds to let it end by itself.

        Returns:
            How it ended, for people.
        """
        try:
            fate = _fate(self._ask({"end": worker.pid, "patience": patience}))
        except TemplateEnded as error:  # the system has killed its workers with it
            fate = f"its template has ended: {error}"
        for pipe in (worker.stdin, worker.stdout, worker.stderr):
            with suppress(BrokenPipeError):
                pipe.close()
        shutil.rmtree(worker.scratch, ignore_errors=True)
        return fate

    def close(self) -> bytes:
        """End the process, after its workers; returns the end of what it wrote to stdout and stderr."""
        self._control.close()
        self._process.kill()
        assert self._process.stdout is not None, "a pipe"
        with self._process.stdout as said:
            text = said.read()[-STDERR_BYTES:]
        self._process.wait()
        return text

    def _ask(self, message: Mapping[str, Any], descriptors: list[int] | None = None) -> int:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], descriptors or [])
            answer = self._control.recv(_ANSWER_BYTES)
        except TimeoutError:
            raise TemplateEnded(f"it did not answer within {LOAD_SECONDS:g} s") from None
        except OSError:
            answer = b""
        if not answer:
            with suppress(subprocess.TimeoutExpired):
                raise TemplateEnded(_fate(self._process.wait(timeout=5)))
            raise TemplateEnded("it closed its socket but runs on")
        return int(answer)


def _fate(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
