"""The verifier that nobody attends, on whatever suppliers and oracles leave it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from assay_chain.errors import PeerUnreachable
from assay_chain.wrappers.board import Verdict
from assay_chain.wrappers.disputes import Disputes
from assay_client.catalogue import Published
from assay_client.cli import app
from assay_client.sdk import Client
from assay_client.supplier.fairness import submitting
from assay_client.verifier import attending, watcher
from assay_client.verifier.fairness import finding

from tests.chain.fast import mine_until
from tests.client.conftest import Acting
from tests.client.fairness.conftest import Cli, Posted, Prove, Vote, damaged, finish
from tests.client.fairness.test_auditing import lie

# Apart from the rest of the room, whose tables would all have to be checked here.
pytestmark = pytest.mark.xdist_group("client-watching")


@pytest.fixture(scope="module")
def verifier_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("verifier")


@pytest.fixture(autouse=True)
def fresh_home(verifier_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One verifier for all tests: it does not check again the tables that earlier ones left."""
    monkeypatch.setenv("ASSAY_HOME", str(verifier_home))


@dataclass(frozen=True)
class Watched:
    """What one round of the watcher did."""

    code: int
    tally: dict[str, int]
    log: list[dict[str, Any]]

    def about(self, table_id: str) -> list[str]:
        """Names of what was logged about a table, in order."""
        return [entry["event"] for entry in self.log if table_id in (entry.get("table"), entry.get("about"))]


def watch(cli: Cli, *options: Any) -> Watched:
    out, err = io.StringIO(), io.StringIO()
    for module in (attending, watcher):
        module._log = structlog.get_logger()  # type: ignore[attr-defined]  # the old one keeps to the old stderr
    with redirect_stdout(out), redirect_stderr(err):
        line = ["verifier", "watch", "--once", *map(str, options), "--network", str(cli.book.path), "--json"]
        code = app.run(line)
    log = [json.loads(line) for line in err.getvalue().splitlines()]
    return Watched(code, json.loads(out.getvalue()), log)


def state_of(cli: Cli, table_id: str) -> str:
    (found,) = [each for each in cli.good("fairness", "board")["tables"] if each["table_id"] == table_id]
    return str(found["state"])


def test_watch__a_true_and_a_false_table__leaves_the_one_and_refutes_the_other_unasked(
    cli: Cli, acting: Acting, closed: Published, posted: Posted, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    false = submitting.submit(acting("supplier"), lie(acting, prove()), closed).header.table_id.hex()
    seen = watch(cli, "--no-demand")
    assert seen.about(posted["table_id"]) == ["table.holds"]
    assert seen.about(false)[0] == "table.false"
    assert seen.about(false)[-1] == "table.refuted"
    assert 0 < seen.tally["refuted"] < seen.tally["tables"]
    assert (state_of(cli, posted["table_id"]), state_of(cli, false)) == ("pending", "refuted")
    monkeypatch.setattr(finding, "examine", None)
    again = watch(cli, "--no-demand")
    assert again.about(posted["table_id"]) == [], "what was found is not looked for again"
    assert again.tally | {"left": 0} == seen.tally | {"refuted": 0, "rebutted": 0, "left": 0}


def test_watch__killed_between_announcement_and_refutation__goes_on_when_started_again(
    cli: Cli, acting: Acting, closed: Published, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    false = submitting.submit(acting("supplier"), lie(acting, prove()), closed).header.table_id.hex()

    def gone(*_: object) -> None:
        raise PeerUnreachable("gone", code="gone", culprit="chain")

    with monkeypatch.context() as patch:
        patch.setattr(Disputes, "refute", gone)
        assert watch(cli, "--no-demand").code == 2
    assert state_of(cli, false) == "pending"
    monkeypatch.setattr(finding, "examine", None)  # nothing is checked again
    monkeypatch.setattr(Disputes, "announce", None)  # nor announced
    watch(cli, "--no-demand")
    assert state_of(cli, false) == "refuted"


def test_watch__file_is_lost__demands_one_row_and_refutes_the_table_that_nobody_shows(
    cli: Cli, acting: Acting, closed: Published, prove: Prove
) -> None:
    posted = cli.good("fairness", "publish", prove(), "--model", closed.model.id)
    session = acting("verifier")
    disputes, table_id = Disputes(session), bytes.fromhex(posted["table_id"])
    with damaged(posted["uri"]):
        assert "row.demanded" not in watch(cli, "--patience", 100_000).about(posted["table_id"])
        assert "row.demanded" not in watch(cli, "--patience", 0, "--no-demand").about(posted["table_id"])
        seen = watch(cli, "--patience", 0)
        assert (seen.code, "row.demanded" in seen.about(posted["table_id"])) == (2, True)
        early = watch(cli, "--patience", 0).about(posted["table_id"])
        (asked,) = disputes.demanded(0, session.latest().number, table_id=table_id)
        mine_until(session, asked.deadline + 1)
        # On a slow machine the deadline has passed at the second look already.
        assert "row.withheld" in early + watch(cli, "--patience", 0).about(posted["table_id"])
        assert watch(cli).about(posted["table_id"]) == ["table.refuted"]
    assert state_of(cli, posted["table_id"]) == "refuted"
    assert disputes.demand_of(table_id, asked.row, session.latest().number).demander is None


def test_watch__oracles_condemn_a_true_table__rebuts_them(
    cli: Cli, client: Client, posted: Posted, decide: Vote
) -> None:
    audit_id = decide(Verdict.INVALID, (6, 1, 0), settle=False)  # a check of row 1 that does not exist
    seen = watch(cli, "--no-demand")
    assert {"audit.rebutted"} == {entry["event"] for entry in seen.log if entry.get("audit") == audit_id}
    assert 0 < seen.tally["rebutted"] <= seen.tally["audits"]
    assert finish(client, audit_id).stage.value == "overturned"


def test_watch__one_table_that_breaks_us__does_not_keep_the_others_from_being_checked(
    cli: Cli, acting: Acting, closed: Published, posted: Posted, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    false = submitting.submit(acting("supplier"), lie(acting, prove()), closed).header.table_id.hex()
    honest = attending.find

    def find(session: Any, table: Any, *rest: Any) -> Any:
        if table.table.id.hex() == posted["table_id"]:
            raise ZeroDivisionError("a bug of ours")
        return honest(session, table, *rest)

    monkeypatch.setattr(attending, "find", find)
    seen = watch(cli, "--no-demand")
    assert "bug" in {entry["event"] for entry in seen.log}
    assert state_of(cli, false) == "refuted"


def test_watch__told_to_stop__ends_in_order(cli: Cli, posted: Posted) -> None:
    line = [sys.executable, "-m", "assay_client.cli", "verifier", "watch", "--network", str(cli.book.path)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if posted["table_id"] in line)
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(30) == 0
    assert json.loads(told)["event"] == "table.holds"
    assert "verifier.stopped" in rest
    assert "Traceback" not in rest
