"""How the pages behave as documents: for keyboards, readers aloud, phones, paper, both themes, and hostile text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.client.portal.pages.conftest import Door, NewTab, visit
from tests.client.portal.pages.world import World

pytestmark = pytest.mark.xdist_group("pages")

Addresses = list[str]
Theme = Literal["light", "dark"]


@pytest.fixture
def addresses(world: World) -> Addresses:
    """One of every kind of page."""
    one = [f"/audits/{world.cheated}", f"/audits/{world.open}", f"/models/{world.model}", f"/fairness/{world.verified}"]
    lists = ["/", "/audits", "/models", "/oracles", "/fairness", "/network", "/sign-in"]
    return [*lists, *one, "/oracles/4", "/audits/999"]


def test_every_page__checked_by_axe_in_both_themes__nothing_to_mend(
    member: Page, door: Door, addresses: Addresses
) -> None:
    for address in addresses:
        visit(member, door.url, address)
        member.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        themes: dict[Theme, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
        for theme, rules in themes.items():
            member.emulate_media(color_scheme=theme)
            found = Axe().run(member, options={"resultTypes": ["violations"], **rules})
            assert found.violations_count == 0, f"{address}, {theme}: {found.generate_report()}"


def test_every_page__on_a_phone__never_wider_than_the_screen(
    new_tab: NewTab, signed_in: Any, door: Door, addresses: Addresses
) -> None:
    tab = new_tab(storage_state=signed_in, viewport={"width": 360, "height": 740})
    for address in addresses:
        visit(tab, door.url, address)
        assert tab.evaluate("document.documentElement.scrollWidth") == 360, address
        cut = tab.evaluate(
            """[...document.querySelectorAll("main *")].filter((each) => each.getBoundingClientRect().right > 361
               && !each.closest(".scroll, .only-read")).map((each) => each.outerHTML.slice(0, 80))"""
        )
        assert cut == [], address


def test_keyboard__from_the_top__skips_to_the_content_and_shows_where_it_is(member: Page, door: Door) -> None:
    visit(member, door.url, "/audits", "Audits")
    member.evaluate("document.activeElement.blur(); document.body.focus()")
    member.keyboard.press("Tab")
    expect(member.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(member.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    member.keyboard.press("Enter")
    expect(member.locator("main")).to_be_focused()
    assert member.evaluate("location.hash") == "#/audits", "skipping is no navigation"
    member.keyboard.press("Tab")
    expect(member.get_by_label("Phase")).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert member.evaluate(outline) == "solid"


def test_theme__chosen__stays_chosen(member: Page, door: Door) -> None:
    visit(member, door.url, "/", "Overview")
    background: Callable[[], str] = lambda: member.evaluate("getComputedStyle(document.body).backgroundColor")  # noqa: E731
    light = background()
    member.get_by_role("button", name="Theme: as the system").click()
    assert background() == light
    member.get_by_role("button", name="Theme: light").click()
    dark = background()
    assert dark != light
    member.reload()
    expect(member.get_by_role("heading", name="Overview")).to_be_visible()
    assert background() == dark
    member.get_by_role("button", name="Theme: dark").click()
    assert background() == light


def test_paper__an_audit__all_evidence_and_no_controls(member: Page, door: Door, world: World) -> None:
    visit(member, door.url, f"/audits/{world.cheated}", f"Audit {world.cheated}")
    member.emulate_media(media="print")
    expect(member.get_by_role("navigation")).to_be_hidden()
    expect(member.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(member.get_by_role("row").filter(has_text="robust correct")).to_be_visible()


def test_policy__of_the_document__no_script_but_ours_and_no_other_host(
    browser: Browser, signed_in: Any, door: Door, world: World
) -> None:
    context = browser.new_context(storage_state=signed_in)
    member, asked = context.new_page(), set()
    member.on("request", lambda request: asked.add(request.url.split("/")[2]))
    visit(member, door.url, f"/audits/{world.cheated}")
    visit(member, door.url, f"/models/{world.model}")
    assert asked == {door.url.split("/")[2]}
    markup = """() => { try { document.body.innerHTML = "<b>x</b>"; return "done"; } catch (e) { return e.name; } }"""
    assert member.evaluate(markup) == "TypeError", "trusted types: no text becomes markup"
    headers = member.request.get(f"{door.url}/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert member.request.get(f"{door.url}/assets/js/main.js").headers["content-security-policy"]
    for path in ("/assets/../__init__.py", "/assets/%2e%2e/__init__.py", "/assets//etc/passwd", "/assets/js"):
        assert member.request.get(door.url + path).status == 404, path
    context.close()
