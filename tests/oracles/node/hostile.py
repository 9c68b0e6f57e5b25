"""A worker whose computation misbehaves as its job says: the real confinement around hostile code.

Started by the tests as `python hostile.py SETTINGS`, in place of `python -m assay_oracles.node.worker SETTINGS`.
"""

import ctypes
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.node.worker import serve

MARKS: list[str] = []


def exhaust_memory(job: dict[str, Any]) -> dict[str, int]:
    hoard = [bytearray(64 << 20) for _ in range(64)]
    return {"hoarded": len(hoard)}


def exhaust_memory_in_torch(job: dict[str, Any]) -> dict[str, int]:
    import torch

    return {"hoarded": int(torch.ones(1 << 32, dtype=torch.float64).sum())}


def loop_forever(job: dict[str, Any]) -> dict[str, int]:
    while True:
        pass


def sleep_forever(job: dict[str, Any]) -> dict[str, int]:
    while True:
        time.sleep(60)


def leave_children(job: dict[str, Any]) -> dict[str, int]:
    """Children that outlive their parent unless the whole group is killed; the parent says who they are."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
        os._exit(0)
    return {"child": child}


def flood(job: dict[str, Any]) -> dict[str, int]:
    """Writes past every Python object, to whatever descriptor the answers go."""
    while True:
        for descriptor in range(1, 16):
            try:
                os.write(descriptor, b"x" * 65536)
            except OSError:
                continue


def flood_stderr(job: dict[str, Any]) -> dict[str, int]:
    for _ in range(2000):
        sys.stderr.write("y" * 65536)
    return {"written": 2000}


def many_lanes(job: dict[str, Any]) -> dict[str, int]:
    return {f"lane_{i}": i for i in range(97)}


def wrong_lanes(job: dict[str, Any]) -> dict[str, int]:
    return {"lane": job["value"]}


def accuse(job: dict[str, Any]) -> Fault:
    return Fault(job["kind"], job["row"], job["branch"])


def segfault(job: dict[str, Any]) -> dict[str, int]:
    return {"read": ctypes.string_at(0)[0]}


def abort(job: dict[str, Any]) -> dict[str, int]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def leave(job: dict[str, Any]) -> dict[str, int]:
    os._exit(7)


def connect(job: dict[str, Any]) -> dict[str, int]:
    socket.create_connection((job["host"], job["port"]), timeout=5).sendall(b"leaked")
    return {"connected": 1}


def send_datagram(job: dict[str, Any]) -> dict[str, int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"leaked", (job["host"], job["port"]))
    return {"sent": 1}


def read(job: dict[str, Any]) -> dict[str, int]:
    return {"bytes": len(Path(job["path"]).read_bytes())}


def write(job: dict[str, Any]) -> dict[str, int]:
    Path(job["path"]).write_bytes(b"z" * job["size"])
    return {"written": job["size"]}


def open_many_files(job: dict[str, Any]) -> dict[str, int]:
    return {"opened": len([open("/dev/null") for _ in range(1000)])}


def kill_parent(job: dict[str, Any]) -> dict[str, int]:
    os.kill(job["pid"], signal.SIGKILL)
    return {"killed": 1}


def kill_template(job: dict[str, Any]) -> dict[str, int]:
    os.kill(os.getppid(), signal.SIGKILL)
    return {"killed": 1}


def leave_a_mark(job: dict[str, Any]) -> dict[str, int]:
    """Everything that a later job might see: the module's own state, the environment, the directory, files in it."""
    found = len(MARKS) + ("MARK" in os.environ) + len(os.listdir())
    MARKS.append("mine")
    os.environ["MARK"] = "mine"
    Path("mark").write_text("mine")
    return {"marks": found}


def tell_environment(job: dict[str, Any]) -> dict[str, int]:
    told = " ".join([*(f"{k}={v}" for k, v in os.environ.items()), *sys.argv])
    return {"mentions": told.count(job["secret"]), "variables": len(os.environ)}


def tell_descriptors(job: dict[str, Any]) -> dict[str, int]:
    def is_open(descriptor: int) -> bool:
        try:
            os.fstat(descriptor)
        except OSError:
            return False
        return True

    return {"open": sum(map(is_open, range(1024)))}


def blame_supplier(job: dict[str, Any]) -> dict[str, int]:
    raise SpecError("schema", "test.labels", "are not labels", "publish labels")


def blame(job: dict[str, Any]) -> dict[str, int]:
    raise SpecError(job["code"], "test", "is bad", "be good", job["culprit"])


def print_to_stdout(job: dict[str, Any]) -> dict[str, int]:
    print('{"lanes": {"forged": 1}}', flush=True)  # noqa: T201
    os.write(1, b'{"lanes": {"forged": 2}}\n')
    return {"honest": 1}


def dispatch(job: dict[str, Any]) -> dict[str, int] | Fault:
    return globals()[job["do"]](job)


if __name__ == "__main__":
    serve(lambda: dispatch)
