"""The gateway's own secrets: files of 32 random bytes that only its user can read, made at the first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from assay_chain.errors import MalformedInput

BYTES: Final = 32


def ensure(path: Path) -> bytes:
    """The 32 bytes that a file holds in hexadecimal; a new file gets random ones.

    Raises:
        MalformedInput: the file holds something else.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise MalformedInput(
            f"{path} does not hold {BYTES} bytes in hexadecimal",
            code="bad-key-file",
            culprit="local",
            hint="Restore it, or remove it: a new one is made, and what was signed with the old one is void.",
        )
    return key
