"""Real oracle processes on a real chain: starting, watching, killing them, and standing between them and the chain."""

import json
import secrets
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from assay_chain import keystore
from assay_chain.addressbook import AccountEntry, AddressBook
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Phase, Request
from assay_chain.wrappers.token import Permit, Token
from assay_chain.wrappers.vault import Vault
from eth_utils.crypto import keccak

RUN = """
import json, sys
from pathlib import Path
from assay_oracles.node.config import Limits, NodeConfig
from assay_oracles.node.daemon import run
settings = json.loads(sys.argv[1])
for name in ("network", "keystore", "password_file", "data_dir"):
    settings[name] = Path(settings[name])
settings["limits"] = Limits(**settings.pop("limits", {}))
run(NodeConfig(**settings))
"""
UNIT = 10**18


def acting(book: AddressBook, entry: AccountEntry) -> Session:
    """A session that acts as a development account."""
    assert entry.keystore is not None
    assert entry.password_file is not None
    return Session.connect(book, keystore.load_account(entry.keystore, keystore.read_password(entry.password_file)))


def stake(book: AddressBook, name: str, tokens: int = 500) -> int:
    """Give an oracle an active seat; returns its index."""
    session = acting(book, book.accounts[name])
    vault, token, latest = Vault(session), Token(session), session.latest()
    assert session.account is not None
    permit = token.sign_permit(session.account, vault.address, tokens * UNIT, latest.timestamp + 3600)
    vault.stake(tokens * UNIT, permit)
    seat = vault.seat_of(session.account.address, session.latest().number)
    assert seat is not None
    return seat


def request(
    book: AddressBook, model_id: int, policy_id: int, *, test_set: bytes = bytes(32), uri: str = "", open_: bool = True
) -> int:
    """Pay for an audit as the development client, and open it; returns its number."""
    session = acting(book, book.accounts["client"])
    board, token = Board(session), Token(session)
    token.approve(session.contract("Vault").address, 1000 * UNIT)
    secret = secrets.token_bytes(32)
    asked = Request(model_id, policy_id, keccak(secret), 1000 * UNIT, test_set, uri)
    audit_id, _ = board.request(asked, Permit.none())
    if open_:
        board.open(audit_id, secret)
    return audit_id


def audit(book: AddressBook, audit_id: int) -> Audit:
    """The audit now."""
    session = Session.connect(book)
    return Board(session).audit(audit_id, session.latest().number)


def wait_for_phase(book: AddressBook, audit_id: int, *phases: Phase, timeout: float = 60) -> Audit:
    """The audit as soon as it is in one of the phases."""
    session = Session.connect(book)
    board = Board(session)

    def look() -> Audit | None:
        found = board.audit(audit_id, session.latest().number)
        return found if found.phase in phases else None

    return eventually(look, timeout, f"audit {audit_id} in {phases}")


def eventually(look: Callable[[], Any], timeout: float, what: str) -> Any:
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {timeout} s: {what}")


@dataclass
class Oracle:
    """One oracle: a process that can be started, killed and started again in the same data directory."""

    book: AddressBook
    name: str
    data_dir: Path
    settings: dict[str, Any] = field(default_factory=dict)
    program: str = RUN
    events: list[dict[str, Any]] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    _run: int = 0
    _listener: threading.Thread | None = None

    @property
    def address(self) -> str:
        """The oracle's account."""
        return self.book.accounts[self.name].address

    def start(self, kill_at: Mapping[str, Any] | None = None) -> "Oracle":
        """Start the process; SIGKILL it as soon as it logs an event with these fields."""
        entry = self.book.accounts[self.name]
        settings = {
            "network": str(self.book.path),
            "keystore": str(entry.keystore),
            "password_file": str(entry.password_file),
            "data_dir": str(self.data_dir),
            "metrics_port": 0,
            "poll_seconds": 0.2,
            **self.settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.program, json.dumps(settings)], stderr=subprocess.PIPE, text=True
        )
        if self._listener is not None:
            self._listener.join()
        self._run = len(self.events)
        self._listener = threading.Thread(target=self._listen, args=(self.process, kill_at), daemon=True)
        self._listener.start()
        return self

    def _listen(self, process: subprocess.Popen[str], kill_at: Mapping[str, Any] | None) -> None:
        assert process.stderr is not None
        log = (self.data_dir / "node.log").open("a")
        for line in process.stderr:
            log.write(line)
            log.flush()
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": "not-json", "text": line}
            if kill_at is not None and kill_at.items() <= event.items():
                process.kill()
            self.events.append(event)

    def seen(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """Every such event that the present run of the process has logged so far."""
        wanted = {"event": event, **fields}
        return [logged for logged in self.events[self._run :] if wanted.items() <= logged.items()]

    def wait_for(self, event: str, *, timeout: float = 30, **fields: Any) -> dict[str, Any]:
        """The first such event."""
        found: list[dict[str, Any]] = eventually(
            lambda: self.seen(event, **fields),
            timeout,
            f"{self.name} logs {event} {fields}; it said {self.events[-5:]}",
        )
        return found[0]

    def wait_for_death(self, timeout: float = 60) -> int:
        """The exit code; negative for a signal."""
        assert self.process is not None
        return self.process.wait(timeout)

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.wait_for_death(20)

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the newest run's telemetry endpoint: status, and JSON or text."""
        (listening,) = eventually(
            lambda: self.seen("telemetry.listening"),
            20,
            f"{self.name} listens; its log is {self.data_dir}/node.log",
        )
        port = listening["port"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                status, body = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read().decode()
        return status, json.loads(body) if path != "/metrics" else body

    def execute(self, statement: str, *values: Any) -> list[Any]:
        """Read or change the journal behind the node's back."""
        with sqlite3.connect(self.data_dir / "journal.sqlite") as db:
            return db.execute(statement, values).fetchall()


class Wire:
    """A proxy between a node and its chain that can cut the wire, or call back around each request."""

    def __init__(self, target: str) -> None:
        """Forward to `target`."""
        self.down = False
        self.before: Callable[[str, Any], None]
        self.after: Callable[[str, Any], None]
        self.reset()
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(body)
                method, params = ("batch", asked) if isinstance(asked, list) else (asked["method"], asked["params"])
                if wire.down:
                    self.close_connection = True
                    return
                wire.before(method, params)
                forwarded = urllib.request.Request(target, body, {"Content-Type": "application/json"})
                with urllib.request.urlopen(forwarded, timeout=30) as response:
                    answer = response.read()
                wire.after(method, params)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (OSError, urllib.error.URLError):  # the killed node is gone
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        """Forget the callbacks."""
        self.before = self.after = lambda method, params: None

    def close(self) -> None:
        """Stop forwarding."""
        self._server.shutdown()
        self._server.server_close()
