"""An oracle with a seat in an open audit finishes it whatever happens at the door: no gatekeeper can force a slash."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pytest
import requests
from assay_chain import lanes as packed
from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT
from assay_chain.errors import Refused
from assay_chain.gateway.settings import Limits
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase, Verdict
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.token import Permit, Token
from assay_chain.wrappers.vault import Vault
from assay_oracles.protocol.commitment import commitment
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tests.chain.gateway.conftest import ORACLES, Acting, Open, Opened, Unlock
from tests.chain.gateway.door import Door, code_of
from tests.chain.gateway.test_proxy import encoded, signed

pytestmark = pytest.mark.xdist_group("gateway")

LANES: Final = (5, 6, 4, 7, 3, 6, 1000, 20, 9, 0, 2**31, 2**31)
SALT: Final = b"\x07" * 32


def latest(session: Session) -> int:
    return session.latest().number


@pytest.fixture(scope="package")
def revoked(audit: Opened, acting: Acting, key: Unlock) -> LocalAccount:
    """The first oracle, whose every role is taken while its audit is open."""
    membership, account = Membership(acting("gatekeeper")), key("oracle-1")
    membership.revoke(account.address)
    return account


def committing(session: Session, audit: Opened, account: LocalAccount) -> str:
    words = packed.pack(LANES)
    board = Board(session).address
    sealed = commitment(session.book.chain_id, board, audit.id, account.address, Verdict.VALUES, words, bytes(32), SALT)
    return signed(session, account, *encoded(session, "AuditBoard", "commit", audit.id, sealed))


def included(session: Session, digest: str) -> bool:
    return session.wait(bytes.fromhex(digest[2:]))["status"] == 1


def test_revoked_oracle__without_a_token__commits(
    door: Door, audit: Opened, revoked: LocalAccount, acting: Acting
) -> None:
    session = acting("client")
    digest = door.result(None, "eth_sendRawTransaction", committing(session, audit, revoked))
    assert included(session, digest)


def test_revoked_oracle__signs_in__reads_what_it_needs_and_does_nothing_else(
    door: Door, audit: Opened, revoked: LocalAccount, acting: Acting, network: AddressBook
) -> None:
    answer = door.login(revoked)
    assert (answer.status_code, answer.json()["roles"]) == (200, [])
    token, session = answer.json()["access_token"], acting("client")
    to, data = encoded(session, "AuditBoard", "audit", audit.id)
    assert door.result(token, "eth_call", {"to": to, "data": data}, "latest")
    assert isinstance(door.result(token, "eth_getLogs", {"address": to, "fromBlock": "0x1", "toBlock": "0x2"}), list)
    for contract, function, arguments in (
        ("AssayToken", "transfer", (audit.client, 1)),
        ("Vault", "activate", ()),
        ("AuditBoard", "pause", ()),
    ):
        raw = signed(session, revoked, *encoded(session, contract, function, *arguments))
        assert door.refusal(token, "eth_sendRawTransaction", raw) == "transaction-not-allowed"
    headers = {"Authorization": f"Bearer {token}"}
    rest = requests.put(f"{door.url}/api/v1/visibility", json={"visibility": "members"}, headers=headers, timeout=20)
    assert (rest.status_code, code_of(rest.json())) == (403, "not-admitted")


def test_strangers__without_a_token__do_not_vote(door: Door, audit: Opened, acting: Acting) -> None:
    session = acting("client")
    raw = committing(session, audit, Account.create())
    assert door.refusal(None, "eth_sendRawTransaction", raw) == "not-signed-in"
    changed = raw[:-2] + ("00" if raw[-2:] != "00" else "01")  # the signature of nobody, or of anybody
    assert door.refusal(None, "eth_sendRawTransaction", changed) in ("not-signed-in", "bad-transaction")


def test_seated_oracle__without_a_token__sends_nothing_else(
    door: Door, audit: Opened, acting: Acting, key: Unlock
) -> None:
    session, account = acting("client"), key("oracle-2")
    for contract, function, arguments in (
        ("AssayToken", "transfer", (audit.client, 1)),
        ("Vault", "activate", ()),
        ("AuditBoard", "finalize", (audit.id,)),
    ):
        raw = signed(session, account, *encoded(session, contract, function, *arguments))
        assert door.refusal(None, "eth_sendRawTransaction", raw) == "not-signed-in"
    assert door.refusal(None, "eth_call", {"to": Board(session).address, "data": "0x06661abd"}) == "not-signed-in"


def test_seated_oracle__with_an_expired_token_and_its_share_used_up__commits(
    opened: Open, audit: Opened, acting: Acting, key: Unlock
) -> None:
    door = opened(access_seconds=1, limits=Limits(rate=0.01, burst=2, stranger_rate=0.01, stranger_burst=2))
    account, session = key("oracle-2"), acting("client")
    token = door.token(account)
    door.rpc(token, "eth_chainId")
    time.sleep(2.1)
    codes = [door.refusal(token, "eth_chainId") for _ in range(3)]
    assert codes[-1] == "too-many-requests"
    digest = door.result(token, "eth_sendRawTransaction", committing(session, audit, account))
    assert included(session, digest)


def test_oracle__through_the_provider__votes_though_revoked(
    door: Door, audit: Opened, revoked: LocalAccount, acting: Acting, key: Unlock
) -> None:
    """The rest of the roster commits at the node; then the revoked oracle reveals with the usual code."""
    board, direct = Board(acting("client")), acting("client")
    committed = {each.seat for each in board.committed(audit.id, 0, latest(direct))}
    for name in ORACLES:
        if Vault(direct).seat_of(key(name).address, latest(direct)) not in committed:
            included(direct, door.result(None, "eth_sendRawTransaction", committing(direct, audit, key(name))))
    session = Session.connect(door.members_book, revoked)
    receipt = Board(session).reveal(audit.id, revoked.address, Verdict.VALUES, LANES, bytes(32), SALT)
    assert receipt["status"] == 1
    with pytest.raises(Refused) as caught:
        Token(session).transfer(audit.client, 1)
    assert caught.value.code == "transaction-not-allowed"
    assert Board(session).audit(audit.id, latest(session)).phase is Phase.OPEN


def test_revoked_oracle__without_open_audits__takes_its_stake_and_reads_no_audits(
    door: Door, audit: Opened, admit: Callable[..., LocalAccount], acting: Acting, network: AddressBook
) -> None:
    account, gatekeeper, treasury = admit(Role.ORACLE), acting("gatekeeper"), acting("treasury")
    assert gatekeeper.account is not None
    gas = signed(gatekeeper, gatekeeper.account, account.address, value=10**18)
    gatekeeper.wait(bytes.fromhex(door.result(door.token(gatekeeper.account), "eth_sendRawTransaction", gas)[2:]))
    Token(treasury).mint(account.address, UNIT)
    session = acting(account)
    Token(session).approve(network.contracts["Vault"], UNIT)
    Vault(session).stake(UNIT, Permit.none())
    token = door.token(account)
    query = {"to": network.contracts["AuditBoard"], "data": "0x06661abd"}
    assert door.result(token, "eth_call", query, "latest")
    Membership(gatekeeper).revoke(account.address)

    leaving = Session.connect(door.members_book, account)
    assert door.refusal(token, "eth_call", query, "latest") == "contract-not-allowed"
    assert door.refusal(token, "eth_getLogs", {"address": network.contracts["Vault"]}) == "method-not-allowed"
    assert Vault(leaving).unbond(UNIT)["status"] == 1
    raw = signed(gatekeeper, account, *encoded(gatekeeper, "Vault", "unbond", UNIT // 2))
    assert included(gatekeeper, door.result(None, "eth_sendRawTransaction", raw))
    staking = signed(gatekeeper, account, *encoded(gatekeeper, "Vault", "activate"))
    assert door.refusal(token, "eth_sendRawTransaction", staking) == "transaction-not-allowed"
