"""The dashboard in a real browser, before a real gateway of a network with a past."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from assay_chain.devnet.settings import Settings as Devnet
from assay_chain.devnet.up import up
from assay_chain.gateway import members_book
from assay_client.portal import app as portal
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chain.fast import engine
from tests.chain.gateway.door import Door as Gateway
from tests.client.portal.pages import world as worlds
from tests.client.portal.pages.world import World
from tests.e2e.harness import good

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET: Final = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE: Final = 30_000  # milliseconds, on a busy machine
REFUSED: Final = "Failed to load resource"
"""How the browser itself comments on a 401; the pages ask before they know whether they may."""


class Door(Gateway):
    """A gateway with the portal and its pages."""

    def create(self) -> FastAPI:
        """The gateway's own, and what the client's package adds."""
        application = super().create()
        portal.mount(application)
        self.book = members_book.write(self.settings)
        self.signer = str(application.state.signer.address)
        return application

    def link(self, name: str) -> str:
        """What `assay dashboard` prints for a development account."""
        return str(good(self.book, "dashboard", "--no-open", "--as", name)["url"])


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("pages")
    settings = Devnet(
        directory=folder / "net", port=0, block_time=0.2, oracles=5, unbonding_blocks=200_000, engine=engine()
    )
    with up(settings) as running:
        yield worlds.build(running.book, folder)


Open = Callable[..., Door]


@pytest.fixture(scope="package")
def open_door(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Start a gateway with these settings."""
    doors: list[Door] = []

    def open_door(**settings: Any) -> Door:
        door = Door(world.book, tmp_path_factory.mktemp("door"), **settings)
        door.start()
        doors.append(door)
        return door

    yield open_door
    for door in doors:
        door.stop()


@pytest.fixture(scope="package")
def door(open_door: Open) -> Door:
    return open_door()


def chromium() -> str | None:
    """The system's browser."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For this room of tests: while it runs, nothing else in this process can run an event loop of its own."""
    path = chromium()
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed: on Debian, apt install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as tools:
        running = tools.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


NewTab = Callable[..., Page]


@pytest.fixture
def new_tab(browser: Browser) -> Iterator[NewTab]:
    """A tab in a browser context of its own, or of another tab. What its scripts complain about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def new_tab(beside: Page | None = None, **options: Any) -> Page:
        context = beside.context if beside else browser.new_context(**options)
        if not beside:
            contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return tab

    yield new_tab
    for context in contexts:
        context.close()
    assert [said for said in complaints if REFUSED not in said] == []


@pytest.fixture
def tab(new_tab: NewTab) -> Page:
    """Signed out."""
    return new_tab()


@pytest.fixture(scope="package")
def signed_in(browser: Browser, door: Door) -> Any:
    """The cookies of a signed-in client, so that not every test signs in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(door.link("client"))
    page.wait_for_selector("#sign-out")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def member(new_tab: NewTab, signed_in: Any) -> Page:
    """Signed in as the client."""
    return new_tab(storage_state=signed_in)


def visit(tab: Page, url: str, address: str, heading: str | None = None) -> None:
    """Go to a page, and wait until it shows what it is about."""
    tab.goto(f"{url}/#{address}")
    tab.wait_for_selector("main h1" if heading is None else f"main h1:has-text({heading!r})")
