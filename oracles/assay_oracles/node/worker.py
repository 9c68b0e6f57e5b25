"""The process in which an oracle computes: one process, one job.

It is started ahead of time and waits, so that loading the libraries is off the critical path. It speaks JSON lines:
the limits as its argument, `{"ready": ...}` to stdout, the job from stdin, the answer to stdout. It is given no
secrets, and gives up what it does not need (`isolation`) before it looks at bytes that a stranger wrote.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.service.block import Block
from assay_oracles.node import isolation
from assay_oracles.node.landlock import restrict_files

Compute = Callable[[dict[str, Any]], dict[str, int] | Fault | Block]
"""From a job, see `sandbox.Sandbox.run`, to raw lane numbers by name, what is false about a table, or a block."""


def serve(load: Callable[[], Compute]) -> None:
    """Confine this process, `load` the computation, wait for one job, answer it and end.

    Never returns.
    """
    answers = _private_stdout()
    settings = json.loads(sys.argv[1])
    isolation.die_with_parent(settings["parent"])
    network = isolation.leave_network()
    isolation.limit_resources(file_bytes=settings["file_bytes"], open_files=settings["open_files"])
    compute = load()
    memory = isolation.limit_memory(settings["memory_bytes"])
    files = restrict_files([*isolation.code_paths(), Path(settings["inputs"])], [Path(settings["scratch"])])
    _say(answers, {"ready": {"network": network, "memory": memory, "files": files}})
    line = sys.stdin.buffer.readline()
    if line:
        isolation.limit_cpu(settings["cpu_seconds"])
        _say(answers, _answer(compute, json.loads(line)))
    os._exit(0)  # nothing is left to tidy, and no library gets a say any more


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


def _private_stdout() -> BinaryIO:
    """Keep the real stdout for answers, and send whatever libraries print to stderr."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


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
