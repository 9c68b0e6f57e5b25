"""Pages that stay open: they follow the chain, keep what the reader did, and say when they cannot."""

from __future__ import annotations

import pytest
from assay_chain.lanes import pack
from assay_chain.wrappers.board import Board, Verdict
from assay_oracles.protocol.commitment import commitment
from playwright.sync_api import Page, expect

from tests.client.portal.conftest import EVIDENCE, SALT
from tests.client.portal.pages.conftest import Door, Open, visit
from tests.client.portal.pages.world import TRUTH, World

pytestmark = pytest.mark.xdist_group("pages")


def commit(world: World, name: str) -> None:
    session = world.sign_as(name)
    assert session.account is not None
    board, me = Board(session), session.account.address
    sealed = commitment(world.book.chain_id, board.address, world.open, me, Verdict.VALUES, pack(TRUTH), EVIDENCE, SALT)
    board.commit(world.open, sealed)


def test_audit__an_oracle_commits__shown_without_touching_what_the_reader_does(
    member: Page, door: Door, world: World
) -> None:
    visit(member, door.url, f"/audits/{world.open}", f"Audit {world.open}")
    committing = member.locator(".steps li[aria-current]")
    expect(committing).to_contain_text("of 5 committed")
    before = int(committing.inner_text().splitlines()[-1].split()[0])
    member.get_by_text("Every event with its transaction").click()
    member.get_by_role("link", name="Seat 4").focus()
    commit(world, "oracle-4")
    expect(committing).to_contain_text(f"{before + 1} of 5 committed")
    expect(member.get_by_role("link", name="Seat 4").first).to_be_focused()
    expect(member.get_by_role("row").filter(has_text="Committed").last).to_be_visible()


def test_gateway__gone_and_back__what_is_shown_is_marked_old_and_the_session_lasts(tab: Page, open_door: Open) -> None:
    door = open_door()
    tab.goto(door.link("client"))
    expect(tab.get_by_role("heading", name="Overview")).to_be_visible()
    door.stop()
    expect(tab.locator("#stale")).to_contain_text("The gateway does not answer")
    expect(tab.locator(".pulse")).to_have_attribute("data-state", "stale")
    expect(tab.get_by_role("heading", name="In flight")).to_be_visible()
    tab.get_by_role("link", name="Oracles").click()
    expect(tab.get_by_role("alert")).to_contain_text("gateway-unreachable")
    door.start()
    expect(tab.get_by_role("row").filter(has_text="Seat 0")).to_be_visible()
    expect(tab.locator("#stale")).to_have_count(0)
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()
