"""Driving the real command, as a user would: a process, its exit code, its one JSON object."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from assay_chain.addressbook import AddressBook
from assay_client.cli import app

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


def assay(book: AddressBook | None, *words: str) -> Done:
    """Run `assay WORDS --json` as a process; stdout must be exactly one JSON object that names its schema."""
    done = subprocess.run(
        [sys.executable, "-m", "assay_client.cli", *_line(book, words)],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return _done(done.returncode, done.stdout, done.stderr)


def here(book: AddressBook | None, *words: str) -> Done:
    """The same inside this process: what takes longest is to start Python and load its libraries."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = app.run(_line(book, words))
    return _done(code, out.getvalue(), err.getvalue())


def good(book: AddressBook | None, *words: str) -> Any:
    """Run a command here; it must exit 0. Returns its object."""
    done = here(book, *words)
    assert done.code == 0, (done.out, done.err)
    return done.out


def _line(book: AddressBook | None, words: tuple[str, ...]) -> list[str]:
    return [*words, *(("--network", str(book.path)) if book else ()), "--json"]


def _done(code: int, out: str, err: str) -> Done:
    assert "Traceback" not in err, err
    document = json.loads(out)
    assert document["schema"].startswith("assay/")
    return Done(code, document, err)


@dataclass(frozen=True)
class Audited:
    """What the commands said about one audit."""

    request: Any
    wait: Done
    metrics: Done
    votes: dict[str, Any]
    """By the oracle's name."""


def audit(book: AddressBook, model: str, *options: str, run: Callable[..., Done] = here) -> Audited:
    names = {entry.address: name for name, entry in book.accounts.items()}
    requested = run(book, "audit", "request", model, *options)
    assert requested.code == 0, requested.out
    number = str(requested.out["audit_id"])
    wait = run(book, "audit", "wait", number, "--timeout", "90")
    votes = run(book, "audit", "votes", number).out["votes"]
    metrics = run(book, "metrics", model, "--audit", number)
    return Audited(requested.out, wait, metrics, {names[vote["oracle"]]: vote for vote in votes})
