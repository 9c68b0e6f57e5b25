"""One node a key and one node a data directory, on this machine."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assay_chain.errors import Refused


@contextmanager
def exclusive(data_dir: Path, keystore: Path) -> Iterator[None]:
    """Hold the locks of a node's data directory and of its keystore while the body runs.

    The kernel releases them when the process ends in whatever way; nothing stale is ever left behind. Copies of a
    keystore, on this machine or another, are not detected here: see `duties/reveal`.

    Raises:
        Refused: Another process holds one of them.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as held:
        for path, flags in ((data_dir / "lock", os.O_RDWR | os.O_CREAT), (keystore, os.O_RDONLY)):
            descriptor = os.open(path, flags, 0o600)
            held.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Refused(
                    f"another node holds {path}",
                    code="already-running",
                    culprit="local",
                    hint="Stop the other node first: two nodes with one key would compete for its votes.",
                ) from error
        yield
