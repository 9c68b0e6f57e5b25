"""One verifier against everybody: false tables die whatever was voted, true ones stand, and rows cannot be withheld."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from assay_chain.errors import PeerUnreachable
from assay_chain.session import Session
from assay_chain.wrappers.board import Verdict
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault
from assay_client.catalogue import Published
from assay_client.cli import app
from assay_client.sdk import Client
from assay_client.supplier.fairness import submitting
from assay_client.verifier.fairness import finding
from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1
from assay_oracles.audits.fairness.prove import Secret

from tests.chain.fast import mine_until
from tests.client.conftest import Acting
from tests.client.fairness.conftest import CHOICES, Cli, Posted, Prove, Vote, damaged, finish
from tests.client.fairness.test_auditing import lie

pytestmark = pytest.mark.xdist_group("client-fairness")

COUNTS = (3,) * 8
Forge = Callable[[], submitting.Posting]


@pytest.fixture
def forged(acting: Acting, closed: Published, prove: Prove) -> submitting.Posting:
    """A false table on the board, pending."""
    return submitting.submit(acting("supplier"), lie(acting, prove()), closed)


def wealth(session: Session) -> int:
    """What an account has and is owed."""
    assert session.account is not None
    address, block = session.account.address, session.latest().number
    return Token(session).balance_of(address, block) + Vault(session).owed(address, block)


def announcements(session: Session) -> int:
    """How often anybody announced anything."""
    return len(session.logs(session.contract("FairnessBoard").events.Announced(), 0, session.latest().number))


def test_refute__false_table__is_dead_and_the_refuter_is_paid_a_tenth(
    cli: Cli, acting: Acting, closed: Published, forged: submitting.Posting
) -> None:
    table_id, verifier = forged.header.table_id.hex(), acting("verifier")
    before, bond = wealth(verifier), Disputes(verifier).table_bond(verifier.latest().number)
    said = cli.good("fairness", "refute", table_id)
    assert (said["refuted"], said["mine"], said["fault"]["culprit"]) == (True, True, "supplier")
    # The first fault is the challenge; b of the permutation that the row now claims not to be is cheaper to show.
    assert (said["fault"]["kind"], said["fault"]["row"]) == ("commitment-b", 10)
    assert wealth(verifier) - before == bond // 10
    (listed,) = cli.good("fairness", "board", "--model", closed.model.id)["tables"]
    assert (listed["state"], listed["counts"]) == ("refuted", None)
    assert listed["refuter"] == cli.book.accounts["verifier"].address
    again = cli.good("fairness", "refute", table_id, "--as", "client")
    assert (again["mine"], again["refuter"], again["tx"]) == (False, said["refuter"], said["tx"])
    line = ("audit", "request", closed.model.id, "--kind", "fairness", "--table", table_id)
    assert cli.refused(*line) == (5, "table-refuted", "supplier")


def test_refute__true_table__finds_nothing_and_announces_nothing(cli: Cli, acting: Acting, posted: Posted) -> None:
    before = announcements(acting("verifier"))
    code, said = cli("fairness", "refute", posted["table_id"])
    assert (code, said["refuted"], said["fault"]) == (1, False, None)
    assert announcements(acting("verifier")) == before


def test_refute__interrupted_after_its_announcement__goes_on_without_checking_or_announcing_again(
    cli: Cli, acting: Acting, forged: submitting.Posting, monkeypatch: pytest.MonkeyPatch
) -> None:
    table_id, before = forged.header.table_id.hex(), announcements(acting("verifier"))

    def lost(*_: object) -> None:
        raise PeerUnreachable("gone", code="gone", culprit="chain", hint="try again")

    with monkeypatch.context() as patch:
        patch.setattr(Disputes, "refute", lost)
        assert cli.refused("fairness", "refute", table_id) == (4, "gone", "chain")
    monkeypatch.setattr(finding, "examine", lost)
    assert cli.good("fairness", "refute", table_id)["mine"]
    assert announcements(acting("verifier")) == before + 1


def test_refute__table_that_all_oracles_verified__overturns_the_audit_and_slashes_them(
    cli: Cli, acting: Acting, client: Client, closed: Published, forged: submitting.Posting, decide: Vote
) -> None:
    paying, vault = acting("client"), Vault(client.session)
    before = wealth(paying)
    voters = {cli.book.accounts[f"oracle-{number}"].address for number in (1, 2, 3)}

    def stakes() -> list[int]:
        seats = vault.all_seats(client.session.latest().number)
        return [seat.free + seat.locked for seat in seats if seat.operator in voters]

    full = stakes()
    audit_id = decide(Verdict.VALUES, (*forged.footer.counts, 12345), settle=False)
    cli.good("fairness", "refute", forged.header.table_id.hex())
    status = finish(client, audit_id)
    assert status.stage.value == "overturned"
    assert wealth(paying) == before, "the client is refunded in full"
    assert len(full) == len(voters)
    assert all(now < then for now, then in zip(stakes(), full, strict=True)), "every oracle lost its bond"
    assert cli("audit", "wait", audit_id)[0] == 1
    code, metrics = cli("metrics", closed.model.id)
    assert (code, metrics["metrics"], metrics["table"]["refuted"]) == (1, {}, True)
    assert metrics["table"]["counts"] is None
    code, found = cli("fairness", "audit", forged.header.table_id.hex())
    assert (code, found["tables"][0]["valid"], found["tables"][0]["state"]) == (1, False, "refuted")


def test_refute__key_of_an_earlier_table__is_shown_from_both(
    cli: Cli, closed: Published, acting: Acting, prove: Prove, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed, tables = Secret(secrets.token_bytes(32), Secp256k1().order), []
    with monkeypatch.context() as patch:
        patch.setattr(Secret, "fresh", lambda params: fixed)
        for ledger in ("one", "two"):
            tables.append(prove(CHOICES[:6], "--state", tmp_path / ledger))
    first, last = (submitting.submit(acting("supplier"), each, closed).header.table_id.hex() for each in tables)
    said = cli.good("fairness", "refute", last)
    assert (said["fault"]["kind"], said["earlier_table"]) == ("duplicate", first)
    assert cli("fairness", "refute", first)[0] == 1, "the first one used nothing again"


def test_rebut__oracles_who_condemned_a_true_table__are_overturned_and_the_table_stands(
    cli: Cli, acting: Acting, client: Client, posted: Posted, decide: Vote
) -> None:
    before = wealth(acting("client"))
    audit_id = decide(Verdict.INVALID, (3, 10, 0), settle=False)
    assert cli.good("fairness", "rebut", audit_id)["rebutted"]
    assert finish(client, audit_id).stage.value == "overturned"
    assert wealth(acting("client")) == before
    (listed,) = [each for each in cli.good("fairness", "board")["tables"] if each["table_id"] == posted["table_id"]]
    assert listed["state"] == "pending"
    code, metrics = cli("metrics", posted["model_id"], "--audit", audit_id)
    assert (code, metrics["table"]["rebutted"]) == (2, True)
    assert cli.refused("fairness", "rebut", audit_id) == (5, "not-rebuttable", "local")


def test_rebut__oracles_who_are_right__is_refused(
    cli: Cli, client: Client, forged: submitting.Posting, decide: Vote
) -> None:
    audit_id = decide(Verdict.INVALID, (3, 10, 0), settle=False)
    assert cli("fairness", "rebut", audit_id)[0] == 1
    assert finish(client, audit_id).stage.value == "final"


def test_demand__row_is_shown__its_bond_goes_to_who_showed_it(cli: Cli, acting: Acting, posted: Posted) -> None:
    supplier, verifier = acting("supplier"), acting("verifier")
    before, bond = (wealth(supplier), wealth(verifier)), Disputes(verifier).demand_bond(verifier.latest().number)
    code, said = cli("fairness", "demand", posted["table_id"], 7)
    assert (code, said["state"]) == (2, "awaited")
    (answer,) = cli.good("fairness", "answer")["answers"]
    assert (answer["table_id"], answer["row"], answer["error"]) == (posted["table_id"], 7, None)
    assert cli.good("fairness", "answer")["answers"] == []
    assert cli.good("fairness", "demand", posted["table_id"], 7)["state"] == "answered"
    assert (wealth(supplier) - before[0], wealth(verifier) - before[1]) == (bond, -bond)


def test_answer__store_has_lost_the_file__a_copy_on_this_machine_will_do(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    folder = prove()
    posted = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    cli("fairness", "demand", posted["table_id"], 24)
    with damaged(posted["uri"]):
        code, said = cli("fairness", "answer")
        assert (code, said["answers"][0]["error"]["culprit"]) == (4, "supplier")
        assert cli.good("fairness", "answer", folder)["answers"][0]["row"] == 24


def test_demand__row_that_the_table_does_not_have__is_no_row(cli: Cli, posted: Posted) -> None:
    assert cli.refused("fairness", "demand", posted["table_id"], len(CHOICES) + 1) == (3, "no-such-row", "local")


def test_demand__row_is_withheld__the_table_dies_and_the_bond_comes_back(
    cli: Cli, acting: Acting, posted: Posted
) -> None:
    verifier = acting("verifier")
    disputes, start = Disputes(verifier), verifier.latest().number
    before, bond = wealth(verifier), disputes.table_bond(start)

    def let_the_time_run_out() -> None:
        table_id, patience = bytes.fromhex(posted["table_id"]), time.monotonic() + 60
        while not (asked := disputes.demanded(start, verifier.latest().number, table_id=table_id)):
            assert time.monotonic() < patience, "nobody asked"
            time.sleep(0.1)
        mine_until(verifier, asked[0].deadline + 1)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(let_the_time_run_out)
        code, said = cli("fairness", "demand", posted["table_id"], 7, "--wait")
        assert (code, said["state"]) == (1, "refuted")
        waiting.result()
    assert wealth(verifier) - before == bond // 10
    shown = cli.good("fairness", "refute", posted["table_id"])
    assert (shown["fault"]["kind"], shown["fault"]["row"], shown["mine"]) == ("withheld", 7, True)


def test_retire__table_of_the_supplier__cannot_be_audited_any_more(cli: Cli, closed: Published, posted: Posted) -> None:
    code, said = cli("fairness", "retire", posted["table_id"])
    assert (code, said["bonded"]) == (2, True)
    line = ("audit", "request", closed.model.id, "--kind", "fairness", "--table", posted["table_id"])
    assert cli.refused(*line) == (5, "table-retired", "supplier")


def test_retire__listed_table__is_said_to_be_retired_by_both_commands(
    cli: Cli, closed: Published, posted: Posted, capsys: pytest.CaptureFixture[str]
) -> None:
    listing, network = ("fairness", "board", "--model", str(closed.model.id)), ("--network", str(cli.book.path))
    assert cli.good(*listing)["tables"][0]["retired"] is False
    assert app.run(["fairness", "retire", posted["table_id"], *network]) == 2
    assert capsys.readouterr().out.startswith("The table is retired, and cannot be audited any more. Its bond is due")
    (listed,) = cli.good(*listing)["tables"]
    assert (listed["state"], listed["retired"]) == ("pending", True)
    assert app.run([*listing, *network]) == 0
    assert "\n  pending, retired; model" in capsys.readouterr().out
