"""What the portal answers about a network with a history; compared with what the SDK reads from the chain itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from assay_chain.addressbook import AddressBook
from assay_client.sdk import Client

from tests.client.portal.conftest import HONEST, LYING, Acting, Get, History

pytestmark = pytest.mark.xdist_group("portal")


@pytest.fixture
def sdk(sign_as: Acting) -> Client:
    return Client(sign_as("client"))


def test_audits__all_of_them__newest_first_with_their_phases(get: Get, history: History) -> None:
    found = get("/audits")
    assert [(each["audit_id"], each["phase"], each["outcome"]) for each in found["audits"]] == [
        (history.open, "committing", "none"),
        (history.appealed, "overturned", "values"),
        (history.undecided, "expired", "none"),
        (history.unanimous, "final", "values"),
        (history.slashing, "final", "values"),
    ]
    assert found["cursor"] is None
    (flying,) = get("/audits", phase="committing")["audits"]
    assert 0 < flying["blocks_left"] <= flying["deadline_block"] - found["as_of"]["number"]
    assert flying["seconds_left"] == pytest.approx(flying["blocks_left"] * 0.1)
    assert flying["model"] == "breast-cancer"


def test_audits__a_page_at_a_time__every_one_once(get: Get, history: History) -> None:
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = get("/audits", **query)
        seen += [each["audit_id"] for each in page["audits"]]
        if page["cursor"] is None:
            break
        query["cursor"] = page["cursor"]
    assert seen == [history.open, history.appealed, history.undecided, history.unanimous, history.slashing]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"kind": "fairness"}, 0),
        ({"kind": "whitebox"}, 5),
        ({"model": 1}, 5),
        ({"model": 2}, 0),
        ({"phase": "expired"}, 1),
        ({"client": "0x" + "11" * 20}, 0),
    ],
)
def test_audits__filtered__only_those(get: Get, query: dict[str, Any], count: int) -> None:
    assert len(get("/audits", **query)["audits"]) == count


def test_audit__with_a_liar_and_an_absentee__full_evidence(get: Get, history: History) -> None:
    found = get(f"/audits/{history.slashing}")
    ballots = found["ballots"]
    assert [ballot["standing"] for ballot in ballots] == ["paid", "paid", "paid", "slashed", "slashed"]
    assert [(ballot["paid"], ballot["slashed"]) for ballot in ballots] == [("10", "0")] * 3 + [("0", "100")] * 2
    assert [tuple(ballot["lanes"].values()) for ballot in ballots] == [HONEST, HONEST, HONEST, LYING, ()]
    assert all(ballot["committed"] and ballot["commit_tx"] for ballot in ballots)
    assert ballots[4]["reveal_tx"] is None
    settlement = found["settlement"]
    assert {name: settlement[name] for name in ("event", "paid", "slashed", "refund", "forfeit")} == {
        "event": "finalized",
        "paid": "30",
        "slashed": "200",
        "refund": "20",
        "forfeit": "0",
    }
    events = [moment["event"] for moment in found["timeline"]]
    assert events[:2] == ["requested", "opened"]
    assert events.count("committed") == 5
    assert events.count("revealed") == 4
    assert events[-2:] == ["decided", "finalized"]
    assert found["finding"]["metrics"]["accuracy"]["value"] == pytest.approx((39 + 72) / 114, abs=1e-6)


def test_audit__undecided__expired_without_a_finding(get: Get, history: History) -> None:
    found = get(f"/audits/{history.undecided}")
    assert (found["finding"], found["problem"]) == (None, None)
    assert found["settlement"]["event"] == "expired"
    assert found["settlement"]["refund"] == found["escrow"]
    assert {ballot["verdict"] for ballot in found["ballots"]} == {"values", "unavailable"}


def test_audit__open__what_is_known_so_far(get: Get, history: History) -> None:
    found = get(f"/audits/{history.open}")
    assert [ballot["committed"] for ballot in found["ballots"]] == [True, False, False, False, False]
    assert {ballot["standing"] for ballot in found["ballots"]} == {"open"}
    assert found["settlement"] is None


def test_model__claims__by_the_newest_final_audit(get: Get, history: History, sdk: Client) -> None:
    found = get(f"/models/{history.model}")
    assert found["model"]["claims"] == {"kept": 2, "broken": 0, "undecided": 0}
    assert {claim["audit_id"] for claim in found["claims"]} == {history.appealed}
    report = sdk.metrics(history.model)
    assert [claim["verified"] for claim in found["claims"]] == [claim.verified for claim in report.claims]
    assert get("/models")["models"] == [found["model"]]


def test_metrics__over_time__oldest_first_as_the_sdk_derives_them(get: Get, history: History, sdk: Client) -> None:
    points = get(f"/models/{history.model}/metrics")["points"]
    assert [point["audit_id"] for point in points] == [history.slashing, history.unanimous, history.appealed]
    assert points[0]["time"] < points[1]["time"]
    report = sdk.metrics(history.model, audit_id=history.unanimous)
    assert points[1]["metrics"] == {name: metric.to_json() for name, metric in report.metrics.items()}
    assert get(f"/models/{history.model}/metrics", limit=1)["cursor"] == history.appealed


def test_oracles__agreement_and_slashes__from_the_votes(get: Get, history: History, sdk: Client) -> None:
    found = get("/oracles")["oracles"]
    decided = (history.slashing, history.unanimous, history.appealed)
    ballots = [ballot for audit_id in decided for ballot in sdk.votes(audit_id)]
    for oracle in found:
        standings = [ballot.standing for ballot in ballots if ballot.seat == oracle["seat"]]
        record = oracle["record"]
        assert record["agreement"] == standings.count("paid") / len(standings)
        assert record["slashes"] == standings.count("slashed")
        assert (record["earned"], record["lost"]) == (f"{10 * standings.count('paid')}", f"{100 * record['slashes']}")
    liar = get("/oracles/3")
    assert liar["oracle"] == found[3]
    events = [movement["event"] for movement in liar["movements"]]
    assert (events.count("slashed"), events[-1]) == (found[3]["record"]["slashes"], "staked")
    assert liar["audits"][0]["audit_id"] == history.open


def test_audit__overturned_on_appeal__who_joined_how_and_what_came_of_it(get: Get, history: History) -> None:
    found = get(f"/audits/{history.appealed}")
    assert (found["audit"]["appeal"], found["finding"]["appeal"], found["audit"]["phase"]) == (
        "replaced",
        "replaced",
        "overturned",
    )
    assert [ballot["joined"] for ballot in found["ballots"]] == ["draw"] * 3 + ["appeal"] * 2
    assert [ballot["standing"] for ballot in found["ballots"]] == ["paid", "slashed", "slashed", "paid", "paid"]
    events = [moment["event"] for moment in found["timeline"]]
    assert events.count("decided") == 2
    assert "appealed" in events


def test_treasury__always__the_vault_holds_what_it_owes(get: Get) -> None:
    found = get("/treasury")
    total = sum(float(found[name]) for name in ("staked", "escrowed", "total_owed"))
    assert float(found["vault"]) == pytest.approx(total)
    assert found["slashed"] == "400"


def test_network__told__what_the_address_book_says(get: Get, network: AddressBook) -> None:
    found = get("/network")
    assert (found["chain_id"], found["contracts"]) == (network.chain_id, network.contracts)
    assert found["counts"] | {"policies": 0} == {
        "audits": 5,
        "models": 1,
        "policies": 0,
        "oracles": 5,
        "active_oracles": 5,
        "tables": 0,
    }


def test_policies__each__with_its_lanes(get: Get, history: History) -> None:
    found = get(f"/policies/{history.policy}")["policy"]
    assert found["name"] == "brisk"
    assert found["lanes"][0]["name"] == "support_0"
    assert found in get("/policies")["policies"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/audits/99", 404, "unknown-audit"),
        ("/models/99", 404, "unknown-model"),
        ("/models/99/metrics", 404, "unknown-model"),
        ("/oracles/99", 404, "unknown-seat"),
        ("/policies/99", 404, "unknown-policy"),
        ("/fairness/" + "0" * 64, 404, "unknown-table"),
        ("/audits/0", 400, "bad-request"),
        ("/audits/one", 400, "bad-request"),
        ("/audits?phase=dreaming", 400, "bad-request"),
        ("/audits?limit=1000000", 400, "bad-request"),
        ("/nothing", 404, "not-found"),
    ],
)
def test_read__of_what_is_not_there__house_error(member: httpx.Client, path: str, status: int, code: str) -> None:
    answer = member.get(f"/api/v1{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "Assay-Receipt" not in answer.headers


def test_read__nobody_signed_in__nothing(gateway: str) -> None:
    for path in ("/network", "/audits", "/audits/1", "/models", "/oracles", "/fairness", "/treasury", "/members"):
        answer = httpx.get(f"{gateway}/api/v1{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not-signed-in")
