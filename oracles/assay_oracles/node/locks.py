"""One node a key and one node a data directory, on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay_chain import locks

_CODE = "already-running"
_HINT = "Stop the other node first: two nodes with one key would compete for its votes."


@contextmanager
def exclusive(data_dir: Path, keystore: Path) -> Iterator[None]:
    """Hold the locks of a node's data directory and of its keystore while the body runs.

    Nothing stale is ever left behind. Copies of a keystore, on this machine or another, are not detected here: see
    `duties/reveal`.

    Raises:
        Refused: Another process holds one of them.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        locks.directory(data_dir, f"another node holds {data_dir / locks.FILE_NAME}", code=_CODE, hint=_HINT),
        locks.file(keystore, f"another node holds {keystore}", code=_CODE, hint=_HINT),
    ):
        yield
