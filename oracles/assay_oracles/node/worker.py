"""The processes in which an oracle computes: a template that loads the libraries once, and a worker for each job.

The template is given no secrets and has no network. It never sees a byte that a stranger wrote: it only forks workers
and tells how they ended. A worker speaks JSON lines: `{"ready": ...}` to stdout, the job from stdin, the answer to
stdout. It gives up everything else that it does not need (`isolation`) before it reads the job, and is used once.
"""

import gc
import json
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.service.block import Block
from assay_oracles.node import isolation
from assay_oracles.node.landlock import restrict_files

Compute = Callable[[dict[str, Any]], dict[str, int] | Fault | Block]
"""From a job, see `sandbox.Sandbox.run`, to raw lane numbers by name, what is false about a table, or a block."""


_REQUEST_BYTES: Final = 1 << 14
_POLL_SECONDS: Final = 0.01


def serve(load: Callable[[], Compute]) -> None:
    """Confine this process, `load` the computation, and fork workers for as long as the node asks.

    The argument of the process is JSON: `parent` (process number of the node), `inputs` (a directory to read) and the
    limits `memory_bytes`, `cpu_seconds`, `file_bytes` and `open_files`. Requests come over the socket that is its
    stdin: `{"fork": scratch directory}` with three descriptors, answered with a process number; `{"end": number,
    "patience": seconds}`, answered with how the process ended, a signal's number being negative.

    Never returns.
    """
    settings = json.loads(sys.argv[1])
    isolation.die_with_parent(settings["parent"])
    network = isolation.leave_network()
    isolation.limit_resources(file_bytes=settings["file_bytes"], open_files=settings["open_files"])
    gc.disable()  # what loading makes stays: looking for garbage in it takes a fifth of the time
    compute = load()
    gc.freeze()
    gc.enable()
    with socket.socket(fileno=os.dup(0)) as node:
        while True:
            message, descriptors, _, _ = socket.recv_fds(node, _REQUEST_BYTES, 3)
            match json.loads(message or "{}"):
                case {"fork": scratch}:
                    node.send(str(_fork(compute, settings, network, scratch, descriptors, node)).encode())
                case {"end": worker, "patience": patience}:
                    node.send(str(_end(worker, patience)).encode())
                case _:
                    os._exit(0)


def _fork(
    compute: Compute,
    settings: dict[str, Any],
    network: bool,
    scratch: str,
    descriptors: list[int],
    node: socket.socket,
) -> int:
    """Fork a worker that leads a process group of its own; returns its number."""
    template = os.getpid()
    worker = os.fork()
    if worker == 0:
        node.close()
        os.setpgid(0, 0)
        isolation.die_with_parent(template)
        _work(compute, settings, network, scratch, descriptors)
    with suppress(OSError):  # the worker was faster, or is gone
        os.setpgid(worker, worker)
    for descriptor in descriptors:
        os.close(descriptor)
    return worker


def _end(worker: int, patience: float) -> int:
    """Kill a worker and its group once it has had `patience` seconds to end by itself; returns how it ended."""
    deadline = time.monotonic() + patience
    ended, status = os.waitpid(worker, os.WNOHANG)
    while not ended and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        ended, status = os.waitpid(worker, os.WNOHANG)
    with suppress(OSError):  # nobody is left
        os.killpg(worker, signal.SIGKILL)
    if not ended:
        _, status = os.waitpid(worker, 0)
    return os.waitstatus_to_exitcode(status)


def _work(compute: Compute, settings: dict[str, Any], network: bool, scratch: str, descriptors: list[int]) -> NoReturn:
    """Be a worker: give up what is left to give up, wait for one job, answer it and end."""
    try:
        answers = _at_home(scratch, *descriptors)
        memory = isolation.limit_memory(settings["memory_bytes"])
        files = restrict_files([*isolation.code_paths(), Path(settings["inputs"])], [Path(scratch)])
        _say(answers, {"ready": {"network": network, "memory": memory, "files": files}})
        line = sys.stdin.buffer.readline()
        if line:
            isolation.limit_cpu(settings["cpu_seconds"])
            _say(answers, _answer(compute, json.loads(line)))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # nothing is left to tidy, and no library gets a say any more


def _at_home(scratch: str, job: int, answers: int, errors: int) -> BinaryIO:
    """Take over the worker's own descriptors and directory; returns where answers go.

    Whatever libraries print goes to stderr. The socket to the node is replaced by the job.
    """
    for ours, standard in ((job, 0), (errors, 1), (errors, 2)):
        os.dup2(ours, standard)
    os.close(job)
    os.close(errors)
    os.chdir(scratch)
    os.environ |= {"HOME": scratch, "TMPDIR": scratch}
    tempfile.tempdir = scratch
    return os.fdopen(answers, "wb", buffering=0)


def _answer(compute: Compute, job: dict[str, Any]) -> dict[str, Any]:
    try:
        found = compute(job)
        match found:
            case Fault():
                return {"fault": asdict(found)}
            case Block():
                return {"block": asdict(found)}
        return {"lanes": found}
    except SpecError as error:
        return {
            "spec_error": {
                "code": error.code,
                "field": error.field,
                "culprit": error.culprit,
                "message": error.message,
                "hint": error.hint,
            }
        }
    except MemoryError as error:
        return {"failed": {"code": "out-of-memory", "message": str(error)[:300]}}
    except Exception as error:  # whatever a library raises on hostile bytes: the parent must learn of it
        return {"failed": {"code": "computation-failed", "message": f"{type(error).__name__}: {error}"[:300]}}


def _say(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message).encode() + b"\n")


def load_audits() -> Compute:
    """Every kind of audit, ready to compute."""
    import torch

    from assay_oracles.node import jobs

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    return jobs.compute


if __name__ == "__main__":
    serve(load_audits)
