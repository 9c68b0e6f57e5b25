"""Audits whose client keeps the details: the gateway shows them only to those whom they concern, on every way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from assay_chain.addressbook import AddressBook
from assay_chain.gateway.visibility import NAME
from assay_chain.wrappers.board import Board

from tests.chain.gateway.conftest import Acting, Open, Opened, Unlock
from tests.chain.gateway.door import ANSWER_SECONDS, Door, code_of
from tests.chain.gateway.test_proxy import encoded

Ways = Callable[[Door, str], list[bool]]

pytestmark = pytest.mark.xdist_group("gateway")


@pytest.fixture(scope="package")
def discreet(opened: Open, audit: Opened) -> Door:
    """A gateway that shows an audit's details only to those whom it concerns."""
    return opened(visibility="requester")


def put(door: Door, token: str | None, path: str, choice: str = "requester") -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    url = f"{door.url}/api/v1{path}"
    return requests.put(url, json={"visibility": choice}, headers=headers, timeout=ANSWER_SECONDS)


@pytest.fixture(scope="package")
def ways(acting: Acting, audit: Opened) -> Ways:
    """On which ways the audit is seen: its state, result and votes, its logs, a receipt with them, a transaction."""
    session = acting("client")
    board, block = Board(session), session.latest().number
    (requested,), (opening,) = board.requested(audit.id, 0, block), board.opened(audit.id, 0, block)
    reads = [("audit", (audit.id,)), ("result", (audit.id,)), ("voteOf", (audit.id, 0))]
    calls = [
        {"to": to.lower(), "data": data}
        for to, data in (encoded(session, "AuditBoard", function, *taken) for function, taken in reads)
    ]
    calls.append({"to": calls[0]["to"], "input": calls[0]["data"]})
    at, addresses = hex(requested.block), list(session.book.contracts.values())

    def seen(door: Door, token: str) -> list[bool]:
        found = ["result" in door.rpc(token, "eth_call", call, "latest") for call in calls]
        logs = door.result(token, "eth_getLogs", {"address": addresses, "fromBlock": at, "toBlock": at})
        found.append(any(log["address"].lower() == board.address.lower() for log in logs))
        assert any(log["address"].lower() != board.address.lower() for log in logs), "the payment is no secret"
        found.append("result" in door.rpc(token, "eth_getTransactionReceipt", f"0x{requested.tx_hash.hex()}"))
        found.append("result" in door.rpc(token, "eth_getTransactionByHash", f"0x{opening.tx_hash.hex()}"))
        return found

    return seen


def test_request__of_another__is_not_shown_as_a_transaction(
    door: Door, key: Unlock, acting: Acting, audit: Opened
) -> None:
    """It holds what is audited on which test set, and nothing that tells which audit it became."""
    session = acting("client")
    (requested,) = Board(session).requested(audit.id, 0, session.latest().number)
    digest = f"0x{requested.tx_hash.hex()}"
    assert door.refusal(door.token(key("supplier")), "eth_getTransactionByHash", digest) == "not-yours"
    assert door.result(door.token(key("client")), "eth_getTransactionByHash", digest)


@pytest.mark.parametrize("who", ["client", "supplier", "gatekeeper", "oracle-2"])
def test_kept_audit__asked_by_those_it_concerns__is_shown(discreet: Door, key: Unlock, ways: Ways, who: str) -> None:
    assert all(ways(discreet, discreet.token(key(who))))


def test_kept_audit__asked_by_another_member__is_hidden_by_every_way(discreet: Door, ways: Ways, key: Unlock) -> None:
    assert not any(ways(discreet, discreet.token(key("treasury"))))


def test_choice__of_the_client_for_one_audit__comes_before_the_default(
    opened: Open, key: Unlock, ways: Ways, audit: Opened
) -> None:
    door = opened(visibility="requester")
    client, other = door.token(key("client")), door.token(key("treasury"))
    answer = put(door, other, f"/audits/{audit.id}/visibility", "members")
    assert (answer.status_code, code_of(answer.json())) == (403, "not-yours")
    assert put(door, None, f"/audits/{audit.id}/visibility", "members").status_code == 401
    assert put(door, client, "/audits/999999/visibility").status_code == 404
    assert put(door, client, f"/audits/{audit.id}/visibility", "everyone").status_code == 400
    assert not any(ways(door, other))
    assert put(door, client, f"/audits/{audit.id}/visibility", "members").status_code == 200
    assert all(ways(door, other))


def test_choice__of_the_client_for_all_its_audits__survives_a_restart(
    opened: Open, key: Unlock, ways: Ways, audit: Opened
) -> None:
    door = opened()
    client, other = door.token(key("client")), door.token(key("treasury"))
    assert all(ways(door, other))
    assert put(door, client, "/visibility").status_code == 200
    door.stop()
    door.start()
    assert not any(ways(door, other))
    assert all(ways(door, client))
    assert (door.settings.directory / NAME).stat().st_mode & 0o777 == 0o600


def test_kept_audit__public_fairness_board__shows_strangers_no_more(
    opened: Open, audit: Opened, network: AddressBook, acting: Acting
) -> None:
    door = opened(fairness="public", visibility="requester")
    to, data = encoded(acting("client"), "AuditBoard", "audit", audit.id)
    assert door.refusal(None, "eth_call", {"to": to, "data": data}, "latest") == "not-signed-in"
