"""Driving the real command, as a user would: a process, its exit code, its one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay_chain.addressbook import AddressBook

COMMAND_SECONDS = 120


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: Any
    err: str

    @property
    def error(self) -> dict[str, str]:
        """What it reported as its failure."""
        found: dict[str, str] = self.out["error"]
        return found


def assay(book: AddressBook | None, *words: str, network: str | None = None) -> Done:
    """Run `assay WORDS --json`; stdout must be exactly one JSON object that names its schema."""
    where = ["--network", network or str(book.path if book else "")] if book or network else []
    done = subprocess.run(
        [sys.executable, "-m", "assay_client.cli", *words, *where, "--json"],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"].startswith("assay/")
    return Done(done.returncode, document, done.stderr)


def good(book: AddressBook | None, *words: str) -> Any:
    """Run a command that must exit 0, and return its object."""
    done = assay(book, *words)
    assert done.code == 0, (done.out, done.err)
    return done.out


def edit(folder: Path, **changes: Any) -> None:
    """Change top-level fields of a draft; None removes one."""
    path = folder / "model.json"
    document = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not None}))
