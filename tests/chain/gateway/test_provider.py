"""The provider: one line with web3, signed in for as long as it takes, and nothing is sent twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests
from assay_chain import addressbook
from assay_chain.addressbook import AddressBook
from assay_chain.errors import PeerUnreachable, Refused, Usage
from assay_chain.gateway import auditlog, members_book
from assay_chain.gateway.provider import GatewayProvider
from assay_chain.gateway.settings import Limits
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.token import Token
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from tests.chain.gateway.conftest import Acting, Open, Unlock
from tests.chain.gateway.door import Door
from tests.chain.lossy_node import LossyNode, lose_answer

pytestmark = pytest.mark.xdist_group("gateway")


def acts(door: Door, name: str) -> int:
    return sum(entry["act"] == name for entry in auditlog.read(door.settings.directory))


def test_web3__with_one_line__reads_and_writes_as_usual(door: Door, key: Unlock, network: AddressBook) -> None:
    w3 = Web3(GatewayProvider(door.url, key("client")))
    assert w3.eth.chain_id == network.chain_id
    assert w3.eth.get_block("latest")["number"] <= w3.eth.block_number
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block(0))
        batch.add(w3.eth.get_block(1))
        first, second = batch.execute()  # type: ignore[misc]
    assert second["parentHash"] == first["hash"]  # type: ignore[index, call-overload]


def test_session__with_the_members_book__sends_and_is_refused_like_at_a_node(
    door: Door, key: Unlock, network: AddressBook
) -> None:
    written = addressbook.load(members_book.write(door.settings).path)
    assert (written.gateway, written.contracts, written.rpc) == (True, network.contracts, f"{door.url}/rpc")
    session = Session.connect(written, key("client"))
    token, to = Token(session), Account.create().address
    token.transfer(to, 5)
    assert token.balance_of(to, session.latest().number) == 5
    with pytest.raises(Refused) as caught:
        Membership(session).admit(to, [Role.VIEWER])
    assert caught.value.code == "access-control-unauthorized-account" or "gatekeeper" in caught.value.message


def test_gateway__in_front_of_a_gateway__is_a_mistake_that_is_told(opened: Open, door: Door) -> None:
    with pytest.raises(Usage) as caught:
        opened(book=door.members_book)
    assert caught.value.code == "bad-settings"


def test_provider__token_running_out__renews_it_without_signing_again(opened: Open, key: Unlock) -> None:
    door = opened(access_seconds=1)
    w3 = Web3(GatewayProvider(door.url, key("client")))
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert w3.eth.chain_id
        time.sleep(0.1)
    assert acts(door, "login") == 1


def test_provider__gateway_restarted__goes_on_and_signs_in_anew_only_when_forgotten(opened: Open, key: Unlock) -> None:
    door = opened()
    w3 = Web3(GatewayProvider(door.url, key("client")))
    assert w3.eth.chain_id
    door.stop()
    with pytest.raises(PeerUnreachable) as caught:
        _ = w3.eth.chain_id
    assert (caught.value.code, caught.value.culprit) == ("gateway-unreachable", "gatekeeper")
    door.start()
    assert w3.eth.chain_id
    assert acts(door, "login") == 1
    door.stop()
    (door.settings.directory / "tokens.key").unlink()
    (door.settings.directory / "sessions.sqlite").unlink()
    door.start()
    assert w3.eth.chain_id
    assert acts(door, "login") == 2


def test_provider__node_gone__says_so_and_recovers(opened: Open, key: Unlock, network: AddressBook) -> None:
    with LossyNode(network.rpc) as node:
        door = opened(book=replace(network, rpc=node.url))
        session = Session.connect(door.members_book, key("client"))
        node.always = {method: lambda request, forward: None for method in ("eth_blockNumber", "eth_getBlockByNumber")}
        with pytest.raises(PeerUnreachable) as caught:
            session.latest()
        assert caught.value.culprit == "chain"
        time.sleep(network.block_time)  # until then the head that was seen last counts
        assert requests.get(f"{door.url}/healthz", timeout=30).status_code == 503
        node.always = {}
        assert session.latest().number
        assert requests.get(f"{door.url}/healthz", timeout=30).status_code == 200
        door.stop()


def test_transaction__whose_answer_the_node_lost__is_included_once(
    opened: Open, key: Unlock, network: AddressBook, acting: Acting
) -> None:
    with LossyNode(network.rpc) as node:
        door = opened(book=replace(network, rpc=node.url))
        session, to = Session.connect(door.members_book, key("client")), Account.create().address
        node.plan["eth_sendRawTransaction"] = [lose_answer]
        Token(session).transfer(to, 3)
        assert node.count("eth_sendRawTransaction") == 2
        door.stop()
    direct = acting("client")
    assert Token(direct).balance_of(to, direct.latest().number) == 3


def test_provider__too_many_requests__waits_its_turn(opened: Open, key: Unlock) -> None:
    door = opened(limits=Limits(rate=0.5, burst=1))
    w3 = Web3(GatewayProvider(door.url, key("client")))
    for _ in range(2):
        assert w3.eth.chain_id
    assert acts(door, "refused") > 0


def test_provider__unadmitted_or_revoked__hears_why(
    door: Door, admit: Callable[..., LocalAccount], acting: Acting
) -> None:
    with pytest.raises(Refused) as caught:
        Web3(GatewayProvider(door.url, Account.create())).eth.chain_id  # noqa: B018
    assert caught.value.code == "not-admitted"
    account = admit(Role.VIEWER)
    w3 = Web3(GatewayProvider(door.url, account))
    assert w3.eth.chain_id
    (receipt,) = Membership(acting("gatekeeper")).revoke(account.address)
    while acting("client").latest().number <= receipt["blockNumber"]:
        time.sleep(0.01)
    with pytest.raises(Refused) as caught:
        _ = w3.eth.block_number
    assert (caught.value.code, caught.value.culprit) == ("not-admitted", "client")


def test_provider__without_an_account__reads_what_is_public(opened: Open, door: Door) -> None:
    assert Web3(GatewayProvider(opened(fairness="public").url)).eth.chain_id
    with pytest.raises(Refused) as caught:
        _ = Web3(GatewayProvider(door.url)).eth.chain_id
    assert caught.value.code == "not-signed-in"


@pytest.fixture
def impostor(door: Door) -> Iterator[Any]:
    """A site that asks its visitors to sign in to the gateway, to use what they sign there."""
    import threading
    from http.server import ThreadingHTTPServer

    signed: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(door.terms())

        def do_POST(self) -> None:
            signed.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer({"access_token": "a", "refresh_token": "b", "expires_in": 60})

        def _answer(self, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", signed
    server.shutdown()
    server.server_close()


def test_signature__given_to_an_impostor__opens_no_gateway(impostor: Any, door: Door, key: Unlock) -> None:
    url, signed = impostor
    with pytest.raises(PeerUnreachable):
        _ = Web3(GatewayProvider(url, key("client"))).eth.chain_id
    answer = requests.post(f"{door.url}/auth/login", json=signed[0], timeout=30)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong-domain")


def test_secrets__in_the_gateways_directory__are_for_its_user_only(door: Door) -> None:
    directory: Path = door.settings.directory
    for name in ("tokens.key", "signer.key", "sessions.sqlite", "visibility.sqlite", "audit-log.jsonl"):
        assert (directory / name).stat().st_mode & 0o777 == 0o600, name
