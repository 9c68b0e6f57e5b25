"""What the pages say about a network whose past is known."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from assay_client import receipts
from assay_client.sdk import Client
from playwright.sync_api import Locator, Page, expect

from tests.client.portal.pages.conftest import Door, visit
from tests.client.portal.pages.world import NAME, World
from tests.e2e.harness import good

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture
def sdk(world: World) -> Client:
    return Client(world.sign_as("client"))


LOST = "\N{MINUS SIGN} 100"


def section(tab: Page, heading: str) -> Locator:
    return tab.locator("section").filter(has=tab.get_by_role("heading", name=heading, exact=True))


def row(tab: Page, text: str) -> Locator:
    return tab.get_by_role("row").filter(has_text=text).first


def test_menu__every_entry_clicked__every_page_opens_by_its_name(member: Page, door: Door) -> None:
    visit(member, door.url, "/", "Overview")
    for name in ("Audits", "Models", "Oracles", "Fairness", "Network", "Overview"):
        heading = {"Fairness": "Fairness board"}.get(name, name)
        entry = member.get_by_role("navigation").get_by_role("link", name=name)
        entry.click()
        expect(member.get_by_role("heading", level=1, name=heading)).to_be_focused()
        assert member.title() == f"{heading} · Assay"
        expect(entry).to_have_attribute("aria-current", "page")


def test_overview__in_flight_and_broken__what_to_look_at_first(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, "/", "Overview")
    flying = section(member, "In flight")
    expect(flying.get_by_role("row")).to_have_count(3)
    expect(flying).to_contain_text(f"Audit {world.open}")
    expect(flying).to_contain_text("Committing")
    expect(flying.get_by_role("img", name=re.compile("^[23] of 5 committed, 0 revealed$"))).to_be_visible()
    expect(flying).to_contain_text(re.compile(r"3\d,\d{3} blocks, about \d h \d+ min"))
    expect(section(member, "Claims broken")).to_contain_text("tumours")
    section(member, "Latest results").get_by_role("link", name=f"Audit {world.cheated}").click()
    expect(member.get_by_role("heading", level=1, name=f"Audit {world.cheated}")).to_be_visible()


def test_audits__filtered__only_those_or_a_word_why_none(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, "/audits", "Audits")
    expect(member.locator("tbody tr")).to_have_count(6)
    member.get_by_label("Phase").select_option("expired")
    expect(member.locator("tbody tr")).to_have_count(1)
    expect(member.locator("tbody")).to_contain_text(f"Audit {world.split}")
    member.get_by_label("Kind").select_option("fairness")
    expect(member.get_by_role("heading", name="No audit fits")).to_be_visible()
    member.go_back()
    expect(member.locator("tbody tr")).to_have_count(1)


def test_audits__more_than_a_page__older_ones_a_click_away(member: Page, door: Door) -> None:
    visit(member, door.url, "/audits?limit=2", "Audits")
    seen = []
    for _ in range(3):
        seen += member.locator("tbody td.name").all_inner_texts()
        older = member.get_by_role("link", name="Older")
        if older.count():
            first = member.locator("tbody td.name").first.inner_text()
            older.click()
            expect(member.locator("tbody td.name").first).not_to_have_text(first)
    assert seen == [f"Audit {number}" for number in range(6, 0, -1)]


def test_audit__one_lied__full_evidence_and_what_it_cost(member: Page, door: Door, world: World, sdk: Client) -> None:
    visit(member, door.url, f"/audits/{world.cheated}", f"Audit {world.cheated}")
    verified = sdk.metrics(world.model, audit_id=world.cheated).metrics
    found = section(member, "Verified metrics")
    for name in ("accuracy", "log_loss"):
        expect(found.get_by_role("row").filter(has_text=name.replace("_", " ").capitalize()).first).to_contain_text(
            f"{verified[name].value:.6f}"
        )
    claims = section(member, "Claims")
    expect(claims.get_by_role("row").filter(has_text="Log loss ≤ 0.05")).to_contain_text("Broken")
    expect(claims.get_by_role("row").filter(has_text="Accuracy ≥ 0.94")).to_contain_text("Kept")
    votes = section(member, "Oracles and their votes")
    standings = [text.strip() for text in votes.locator("td:nth-child(6)").all_inner_texts()]
    assert standings == ["Paid", "Paid", "Paid", "Not paid", "Slashed"]
    expect(votes.get_by_role("row").filter(has_text="Seat 4")).to_contain_text(LOST)
    lanes = section(member, "Votes, lane by lane")
    loss = lanes.get_by_role("row").filter(has_text="log loss")
    expect(loss).to_contain_text("0.088214")
    expect(loss).to_contain_text("seat 4: 0.028214")
    lanes.get_by_text("lanes in which all votes are equal").click()
    expect(lanes.get_by_role("row").filter(has_text="robust correct")).to_be_visible()
    expect(section(member, "Money")).to_contain_text("Slashed, to the treasury")
    votes.get_by_text("Commitments, transactions").click()
    expect(votes.get_by_role("button", name=re.compile("^Copy [0-9a-f]{64}$")).first).to_be_visible()


def test_audit__without_majority__no_result_is_claimed(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, f"/audits/{world.split}", f"Audit {world.split}")
    steps = member.locator(".steps li")
    expect(steps.last).to_contain_text("expired in block")
    assert [steps.nth(i).get_attribute("data-state") for i in range(5)] == ["done", "done", "done", "never", "ended"]
    expect(section(member, "Verified metrics")).to_have_count(0)
    expect(member.locator("td").filter(has_text="Unavailable")).to_be_visible()


def test_audit__appealed__who_else_votes_and_what_that_means(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, f"/audits/{world.appealed}", f"Audit {world.appealed}")
    expect(member.locator(".note.appeal")).to_contain_text(re.compile(r"2 more oracles vote \(seat \d, seat \d\)"))
    expect(member.locator(".note.appeal")).to_contain_text("All votes together decide")
    expect(member.locator(".steps li[aria-current]")).to_contain_text("Committing")
    expect(section(member, "Verified metrics")).to_contain_text("Provisional")


def test_model__audited_twice__series_with_spread_and_claim(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, f"/models/{world.model}", "tumours")
    chart = member.get_by_role("group", name="Log loss in 3 audits")
    expect(chart.get_by_text("claimed ≤ 0.05")).to_be_visible()
    points = chart.get_by_role("link")
    expect(points).to_have_count(3)
    expect(points.first).to_have_attribute("aria-label", re.compile(r"Audit 1, .* 0\.088215, votes from 0.0882\d+ to"))
    expect(section(member, "Verified metrics over time")).to_contain_text("Greatest spread between oracles: 0.00000")
    points.nth(1).focus()
    member.keyboard.press("Enter")
    expect(member.get_by_role("heading", level=1, name=f"Audit {world.cheated}")).to_be_visible()


def test_model__never_audited_with_a_hostile_name__words_and_nothing_else(
    member: Page, door: Door, world: World
) -> None:
    visit(member, door.url, f"/models/{world.hostile}")
    expect(member.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(member.get_by_role("heading", name="Not audited yet")).to_be_visible()
    expect(member.get_by_role("heading", name="Nothing verified yet")).to_be_visible()
    assert member.locator("main img").count() == 0
    assert member.title() == f"Model {world.hostile} · Assay"


def test_oracles__one_was_slashed__stake_agreement_and_loss(member: Page, door: Door) -> None:
    visit(member, door.url, "/oracles", "Oracles")
    expect(row(member, "Seat 0")).to_contain_text("100.0 %")
    expect(row(member, "Seat 3")).to_contain_text("66.7 % 2 of 3")
    expect(row(member, "Seat 4")).to_contain_text("1 time")
    member.get_by_role("link", name="Seat 4").click()
    expect(member.get_by_role("heading", level=1, name="Oracle, seat 4")).to_be_visible()
    expect(section(member, "Stake").get_by_role("row").filter(has_text="Slashed")).to_contain_text(LOST)


def test_fairness__verified_and_pending__groups_with_intervals(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, "/fairness", "Fairness board")
    expect(row(member, world.pending[:8])).to_contain_text("Pending")
    member.get_by_role("link", name=re.compile(world.verified[:8])).click()
    expect(member.get_by_role("img", name="Selection rate: Group 0 47.1 %, Group 1 30.7 %")).to_be_visible()
    expect(row(member, "Demographic parity difference")).to_contain_text("0.1643")
    member.get_by_text("Rows of each group, counted").click()
    expect(member.get_by_role("row").filter(has_text="Group 1")).to_contain_text("140")
    expect(member.locator(".note")).to_contain_text("A majority of oracles checked every proof")
    visit(member, door.url, f"/fairness/{world.pending}", "Table")
    expect(member.locator(".note")).to_contain_text("its supplier's word")


def test_network__policies_and_signer__as_the_chain_has_them(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, "/network", "Network")
    expect(row(member, "patient")).to_contain_text("40,000 / 20 / 2")
    expect(member.get_by_role("button", name=f"Copy {door.signer}")).to_be_visible()
    expect(member.get_by_role("button", name=f"Copy {world.book.contracts['Vault']}")).to_be_visible()


def test_nothing_there__wrong_number_or_address__says_so(member: Page, door: Door) -> None:
    visit(member, door.url, "/audits/999", "This cannot be shown")
    expect(member.get_by_role("alert")).to_contain_text("there is no audit 999")
    visit(member, door.url, "/nowhere", "There is no such page")
    visit(member, door.url, "/audits/../../auth/nonce", "There is no such page")


def test_signed_answer__saved__verifies_as_the_gateways(member: Page, door: Door, world: World, tmp_path: Path) -> None:
    visit(member, door.url, f"/audits/{world.agreed}", f"Audit {world.agreed}")
    with member.expect_download() as saving:
        member.get_by_role("button", name=f"audits/{world.agreed}").click()
    saving.value.save_as(tmp_path / "answer.http")
    receipt, body = receipts.split((tmp_path / "answer.http").read_bytes())
    receipts.check(receipt, body, door.signer)
    assert json.loads(body)["audit"]["audit_id"] == world.agreed


def test_report__saved_from_the_page__verifies_without_a_chain(
    member: Page, door: Door, world: World, tmp_path: Path
) -> None:
    visit(member, door.url, f"/audits/{world.cheated}", f"Audit {world.cheated}")
    with member.expect_download() as saving:
        member.get_by_role("button", name="Save report").click()
    report = tmp_path / saving.value.suggested_filename
    saving.value.save_as(report)
    found = good(None, "audit", "verify-report", str(report), "--signer", door.signer)
    assert found["valid"]
    assert found["receipt"]["request"] == f"GET /api/v1/audits/{world.cheated}/report"
