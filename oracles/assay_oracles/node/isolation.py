"""What a worker process gives up before it touches untrusted bytes.

Every measure reports whether the platform enforces it; nothing here pretends. Linux enforces all of them, other systems
only the resource limits that they know. Refusals inside Python (patched sockets and the like) would enforce nothing and
are not attempted.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_CLONE_NEWIPC: Final = 0x08000000
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_PDEATHSIG: Final = 1
_SIGKILL: Final = 9


def die_with_parent(parent: int) -> None:
    """End this process when the node ends, even by SIGKILL (Linux)."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the node ended before the request above could take effect


def leave_network() -> bool:
    """Move into namespaces without any network, not even loopback. Must run before the process starts a thread.

    Returns:
        True when enforced. False on other systems than Linux and where containers forbid user namespaces.
    """
    if sys.platform != "linux":
        return False
    return bool(_libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0)


def limit_resources(*, file_bytes: int, open_files: int) -> None:
    """Bound what the process writes and opens, forbid core dumps, and be the first that a starved system kills."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_NOFILE, open_files)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_memory(extra_bytes: int) -> bool:
    """Bound the address space to what is mapped now and `extra_bytes` more.

    Address space, because resident memory cannot be limited without privileges; relative, because libraries map far
    more than they use. Call it after loading them.

    Returns:
        True when enforced; False where the system does not tell how much is mapped.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return False
    _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + extra_bytes)
    return True


def limit_cpu(seconds: int) -> None:
    """Let the process burn `seconds` of processor time from now on; the kernel kills it then."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime) + 1 + seconds)


def code_paths() -> Iterable[Path]:
    """What a confined process may still read: Python, its packages, shared libraries, and what the processor can do.

    Without the latter, numerical libraries fall back to other (slower) code than on other nodes.
    """
    system = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache")
    machine = ("/dev/null", "/dev/urandom", "/dev/zero", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu")
    return [path for path in map(Path, (*sys.path, *system, *machine)) if str(path) != "." and path.exists()]


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
