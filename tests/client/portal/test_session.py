"""The shared session: the same answers as any session's, for fewer questions to the node."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from assay_chain import events
from assay_chain.addressbook import AddressBook
from assay_chain.provider import NodeProvider
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase
from assay_client.portal.session import SharedSession
from assay_client.sdk import Client
from web3.types import RPCEndpoint

from tests.chain.gateway.door import Door
from tests.client.portal.conftest import Acting, History, account_of, sign_in

pytestmark = pytest.mark.xdist_group("portal")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often nodes were asked what, by method."""
    counts: Counter[str] = Counter()
    ask = NodeProvider.make_request

    def count(provider: NodeProvider, method: RPCEndpoint, params: Any) -> Any:
        counts[method] += 1
        return ask(provider, method, params)

    monkeypatch.setattr(NodeProvider, "make_request", count)
    return counts


@pytest.fixture
def shared(network: AddressBook, history: History, asked: Counter[str]) -> SharedSession:
    return SharedSession.connect(network)


def test_logs__of_every_event__those_that_the_node_finds(shared: SharedSession, sign_as: Acting) -> None:
    plain, head = sign_as("client"), shared.head().number
    for name in ("AuditBoard", "Vault", "Policies", "Membership", "ModelRegistry"):
        for event in events.of(plain.contract(name)):
            expected = [events.fields(entry) for entry in plain.logs(event, 0, head)]
            assert [events.fields(entry) for entry in shared.logs(event, 0, head)] == expected


@pytest.mark.parametrize("where", [{"auditId": 1}, {"auditId": 1, "seat": 3}, {"seat": 3}, {"auditId": 99}])
def test_logs__filtered__those_that_the_node_finds(
    shared: SharedSession, sign_as: Acting, where: dict[str, int]
) -> None:
    plain, head = sign_as("client"), shared.head().number
    event = plain.contract("AuditBoard").events.Revealed
    for first, last in ((0, head), (head // 2, head), (0, head // 2), (head, head)):
        expected = plain.logs(event, first, last, where)
        assert shared.logs(event, first, last, where) == expected


def test_logs__asked_for_again_and_again__each_block_fetched_once(
    shared: SharedSession, asked: Counter[str], history: History
) -> None:
    board, head = Board(shared), shared.head().number
    for _ in range(20):
        for audit_id in (history.slashing, history.unanimous, history.undecided, history.open):
            board.requested(audit_id, 0, head)
            board.committed(audit_id, 0, head)
            board.decided(audit_id, 0, head)
    assert asked["eth_getLogs"] == 1 + head // 1000


def test_calls__of_one_block__made_once(shared: SharedSession, asked: Counter[str], history: History) -> None:
    board, head = Board(shared), shared.head().number
    asked.clear()
    for _ in range(10):
        board.audit(history.open, head)
        board.count(head)
    assert asked["eth_call"] == 2


def test_calls__ended_audit__asked_for_once_but_never_shown_before_its_end(
    shared: SharedSession, asked: Counter[str], history: History
) -> None:
    board, head = Board(shared), shared.head().number
    final = board.audit(history.slashing, head)
    assert final.phase is Phase.FINAL
    before = board.audit(history.slashing, final.request_block)
    assert before.phase is Phase.REQUESTED
    asked.clear()
    assert board.audit(history.slashing, head + 1_000_000) == final  # not a block yet, and the node is not asked
    assert asked["eth_call"] == 0


def test_chain__started_anew__noticed_and_read_again(
    shared: SharedSession, asked: Counter[str], history: History
) -> None:
    board, head = Board(shared), shared.head()
    found = board.opened(None, 0, head.number)
    board.audit(history.slashing, head.number)
    index = shared._logs()
    assert index.follow(head)
    assert not index.follow(replace(head, hash=b"\x01" * 32)), "the same number, another block"
    asked.clear()
    assert board.opened(None, 0, head.number) == found
    assert not index.follow(replace(head, number=0)), "shorter than what was indexed"


def test_visibility__requester__left_out_of_everything_for_others(
    gateway: str, network: AddressBook, history: History
) -> None:
    client, supplier, oracle, other = (
        sign_in(gateway, account_of(network, name)) for name in ("client", "supplier", "oracle-1", "gatekeeper")
    )
    viewer = sign_in(gateway, account_of(network, "treasury"))
    path = f"/api/v1/audits/{history.unanimous}"
    chosen = client.put(f"{path}/visibility", json={"visibility": "requester"})
    assert chosen.status_code == 200, chosen.text
    try:
        for reader in (client, supplier, oracle, other):
            assert reader.get(path).status_code == 200
        for address in (path, f"{path}/report"):
            hidden = viewer.get(address)
            assert (hidden.status_code, hidden.json()["error"]["code"]) == (403, "audit-hidden")
        listed = [each["audit_id"] for each in viewer.get("/api/v1/audits").json()["audits"]]
        assert listed == [history.open, history.appealed, history.undecided, history.slashing]
        model = viewer.get(f"/api/v1/models/{history.model}").json()
        assert model["model"]["audits"] == 5
        points = viewer.get(f"/api/v1/models/{history.model}/metrics").json()["points"]
        assert [point["audit_id"] for point in points] == [history.slashing, history.appealed]
        seat = viewer.get("/api/v1/oracles/0").json()
        assert history.unanimous not in [each["audit_id"] for each in seat["audits"]]
    finally:
        client.put(f"{path}/visibility", json={"visibility": "members"})
        for each in (client, supplier, oracle, other, viewer):
            each.close()


def test_visibility__requester__claims_are_judged_by_the_audits_that_the_reader_may_see(
    gateway: str, network: AddressBook, history: History
) -> None:
    client, viewer = (sign_in(gateway, account_of(network, name)) for name in ("client", "treasury"))
    path = f"/api/v1/audits/{history.appealed}/visibility"
    assert client.put(path, json={"visibility": "requester"}).status_code == 200
    try:
        for reader, audit_id in ((client, history.appealed), (viewer, history.unanimous)):
            claims = reader.get(f"/api/v1/models/{history.model}").json()["claims"]
            assert {claim["audit_id"] for claim in claims} == {audit_id}
    finally:
        client.put(path, json={"visibility": "members"})
        client.close()
        viewer.close()


def test_metrics__newest_audit_is_hidden_by_the_gateway__those_that_the_reader_may_see_count(
    network: AddressBook, history: History, tmp_path: Path
) -> None:
    with Door(network, tmp_path) as door:
        owner = {"Authorization": f"Bearer {door.token(account_of(network, 'client'))}"}
        address = f"{door.url}/api/v1/audits/{history.appealed}/visibility"
        assert httpx.put(address, json={"visibility": "requester"}, headers=owner).status_code == 200
        for reader, audit_id in (("client", history.appealed), ("treasury", history.unanimous)):
            session = Session.connect(door.members_book, account_of(network, reader))
            found = Client(session).metrics(history.model)
            assert {found.status.audit_id, *(claim.audit_id for claim in found.claims)} == {audit_id}


def test_fairness__public__read_by_strangers_and_nothing_else_is(
    application: Any, gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application.state, "settings", replace(application.state.settings, fairness="public"))
    answer = httpx.get(f"{gateway}/api/v1/fairness")
    assert answer.status_code == 200
    assert "Assay-Receipt" in answer.headers
    assert httpx.get(f"{gateway}/api/v1/audits").status_code == 401
