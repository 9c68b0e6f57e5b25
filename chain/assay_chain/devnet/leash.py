"""Runs a command that must not outlive whoever started it: `python leash.py COMMAND...`.

The starter holds the other end of standard input. When that closes, for whatever reason (even SIGKILL), the command is
terminated, and killed if it lingers. Run as a plain script: it imports nothing of this package.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

GRACE = 10.0  # seconds between asking and killing


def _let_go(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    child.terminate()
    time.sleep(GRACE)
    child.kill()


def main() -> None:
    """Ends with the command's exit code."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603  the command is the purpose
    threading.Thread(target=_let_go, args=(child,), daemon=True).start()
    sys.exit(child.wait())


if __name__ == "__main__":
    main()
