"""Fairness tables where no page is drawn: over REST, for anyone, and in the report of their audit."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import httpx
import pytest
from assay_client import receipts
from assay_client.documents.tables import posted_json
from assay_client.reports.checking import check
from assay_client.reports.collecting import collect
from assay_client.sdk import Client

from tests.client.portal.pages.conftest import Door, Open
from tests.client.portal.pages.world import World
from tests.e2e.harness import good, here

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture(scope="module")
def public(open_door: Open) -> Door:
    return open_door(fairness="public")


def test_board__public__every_table_newest_first_as_the_sdk_has_it(public: Door, world: World) -> None:
    def tables(**query: Any) -> Any:
        return httpx.get(f"{public.url}/api/v1/fairness", params=query).raise_for_status().json()

    everything = tables()
    expected = [posted_json(posted) for posted in reversed(Client(world.sign_as("client")).tables())]
    assert everything["tables"] == expected
    assert [table["table_id"] for table in expected] == [world.pending, world.verified]
    assert [table["table_id"] for table in tables(state="verified")["tables"]] == [world.verified]
    assert tables(state="refuted")["tables"] == tables(model=world.model)["tables"] == []
    first = tables(limit=1)
    assert first["tables"] + tables(cursor=first["cursor"])["tables"] == expected


def test_table__verified__its_story_and_a_receipt(public: Door, world: World) -> None:
    answer = httpx.get(f"{public.url}/api/v1/fairness/{world.verified}")
    found = answer.json()
    assert (found["table"]["state"], found["table"]["audits"]) == ("verified", [world.table])
    assert [moment["event"] for moment in found["timeline"]] == ["published", "appended"]
    receipts.check(receipts.parse(answer.headers[receipts.HEADER]), answer.content, public.signer)


def test_report__of_the_tables_audit__holds_until_its_counts_are_changed(world: World) -> None:
    session = world.sign_as("client")
    report = collect(session, world.table, session.head())
    found = {each.name: each.state for each in check(report)}
    assert set(found.values()) == {"holds"}, check(report)
    changed = copy.deepcopy(report)
    changed["finding"]["metrics"]["demographic_parity_difference"]["value"] = 0.0
    assert "fails" in {each.state for each in check(changed)}


def test_command__report_through_the_door__comes_with_a_receipt(public: Door, world: World, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    asked = good(public.book, "audit", "report", str(world.agreed), "--out", str(file), "--as", "supplier")
    assert asked["receipt"]
    assert good(None, "audit", "verify-report", str(file), "--signer", public.signer)["valid"]
    assert good(None, "receipt", "verify", str(file), "--signer", public.signer)["block"] == asked["block"]
    unknown = here(public.book, "audit", "report", "99", "--out", str(tmp_path / "none.json"), "--as", "supplier")
    assert (unknown.code, unknown.error["code"]) == (5, "unknown-audit")
