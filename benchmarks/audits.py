"""Audits per minute, and from request to decision, with five oracle processes, on every engine in one run.

    python benchmarks/audits.py [--rounds N] [--audits N] [--block-time SECONDS] [--json FILE]

Each engine gets a fresh network of real processes: the chain, five `assay oracle run`, one published model (the
digits), and four clients. The engines take turns, `--rounds` times each, so that a slow spell of the machine hits both.
A round is two measurements:

- latency: audits one at a time; blocks from the request's to the decision's block, and seconds by the wall clock, from
  before the client signs until it sees the decision;
- throughput: all clients side by side, each with its next audit as soon as its last one is decided; decided audits over
  the minutes from the first request to the last decision.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assay_chain.amounts import UNIT
from assay_chain.devnet import accounts
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.membership import Membership
from assay_client import Client, staking
from assay_client.supplier import examples, publishing

ENGINES = ("embedded", "anvil")
ORACLES = 5
CLIENTS = 4  # as many audits under way at once
READY_SECONDS = 120
DECIDED_SECONDS = 600


@dataclass
class Figures:
    """What was measured on one engine: one latency an audit, one rate a round."""

    blocks: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    per_minute: list[float] = field(default_factory=list)


class Network:
    """A running network: the clients' view of it."""

    def __init__(self, clients: list[Client], model: str) -> None:
        """Use clients that are admitted and funded, and a published model."""
        self.clients = clients
        self.model = model
        self._board = Board(clients[0].session)

    def latency(self, audits: int, figures: Figures) -> None:
        """Audit one at a time."""
        for _ in range(audits):
            started = time.monotonic()
            receipt = self._request(self.clients[0])
            decided = self._decided(receipt.audit_id, receipt.block)
            figures.seconds.append(time.monotonic() - started)
            figures.blocks.append(decided - receipt.block)

    def throughput(self, audits: int, figures: Figures) -> None:
        """Audit with all clients side by side, each with its next audit as soon as its last one is decided."""

        def work(client: Client) -> None:
            for _ in range(audits // len(self.clients)):
                receipt = self._request(client)
                self._decided(receipt.audit_id, receipt.block)

        started = time.monotonic()
        with ThreadPoolExecutor(len(self.clients)) as pool:
            list(pool.map(work, self.clients))
        decided = audits // len(self.clients) * len(self.clients)
        figures.per_minute.append(60 * decided / (time.monotonic() - started))

    def _request(self, client: Client) -> Any:
        return client.request(client.quote(self.model))

    def _decided(self, audit_id: int, since: int) -> int:
        """Wait for the decision, and return its block."""
        deadline = time.monotonic() + DECIDED_SECONDS
        while time.monotonic() < deadline:
            head = self.clients[0].session.head().number
            outcome = self._board.audit(audit_id, head).outcome
            if outcome is not Verdict.NONE:
                assert outcome is Verdict.VALUES, f"audit {audit_id} ended as {outcome.name}"
                # anvil can show a block's state a moment before its logs.
                if events := self._board.decided(audit_id, since, head):
                    return int(events[0].block)
            time.sleep(0.05)
        raise TimeoutError(f"audit {audit_id} was not decided within {DECIDED_SECONDS} s")


@contextmanager
def network(engine: str, block_time: float, folder: Path, model: Path) -> Iterator[Network]:
    """Start everything, and stop it in the end."""
    settings = Settings(
        directory=folder / engine,
        engine=engine,  # type: ignore[arg-type]
        port=0,
        block_time=block_time,
        oracles=ORACLES + CLIENTS,  # the last ones never stake: they act as clients
        oracle_tokens=100_000,
    )
    with ExitStack() as stack:
        book = stack.enter_context(up(settings)).book
        members = {name: accounts.unlock(entry) for name, entry in book.accounts.items()}
        oracles = [f"oracle-{number + 1}" for number in range(ORACLES)]
        clients = [f"oracle-{ORACLES + number + 1}" for number in range(CLIENTS)]
        with ThreadPoolExecutor(ORACLES) as pool:
            list(pool.map(lambda name: staking.stake(Session.connect(book, members[name]), 50_000 * UNIT), oracles))
        membership = Membership(Session.connect(book, members["gatekeeper"]))
        for name in clients:
            membership.admit(members[name].address, [Role.CLIENT])
        published = publishing.publish(Session.connect(book, members["supplier"]), model)
        for name in oracles:
            stack.enter_context(oracle(settings.directory / name, name, book.path))
        yield Network([Client(Session.connect(book, members[name])) for name in clients], str(published.model_id))


@contextmanager
def oracle(folder: Path, name: str, book: Path) -> Iterator[None]:
    """Run `assay oracle run` as its own process, and wait until it is ready."""
    folder.mkdir()
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [
                Path(sys.executable).with_name("assay"),
                "oracle",
                "run",
                str(folder),
                "--as",
                name,
                "--network",
                str(book),
                "--metrics-port",
                "0",
            ],
            stdout=log,
            stderr=log,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        ) as process,
    ):
        try:
            _await_ready(folder / "log", process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await_ready(log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for event in map(json.loads, log.read_text().splitlines()):
            if event["event"] == "telemetry.listening" and _ready(event["port"]):
                return
        time.sleep(0.2)
    raise RuntimeError(f"the oracle is not ready; its log is {log}:\n{log.read_text()[-2000:]}")


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2):
            return True
    except (urllib.error.HTTPError, OSError):
        return False


def measure(rounds: int, audits: int, block_time: float) -> dict[str, Figures]:
    """Start a network an engine, and let the engines take turns."""
    figures = {engine: Figures() for engine in ENGINES}
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        folder = Path(name)
        os.environ["ASSAY_HOME"] = str(folder / "home")
        examples.write("digits", folder / "model")
        for round_ in range(rounds):
            for engine in ENGINES:
                with network(engine, block_time, folder / f"round-{round_}", folder / "model") as running:
                    print(f"round {round_ + 1}, {engine}: {audits} audits one at a time", file=sys.stderr)
                    running.latency(audits, figures[engine])
                    print(f"round {round_ + 1}, {engine}: {4 * audits} audits, {CLIENTS} at once", file=sys.stderr)
                    running.throughput(4 * audits, figures[engine])
    return figures


def report(figures: dict[str, Figures]) -> str:
    """A Markdown table: medians, and least to greatest in brackets; the last column is the ratio of the medians."""
    rows = ["| | " + " | ".join(figures) + " | ratio |", "|---|" + "---|" * (len(figures) + 1)]
    for label, name, digits in (
        ("audits per minute", "per_minute", 1),
        ("request to decided, blocks", "blocks", 0),
        ("request to decided, seconds", "seconds", 1),
    ):
        columns = [getattr(figures[engine], name) for engine in figures]
        medians = [statistics.median(column) for column in columns]
        shown = [
            f"{median:.{digits}f} ({min(column):.{digits}f} to {max(column):.{digits}f})"
            for median, column in zip(medians, columns, strict=True)
        ]
        rows.append(f"| {label} | " + " | ".join(shown) + f" | {medians[-1] / medians[0]:.2f} |")
    return "\n".join(rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Audits per minute and request-to-decided latency, by engine.")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each engine (default: 2)")
    parser.add_argument("--audits", type=int, default=5, help="audits one at a time, and a client at once (default: 5)")
    parser.add_argument("--block-time", type=float, default=1.0, help="seconds between blocks (default: 1)")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    chosen = parser.parse_args()
    figures = measure(chosen.rounds, chosen.audits, chosen.block_time)
    print(report(figures))
    if chosen.json:
        chosen.json.write_text(
            json.dumps({engine: asdict(found) for engine, found in figures.items()}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
