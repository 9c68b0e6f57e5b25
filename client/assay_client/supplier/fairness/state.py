"""What a run must remember to be gone on with: secrets, and what they are bound to (design section 4).

The row's permutation must never change between two attempts: two cryptograms of one row reveal its labels. So the
state is bound to the data (through the table's data commitment) and to the permutations, and another run with the same
state is refused. It holds the table's secret key, hence it is readable by its owner only and removed at the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay_chain import locks
from assay_chain.errors import MalformedInput

from .workfile import sync_folder

STATE = "state.json"


@dataclass(frozen=True)
class State:
    """Secrets of one table, as hexadecimal, and the model that it is for.

    Attributes:
        kind: "table", or "prepared" for the cryptogram table of the setup phase.
        header: Header of the table, 288 bytes.
        key: The table's secret, 32 bytes; empty once a prepared table is complete and needs it no more.
        salt: The secret of the data commitment, 32 bytes.
        order: Seed of the order of rows, 32 bytes.
        signer: The signing key, when it was made for this table only; else empty.
        choices: Digest of the permutations in table order; empty before predictions exist.
        model: Number of the model that the table is made for; None for none.
    """

    kind: str
    header: str
    key: str
    salt: str
    order: str
    signer: str
    choices: str = ""
    model: int | None = None

    @classmethod
    def load(cls, folder: Path) -> State | None:
        """Read the state in a folder; None when there is none.

        Raises:
            MalformedInput: it is not what `save` wrote.
        """
        fields = read(folder)
        try:
            return None if fields is None else cls(**fields)
        except TypeError as error:
            raise unreadable(folder) from error

    def save(self, folder: Path) -> None:
        """Write the state, durably, in place of an earlier one."""
        write(folder, asdict(self))


def read(folder: Path) -> dict[str, Any] | None:
    """Return what `write` wrote; None when there is nothing.

    Raises:
        MalformedInput: it is something else.
    """
    try:
        fields = json.loads((folder / STATE).read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise unreadable(folder) from error
    if not isinstance(fields, dict):
        raise unreadable(folder)
    return fields


def write(folder: Path, fields: dict[str, Any]) -> None:
    """Write secrets into a folder, durably, in place of earlier ones, for their owner's eyes only."""
    new = folder / f"{STATE}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(fields, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / STATE)
    sync_folder(folder)


def unreadable(folder: Path) -> MalformedInput:
    """Return the error for a state that nothing here wrote."""
    return MalformedInput(
        f"{folder / STATE} is no state of a run",
        code="bad-state",
        culprit="local",
        hint=f"Remove {folder} to begin anew.",
    )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder of secrets, made when it is not there; one process at a time.

    Raises:
        Refused: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locks.directory(folder, f"another process works in {folder}", code="in-use", hint="Wait until it is done."):
        yield


def remove(folder: Path) -> None:
    """Remove a run's secrets and what else is in its folder."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    sync_folder(folder.parent)
