"""Take the pictures of the documents: the dashboard of the demo's network, whose oracles really computed.

python -m tests.client.portal.pages.screenshots     (a few minutes; writes docs/dashboard-*.png)
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assay_client.demo import story
from assay_client.demo.cast import Cast
from assay_client.demo.stage import open_stage
from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from tests.client.portal.pages.conftest import QUIET, Door, chromium, visit

DOCS: Final = Path(__file__).parents[4] / "docs"
DESKTOP: Final = {"width": 1200, "height": 780}
PHONE: Final = {"width": 360, "height": 780}


def main() -> None:
    """Play the story, and look at it."""
    with open_stage(keep=False) as stage:
        cast = story.prologue(stage, Console(stderr=True))
        story.play(cast)
        door = Door(cast.book, stage.folder / "gateway")
        door.start()
        try:
            with sync_playwright() as tools:
                browser = tools.chromium.launch(executable_path=chromium(), args=QUIET)
                _desktop(browser.new_page(viewport=DESKTOP), door, cast)
                _phone(browser.new_page(viewport=PHONE, color_scheme="dark", device_scale_factor=2), door)
                browser.close()
        finally:
            door.stop()


def _desktop(page: Page, door: Door, cast: Cast) -> None:
    """Every audit of the story, with one more on its way."""
    _enter(page, door)
    cast.client.request(cast.client.quote("digits"))
    page.wait_for_selector("td:has-text('Committing')")
    _shoot(page, "overview")
    visit(page, door.url, "/audits/2", "Audit 2")
    _shoot(page, "audit", "Votes, lane by lane")
    visit(page, door.url, "/models/1", "digits")
    _shoot(page, "model", "Verified metrics over time")
    table = cast.client.tables("diabetes")[0].table.id.hex()
    visit(page, door.url, f"/fairness/{table}", "Table")
    _shoot(page, "fairness")


def _phone(page: Page, door: Door) -> None:
    _enter(page, door)
    visit(page, door.url, "/oracles", "Oracles")
    _shoot(page, "phone")


def _enter(page: Page, door: Door) -> None:
    page.goto(door.link("client"))
    page.wait_for_selector("#sign-out")


def _shoot(page: Page, name: str, heading: str | None = None) -> None:
    """Show the page from the top, or from a section on, and keep what the window shows."""
    if heading:
        page.get_by_role("heading", name=heading).evaluate(
            "(each) => scrollTo(0, each.getBoundingClientRect().top + scrollY - 90)"
        )
    page.screenshot(path=DOCS / f"dashboard-{name}.png")


if __name__ == "__main__":
    main()
