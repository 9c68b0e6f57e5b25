"""A supplier with a closed model and tables on the board; three staked oracles whose votes the tests cast."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from assay_chain import keystore
from assay_chain.addressbook import AddressBook
from assay_chain.lanes import pack
from assay_chain.session import Session
from assay_chain.store.reading import local_path
from assay_chain.wrappers.board import Board, Verdict
from assay_client.catalogue import Published
from assay_client.cli import app
from assay_client.sdk import Client
from assay_client.supplier import publishing
from assay_client.watching import Status
from assay_oracles.protocol.commitment import commitment

from tests.chain.fast import mine_until
from tests.client.conftest import Acting

CLAIMS = [
    {"metric": "demographic_parity_difference", "op": "<=", "bound": 0.9, "tolerance": 0},
    {"metric": "equal_opportunity_difference", "op": "<=", "bound": 0.001, "tolerance": 0},
]
CHOICES = [0, 4, 1, 5, 2, 6, 3, 7] * 3
_names = count(1)


@pytest.fixture(autouse=True)
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees another one's ledger, cache or pending requests."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))


class Cli:
    """The command on one network: its exit code and its one object."""

    def __init__(self, book: AddressBook) -> None:
        self.book = book

    def __call__(self, *words: Any, network: Path | None = None) -> tuple[int, dict[str, Any]]:
        out, err = io.StringIO(), io.StringIO()
        line = [*map(str, words), "--network", str(network or self.book.path), "--json"]
        with redirect_stdout(out), redirect_stderr(err):
            code = app.run(line)
        assert "Traceback" not in err.getvalue()
        return code, json.loads(out.getvalue())

    def good(self, *words: Any) -> dict[str, Any]:
        """Run a command that must succeed."""
        code, said = self(*words)
        assert code == 0, said
        return said

    def refused(self, *words: Any, network: Path | None = None) -> tuple[int, str, str]:
        """Run a command that must fail: its exit code, the error's code and culprit; every error says what to do."""
        code, said = self(*words, network=network)
        error = said["error"]
        assert error["message"]
        assert error["hint"]
        return code, error["code"], error["culprit"]


@pytest.fixture
def cli(book: AddressBook, staked: None) -> Cli:
    return Cli(book)


@pytest.fixture
def closed(acting: Acting, tmp_path: Path) -> Published:
    """A closed model of the supplier's, new for every test."""
    folder = tmp_path / "model"
    folder.mkdir()
    document = {"schema": "assay/manifest/1", "name": f"closed-{next(_names)}", "version": "1", "claims": CLAIMS}
    (folder / "model.json").write_text(json.dumps(document))
    session = acting("supplier")
    found = publishing.publish(session, folder)
    return Client(session).model(found.model_id)


Prove = Callable[..., Path]


@pytest.fixture
def prove(cli: Cli, closed: Published, tmp_path: Path) -> Prove:
    """Prove rows with these permutations for the model; a folder with the table. Every call has new rows."""
    serial = count()

    def prove(choices: Sequence[int] = CHOICES, *options: Any, model: Any = None) -> Path:
        out = tmp_path / f"table-{next(serial)}"
        rows = tmp_path / f"{out.name}.csv"
        lines = [f"{out.name}-{i},{k // 4},{k // 2 % 2},{k % 2}" for i, k in enumerate(choices)]
        rows.write_text("\n".join(["id,group,label,predicted", *lines]) + "\n")
        columns = ("--protected", "group", "--actual", "label", "--predicted", "predicted", "--row-id", "id")
        target = () if "--keystore" in options else ("--model", model or closed.model.id)
        cli.good("fairness", "prove", rows, *columns, *target, "--out", out, *options)
        return out

    return prove


Posted = dict[str, Any]


@pytest.fixture
def posted(cli: Cli, closed: Published, prove: Prove) -> Posted:
    """A true table on the board, pending."""
    return cli.good("fairness", "publish", prove(), "--model", closed.model.id)


@contextmanager
def damaged(uri: str, data: bytes | None = None) -> Iterator[None]:
    """The store has lost a file, or has other bytes in its place; other tests need it again afterwards."""
    path = local_path(uri, "local")
    right = path.read_bytes()
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(right)


Vote = Callable[..., int]


@pytest.fixture
def decide(cli: Cli, closed: Published, acting: Acting, client: Client) -> Vote:
    """Pay for an audit of the newest table, cast all three votes, and settle unless told not to; the audit's number."""

    def decide(
        verdict: Verdict, lanes: Sequence[int] = (), *options: Any, model: Any = None, settle: bool = True
    ) -> int:
        sessions = [acting(f"oracle-{number}") for number in (1, 2, 3)]
        paid = cli.good("audit", "request", model or closed.model.id, "--kind", "fairness", *options)
        audit_id = int(paid["audit_id"])
        salt = evidence = bytes(32)

        def commit(session: Session) -> None:
            assert session.account
            board, voter = Board(session), session.account.address
            sealed = commitment(cli.book.chain_id, board.address, audit_id, voter, verdict, pack(lanes), evidence, salt)
            board.commit(audit_id, sealed)

        def reveal(session: Session) -> None:
            assert session.account
            Board(session).reveal(audit_id, session.account.address, verdict, lanes, evidence, salt)

        with ThreadPoolExecutor(len(sessions)) as pool:  # side by side, for phases are short
            for act in (commit, reveal):
                list(pool.map(act, sessions))
        client.settle(audit_id)
        if settle:
            finish(client, audit_id)
        return audit_id

    return decide


def finish(client: Client, audit_id: int) -> Status:
    """Settle a decided audit once its dispute window is over."""
    status = client.status(audit_id)
    mine_until(client.session, status.deadline_block or 0)
    while not status.ended:
        status = client.settle(audit_id)
    return status


@pytest.fixture(scope="session")
def stranger_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A keystore and its password file of nobody in particular."""
    folder = tmp_path_factory.mktemp("stranger")
    path, password = folder / "key.json", folder / "password"
    password.write_text("correct horse\n")
    keystore.create(path, "correct horse", work=1 << 10)
    return path, password
