"""A roster that colludes is overturned: three honest oracle processes, added on appeal, and the real command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_chain.lanes import pack
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.vault import Vault
from assay_client.accounts import choose
from assay_oracles.protocol.commitment import commitment

from tests.e2e.harness import Done, good, here
from tests.oracles.node.harness import Oracle, eventually

pytestmark = pytest.mark.xdist_group("appeal")
ORACLES = tuple(f"oracle-{number}" for number in range(1, 6))
ROSTER = 2
FEE = 10


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    """Five staked oracles, and a policy that draws two of them."""
    folder = tmp_path_factory.mktemp("appeal")
    with up(Settings(directory=folder / "network", port=0, block_time=0.2)) as running:
        standard = resources.files("assay_chain.policies") / "standard" / "whitebox-2-dev.json"
        policy = json.loads(standard.read_text())
        policy["name"] = "two"
        policy["terms"] |= {"min_roster": ROSTER, "max_roster": ROSTER, "dispute": {"blocks": 40}}
        policy["terms"] |= {"commit": {"blocks": 240}, "reveal": {"blocks": 120}}  # over as soon as all have acted
        (folder / "policy.json").write_text(json.dumps(policy))
        good(running.book, "policy", "add", str(folder / "policy.json"))
        for name in ORACLES:
            good(running.book, "oracle", "stake", "500", "--as", name)
        yield running.book


@pytest.fixture(scope="module")
def requested(book: AddressBook, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A paid audit of the example on tabular data."""
    model = tmp_path_factory.mktemp("models") / "cancer"
    good(None, "supplier", "init", str(model), "--example", "breast-cancer")
    good(book, "supplier", "publish", str(model))
    return good(book, "audit", "request", "breast-cancer", "--policy", "two")


@pytest.fixture(scope="module")
def drawn(book: AddressBook, requested: Any) -> list[str]:
    """The oracles of the first roster."""
    names = {entry.address: name for name, entry in book.accounts.items()}
    votes = good(book, "audit", "votes", str(requested["audit_id"]))["votes"]
    return [names[vote["oracle"]] for vote in votes]


@pytest.fixture(scope="module")
def honest(book: AddressBook, drawn: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Oracle]]:
    """The others, running: the audit is none of theirs."""
    settings = {"margin_seconds": 15}
    running = [
        Oracle(book, name, tmp_path_factory.mktemp(name), settings).start() for name in ORACLES if name not in drawn
    ]
    yield running
    for oracle in running:
        oracle.kill()


@pytest.fixture(scope="module")
def appealed(book: AddressBook, requested: Any, drawn: Sequence[str], honest: Sequence[Oracle]) -> Any:
    """The drawn ones report a perfect model, and it is decided; a client appeals."""
    audit_id = requested["audit_id"]
    for oracle in honest:
        oracle.wait_for("audit.left", audit_id=audit_id)
    collude(book, audit_id, drawn)
    good(book, "audit", "settle", str(audit_id))
    provisional = here(book, "metrics", "breast-cancer", "--audit", str(audit_id))
    assert (provisional.code, provisional.out["state"], provisional.out["appeal"]) == (2, "provisional", None)
    assert provisional.out["metrics"]["accuracy"]["value"] == 1
    poor = here(book, "audit", "appeal", str(audit_id), "--as", "gatekeeper")
    assert (poor.code, poor.error["code"]) == (5, "insufficient-funds")
    return good(book, "audit", "appeal", str(audit_id))


@pytest.fixture(scope="module")
def ended(book: AddressBook, requested: Any, appealed: Any) -> Done:
    """Those added vote, close and settle without anybody's help."""
    done = here(book, "audit", "wait", str(requested["audit_id"]), "--timeout", "90")
    assert done.code == 0, (done.out, done.err)
    return done


def collude(book: AddressBook, audit_id: int, names: Sequence[str]) -> None:
    """Commit and reveal the same invention."""
    salt = evidence = bytes(32)
    boards = [Board(Session.connect(book, choose(book, name, None, None, name))) for name in names]
    lanes = invented(book)
    for board, name in zip(boards, names, strict=True):
        vote = (book.accounts[name].address, Verdict.VALUES, pack(lanes), evidence, salt)
        board.commit(audit_id, commitment(book.chain_id, board.address, audit_id, *vote))
    for board, name in zip(boards, names, strict=True):
        board.reveal(audit_id, book.accounts[name].address, Verdict.VALUES, lanes, evidence, salt)


