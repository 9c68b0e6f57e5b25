"""Workers: as many as there is work for, and none that outlives the process that they work for."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from assay_client.parallel import workers

PARENT = """
import os, time
from assay_client.parallel import workers
with workers(2) as (executor, count):
    print(*{executor.submit(os.getpid).result() for _ in range(20)}, flush=True)
    executor.submit(time.sleep, 600)
    time.sleep(600)
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"


def test_workers__one_chunk__no_process_is_started() -> None:
    with workers(1) as (executor, count):
        assert count == 1
        assert isinstance(executor, ThreadPoolExecutor)


def test_workers__parent_killed__go_with_it() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert pids
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, pids))
