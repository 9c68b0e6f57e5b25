"""The demo's processes: a devnet and oracles, each a real `assay` command with its own log; all of them end with the
demo."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from assay_chain import addressbook
from assay_chain.addressbook import AddressBook
from assay_chain.devnet import leash
from assay_chain.errors import Inconclusive

BLOCK_SECONDS = 0.5
START_SECONDS = 120.0
STOP_SECONDS = 15.0
LOG_LINES = 15
Found = TypeVar("Found")
COMMAND = (sys.executable, "-m", "assay_client.cli")
HONEST = (*COMMAND, "oracle", "run")
LIAR = (sys.executable, "-m", "assay_client.demo.dishonest", "liar")
REPLAYER = (*LIAR[:-1], "replayer")
COLLUDER = (*LIAR[:-1], "colluder")


@dataclass(frozen=True)
class Actor:
    """A running process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        """The end of what it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


class Stage:
    """A temporary folder, and the processes that run in it."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`; `open_stage` makes one and clears it away."""
        self.folder = folder
        self.actors: dict[str, Actor] = {}

    def start(self, name: str, command: Sequence[str]) -> Actor:
        """Start a process on a leash: it ends when this one does, whatever ends this one."""
        log = self.folder / f"{name}.log"
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  the commands are this package's own
                [sys.executable, leash.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends everyone in order
            )
        self.actors[name] = Actor(name, process, log)
        return self.actors[name]

    def stop(self, *names: str) -> None:
        """Ask processes to end, all at once, and wait for them."""
        leaving = [self.actors.pop(name) for name in names]
        for actor in leaving:
            assert actor.process.stdin is not None, "stdin is a pipe"
            actor.process.stdin.close()
        for actor in leaving:
            try:
                actor.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                actor.process.kill()
                actor.process.wait()

    def check(self) -> None:
        """Raise Inconclusive, with the tail of its log, when a process has ended on its own."""
        for actor in self.actors.values():
            if actor.process.poll() is not None:
                raise Inconclusive(
                    f"{actor.name} ended ({actor.process.returncode}); the end of its log:\n{actor.tail()}",
                    code="actor-ended",
                    culprit="local",
                    hint="Run `assay demo --keep` to keep all logs.",
                )

    def wait_for(self, actor: Actor, what: str, probe: Callable[[], Found | None]) -> Found:
        """Poll until `probe` gives something.

        Raises:
            Inconclusive: a process ended, or `START_SECONDS` have passed.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if (found := probe()) is not None:
                return found
            time.sleep(0.1)
        raise Inconclusive(
            f"{actor.name}: {what} not within {START_SECONDS:g} s; the end of its log:\n{actor.tail()}",
            code="actor-slow",
            culprit="local",
            hint="Is this machine busy? Run `assay demo --keep` to keep all logs.",
        )


@contextmanager
def open_stage(*, keep: bool) -> Iterator[Stage]:
    """A stage in a fresh folder, which is also the home of everything that runs on it. Cleared away in the end."""
    stage = Stage(Path(tempfile.mkdtemp(prefix="assay-demo-")))
    home = os.environ.get("ASSAY_HOME")
    os.environ["ASSAY_HOME"] = str(stage.folder / "home")
    terminate = signal.signal(signal.SIGTERM, signal.default_int_handler)  # being terminated clears away, too
    try:
        yield stage
    finally:
        signal.signal(signal.SIGTERM, terminate)
        stage.stop(*stage.actors)
        if home is None:
            del os.environ["ASSAY_HOME"]
        else:
            os.environ["ASSAY_HOME"] = home
        if not keep:
            shutil.rmtree(stage.folder, ignore_errors=True)


def start_network(stage: Stage, oracles: int) -> AddressBook:
    """Start a devnet, and wait until its contracts are there."""
    folder = stage.folder / "network"
    options = ("--dir", str(folder), "--port", "0", "--block-time", str(BLOCK_SECONDS), "--oracles", str(oracles))
    actor = stage.start("network", (*COMMAND, "devnet", "up", *options))
    path = folder / addressbook.FILE_NAME
    # The devnet writes its address book last.
    return stage.wait_for(actor, "its address book is", lambda: addressbook.load(path) if path.exists() else None)


def start_oracle(stage: Stage, book: AddressBook, name: str, command: Sequence[str] = HONEST) -> Actor:
    """Start the node of a development account: `assay oracle run` or, for a dishonest one, what replaces it."""
    folder = stage.folder / name
    options = ("--as", name, "--network", str(book.path), "--metrics-port", "0")
    return stage.start(name, (*command, str(folder), *options))


def wait_ready(stage: Stage, actor: Actor) -> None:
    """Wait until an oracle's readiness probe says that it is caught up and able to vote."""
    port = stage.wait_for(actor, "its metrics port is known", lambda: _port(actor.log))

    def ready() -> bool | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5):
                return True
        except OSError:  # not listening yet, or not ready: 503
            return None

    stage.wait_for(actor, "it is ready to vote", ready)


def _port(log: Path) -> int | None:
    for line in log.read_text(errors="replace").splitlines():
        with suppress(ValueError):
            entry = json.loads(line)
            if entry.get("event") == "telemetry.listening":
                return int(entry["port"])
    return None
