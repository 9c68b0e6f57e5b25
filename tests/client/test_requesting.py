"""Paying for an audit: nothing is lost whenever the client crashes, and nothing is paid that was not agreed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from assay_chain import addressbook
from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT
from assay_chain.errors import MalformedInput, Refused, Reverted, Unconfirmed, Usage
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault
from assay_client.cli import app
from assay_client.requesting import Requester
from assay_client.sdk import Client
from assay_client.supplier.publishing import Publication
from assay_oracles.protocol.round import OPEN_WINDOW, Stage
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tests.chain.fast import mine_until
from tests.client.conftest import Acting

pytestmark = pytest.mark.xdist_group("client")


@pytest.fixture(autouse=True)
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees another one's pending requests."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))


def secrets_on_disk() -> list[Path]:
    return sorted(addressbook.home().glob("requests/*/*.json"))


def balance(client: Client) -> int:
    assert client.session.account is not None
    return Token(client.session).balance_of(client.session.account.address, client.session.head().number)


def newcomer(acting: Acting, book: AddressBook, *, admitted: bool, tokens: int) -> Client:
    """A client that the devnet did not make."""
    account: LocalAccount = Account.create()
    if admitted:
        Membership(acting("gatekeeper")).admit(account.address, [Role.CLIENT])
    if tokens:
        Token(acting("treasury")).mint(account.address, tokens)
    return Client(Session.connect(book, account))


def test_quote__before_paying__tells_the_cost_and_sends_nothing(client: Client) -> None:
    before = balance(client)
    offer = client.quote("breast-cancer")
    assert (offer.fee, offer.roster_size, offer.policy.name) == (30 * UNIT, 3, "whitebox-2-dev")
    assert balance(client) == before
    assert secrets_on_disk() == []


def test_request__paid__is_open_and_its_secret_is_gone(client: Client) -> None:
    before = balance(client)
    receipt = client.request(client.quote("breast-cancer"))
    assert client.status(receipt.audit_id).stage is Stage.COMMITTING
    assert before - balance(client) == receipt.cost == 30 * UNIT
    assert secrets_on_disk() == []


def test_request__crash_before_open__the_next_command_opens(client: Client) -> None:
    requester = Requester(client.session)
    offer = client.quote("breast-cancer")
    receipt = requester.pay(offer, offer.fee, None)  # and here the process dies
    assert client.status(receipt.audit_id).stage is Stage.REQUESTED
    assert len(secrets_on_disk()) == 1
    assert client.open() == [receipt.audit_id]
    assert client.status(receipt.audit_id).stage is Stage.COMMITTING
    assert client.open() == []


def test_request__crash_after_sending__is_found_on_the_chain_and_opened(client: Client, book: AddressBook) -> None:
    hasty = Client(Session.connect(book, client.session.account, receipt_seconds=0.0))
    offer = hasty.quote("breast-cancer")
    for _ in range(10):  # a block may be faster than the first look for the receipt
        client.open()
        try:
            Requester(hasty.session).pay(offer, offer.fee, None)
        except Unconfirmed:
            break  # the request is sent, and the client leaves without knowing its number
    assert len(secrets_on_disk()) == 1
    mine_until(client.session, client.session.latest().number + 2)
    (audit_id,) = client.open()
    assert client.status(audit_id).stage is Stage.COMMITTING
    assert secrets_on_disk() == []


def test_request__opened_by_another_run_meanwhile__is_no_failure(client: Client) -> None:
    requester = Requester(client.session)
    offer = client.quote("breast-cancer")
    receipt = requester.pay(offer, offer.fee, None)
    (path,) = secrets_on_disk()
    secret = bytes.fromhex(json.loads(path.read_text())["secret"])
    Board(client.session).open(receipt.audit_id, secret)
    assert client.open() == []
    assert client.status(receipt.audit_id).stage is Stage.COMMITTING


def test_request__never_opened_in_time__is_taken_back_less_the_forfeit(client: Client) -> None:
    requester = Requester(client.session)
    offer = client.quote("breast-cancer")
    receipt = requester.pay(offer, offer.fee, None)
    mine_until(client.session, receipt.block + OPEN_WINDOW + 1)
    before = client.owed()
    assert client.open() == [receipt.audit_id]
    assert client.status(receipt.audit_id).stage is Stage.EXPIRED
    assert client.owed() - before == receipt.cost - offer.policy.terms.forfeit
    assert secrets_on_disk() == []


def test_request__too_few_oracles_are_left_when_it_is_opened__is_cancelled_and_refunded_in_full(
    client: Client, acting: Acting, book: AddressBook
) -> None:
    membership, oracle = Membership(acting("gatekeeper")), book.accounts["oracle-3"].address
    offer = client.quote("breast-cancer")
    receipt = Requester(client.session).pay(offer, offer.fee, None)
    before = client.owed()
    membership.revoke(oracle, [Role.ORACLE])
    try:
        assert client.open() == [receipt.audit_id]
    finally:
        membership.admit(oracle, [Role.ORACLE])
    assert client.status(receipt.audit_id).stage is Stage.EXPIRED
    assert client.owed() - before == receipt.cost


def test_request__dearer_than_allowed__nothing_is_sent(client: Client) -> None:
    before = balance(client)
    with pytest.raises(Refused) as caught:
        client.request(client.quote("breast-cancer"), max_fee=29 * UNIT)
    assert (caught.value.code, caught.value.culprit) == ("fee-too-high", "local")
    assert balance(client) == before
    assert secrets_on_disk() == []


def test_request__too_little_money__refused_before_anything_is_sent(
    acting: Acting, book: AddressBook, client: Client
) -> None:
    poor = newcomer(acting, book, admitted=True, tokens=29 * UNIT)
    with pytest.raises(Refused) as caught:
        poor.request(poor.quote("breast-cancer"))
    assert (caught.value.code, caught.value.culprit) == ("insufficient-funds", "client")
    assert secrets_on_disk() == []


def test_request__not_admitted__refused_and_keeps_its_money(acting: Acting, book: AddressBook, client: Client) -> None:
    stranger = newcomer(acting, book, admitted=False, tokens=100 * UNIT)
    with pytest.raises(Reverted) as caught:
        stranger.request(stranger.quote("breast-cancer"))
    assert (caught.value.name, caught.value.culprit) == ("NotClient", "client")
    assert balance(stranger) == 100 * UNIT
    assert secrets_on_disk() == []


def test_request__more_oracles_since_the_quote__costs_no_more_than_agreed(client: Client) -> None:
    offer = client.quote("breast-cancer")
    with pytest.raises(Reverted) as caught:
        Requester(client.session).pay(offer, offer.fee - 1, None)
    assert caught.value.name == "FeeTooHigh"
    assert secrets_on_disk() == []


def test_request__while_paused__refused(acting: Acting, client: Client) -> None:
    gatekeeper = Board(acting("gatekeeper"))
    gatekeeper.pause()
    try:
        with pytest.raises(Reverted):
            client.request(client.quote("breast-cancer"))
    finally:
        gatekeeper.unpause()
    assert secrets_on_disk() == []


def test_request__own_test_set_that_does_not_fit__is_the_clients_fault_and_free(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes(b"no safetensors")
    before = balance(client)
    with pytest.raises(MalformedInput) as caught:
        client.request(client.quote("breast-cancer"), test_set=str(path))
    assert caught.value.culprit == "client"
    assert balance(client) == before


def test_reading_connection__asked_to_act__says_that_it_only_reads(book: AddressBook, client: Client) -> None:
    reader = Client(Session.connect(book))
    assert reader.models()
    with pytest.raises(Usage, match="only reads"):
        reader.quote("breast-cancer")


def test_settle__nobody_voted__the_client_gets_everything_back(client: Client) -> None:
    receipt = client.request(client.quote("breast-cancer"))
    terms = client.quote("breast-cancer").policy.terms
    before = client.owed()
    mine_until(client.session, receipt.block + terms.commit_blocks + terms.reveal_blocks + 6)
    assert client.settle(receipt.audit_id).stage is Stage.EXPIRED
    assert client.owed() - before == receipt.cost
    assert Board(client.session).audit(receipt.audit_id, client.session.head().number).phase is Phase.EXPIRED


def test_quote__after_other_audits__names_them(client: Client) -> None:
    history = client.history("breast-cancer")
    assert client.quote("breast-cancer").earlier == tuple(status.audit_id for status in history)


@pytest.mark.parametrize(
    ("earlier", "said"),
    [((7,), "There was 1 audit before, number 7 ("), ((7, 9), "There were 2 audits before, the newest is 9 (")],
)
def test_request__after_other_audits__says_so_in_english(
    client: Client,
    earlier: tuple[int, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer = replace(client.quote("breast-cancer"), earlier=earlier)
    monkeypatch.setattr(Client, "quote", lambda *_, **__: offer)
    line = ["audit", "request", "breast-cancer", "--max-fee", "1", "--network", str(client.session.book.path), "--yes"]
    assert app.run(line) == 5, "too dear"
    assert said in capsys.readouterr().err


def test_request__interrupted__says_how_to_find_out_whether_it_is_paid(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "request", interrupted)
    assert app.run(["audit", "request", "breast-cancer", "--network", str(client.session.book.path), "--yes"]) == 130
    assert "`assay audit open`" in capsys.readouterr().err


def test_withdraw__what_is_owed__arrives_and_only_once(client: Client) -> None:
    owed, before = client.owed(), balance(client)
    assert owed > 0, "an earlier test was refunded"
    assert client.withdraw() == owed
    assert balance(client) - before == owed
    assert client.withdraw() == 0


def test_models__by_number_name_and_neither__found_or_explained(client: Client, published: Publication) -> None:
    assert client.model("breast-cancer").model.id == published.model_id
    assert client.model(published.model_id).name == "breast-cancer"
    for unknown in ("999", "0", "no such model"):
        with pytest.raises(MalformedInput) as caught:
            client.model(unknown)
        assert caught.value.code == "unknown-model"


def test_vault__after_all_of_this__holds_what_is_under_way_and_no_more(client: Client) -> None:
    block = client.session.head().number
    escrows = [Board(client.session).audit(status.audit_id, block).escrow for status in client.history("breast-cancer")]
    vault = Vault(client.session)
    assert vault.escrowed(block) - vault.bonded(block) == sum(escrows)