def invented(book: AddressBook) -> tuple[int, ...]:
    """The lanes of a model without mistakes."""
    session = Session.connect(book)
    policy = Policies(session).by_name("two", session.head().number)
    assert policy is not None
    counted = {f"{kind}_{label}": 57 for kind in ("support", "predicted", "correct") for label in (0, 1)}
    lanes = {**counted, "robust_correct": 114, "overlap": 1, "sketch_0": 2**31, "sketch_1": 2**31}
    return tuple(lanes.get(lane.name, 0) for lane in policy.lanes)


def test_appeal__colluding_roster__its_decision_is_replaced_by_the_truth(book: AddressBook, ended: Done) -> None:
    assert (ended.out["phase"], ended.out["outcome"], ended.out["appeal"]) == ("overturned", "values", "replaced")
    assert (ended.out["roster"], len(ended.out["added"])) == (5, 3)
    metrics = here(book, "metrics", "breast-cancer")
    assert (metrics.code, metrics.out["state"], metrics.out["appeal"]) == (0, "final", "replaced")
    assert 0.9 < metrics.out["metrics"]["accuracy"]["value"] < 1
    assert {claim["state"] for claim in metrics.out["claims"]} == {"kept"}


def test_appeal__colluding_roster__is_slashed_and_those_added_are_paid(
    book: AddressBook, requested: Any, drawn: Sequence[str], ended: Done
) -> None:
    names = {entry.address: name for name, entry in book.accounts.items()}
    votes = good(book, "audit", "votes", str(requested["audit_id"]))["votes"]
    assert [(names[vote["oracle"]], vote["standing"], vote["joined"]) for vote in votes[:ROSTER]] == [
        (name, "slashed", "draw") for name in drawn
    ]
    assert {(vote["standing"], vote["joined"]) for vote in votes[ROSTER:]} == {("paid", "appeal")}
    status = {name: good(book, "oracle", "status", name) for name in ORACLES}
    assert {float(status[name]["free"]) for name in drawn} == {400}
    assert {float(status[name]["free"]) for name in set(ORACLES) - set(drawn)} == {500 + FEE}


def test_appeal__won__appellant_and_client_have_everything_back(
    book: AddressBook, requested: Any, appealed: Any, ended: Done
) -> None:
    assert (float(requested["cost"]), float(appealed["deposit"])) == (2 * FEE, 3 * FEE)
    assert float(good(book, "withdraw")["amount"]) == 5 * FEE


def test_appeal__after_the_end__vault_holds_stakes_and_debts_and_nothing_else(book: AddressBook, ended: Done) -> None:
    session = Session.connect(book)
    vault, block = Vault(session), session.head().number
    assert vault.escrowed(block) == vault.bonded(block)


def test_report__of_an_appealed_audit__holds_without_the_chain(
    book: AddressBook, requested: Any, ended: Done, tmp_path: Path
) -> None:
    report = str(tmp_path / "report.json")
    good(book, "audit", "report", str(requested["audit_id"]), "--out", report)
    done = here(None, "audit", "verify-report", report)
    assert {check["name"]: check["state"] for check in done.out["checks"] if check["state"] == "false"} == {}, done.out
    assert {check["name"] for check in done.out["checks"] if check["state"] == "holds"} >= {"outcome", "money", "votes"}


def test_appeal__again__refused_with_the_reason(book: AddressBook, requested: Any, ended: Done) -> None:
    refused = here(book, "audit", "appeal", str(requested["audit_id"]))
    assert (refused.code, refused.error["culprit"]) == (5, "local")
    assert "overturned" in refused.error["message"].lower()
    unknown = here(book, "audit", "appeal", "99")
    assert (unknown.code, unknown.error["code"]) == (3, "unknown-audit")


def test_nodes__added__logged_the_appeal_and_voted_once(honest: Sequence[Oracle], ended: Done) -> None:
    for oracle in honest:
        assert eventually(lambda oracle=oracle: oracle.seen("audit.appealed"), 10, "the appeal was seen")
        assert len(oracle.seen("vote.journaled")) == 1
        assert not oracle.seen("transaction.reverted")
