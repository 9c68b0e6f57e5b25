"""Coming in by each way that the dashboard offers, and who does not get in."""

from __future__ import annotations

import pytest
from assay_client.accounts import choose
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Page, expect

from tests.client.portal.pages.conftest import Door, NewTab, Open, visit
from tests.client.portal.pages.world import World

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture
def supplier(world: World) -> LocalAccount:
    return choose(world.book, "supplier", None, None, "supplier")


def signature(account: LocalAccount, text: str) -> str:
    return "0x" + bytes(account.sign_message(encode_defunct(text=text)).signature).hex()


def give_wallet(tab: Page, account: LocalAccount) -> None:
    """What an EIP-1193 wallet is to a page: it names the account without a checksum, and signs hexadecimal bytes."""
    tab.expose_function("sign_elsewhere", lambda text: signature(account, bytes.fromhex(text[2:]).decode()))
    tab.add_init_script(
        f"const account = '{account.address.lower()}';"
        """window.ethereum = { request: async ({ method, params }) => {
          if (method === "eth_requestAccounts") return [account];
          if (method === "personal_sign" && params[1] === account) return window.sign_elsewhere(params[0]);
          throw { code: 4200, message: "unsupported" };
        } };"""
    )


def test_link__of_the_command__signs_in_once_and_leaves_nothing_behind(tab: Page, new_tab: NewTab, door: Door) -> None:
    link = door.link("client")
    tab.goto(link)
    expect(tab.get_by_role("heading", name="Overview")).to_be_visible()
    assert tab.evaluate("location.hash") == "#/"
    assert tab.evaluate("document.cookie") == "", "scripts cannot read the session"
    assert "ey" not in tab.evaluate("JSON.stringify(localStorage)"), "no token is kept where scripts read"
    thief = new_tab()
    thief.goto(link)
    expect(thief.get_by_role("alert")).to_contain_text("nonce-used")
    expect(thief.get_by_role("heading", name="Sign in")).to_be_visible()


def test_wallet__address_without_checksum__signs_in(tab: Page, door: Door, supplier: LocalAccount) -> None:
    give_wallet(tab, supplier)
    visit(tab, door.url, f"/audits/{1}", "Sign in")
    tab.get_by_role("button", name="Sign in with the wallet").click()
    expect(tab.get_by_role("heading", name="Audit 1")).to_be_visible()
    assert supplier.address in (tab.locator(".who").get_attribute("title") or "")


def test_wallet__refuses__says_so_and_stays(tab: Page, door: Door) -> None:
    tab.add_init_script("window.ethereum = { request: async () => { throw { code: 4001, message: 'User said no' }; } }")
    visit(tab, door.url, "/sign-in")
    tab.get_by_role("button", name="Sign in with the wallet").click()
    expect(tab.get_by_role("alert")).to_contain_text("User said no")
    expect(tab.get_by_role("alert")).to_contain_text("wallet-4001")


def test_text__signed_by_any_tool_in_ones_own_time__signs_in_where_one_was(
    tab: Page, door: Door, supplier: LocalAccount
) -> None:
    visit(tab, door.url, "/oracles", "Sign in")
    tab.get_by_text("With any other tool").click()
    tab.get_by_label("Your address").fill(supplier.address)
    tab.get_by_role("button", name="Show the text").click()
    shown = tab.get_by_label("Sign exactly this text")
    expect(shown).not_to_have_value("")
    text = shown.input_value()
    assert text.startswith(f"{door.url.removeprefix('http://')} wants you to sign in")
    tab.wait_for_timeout(3_000)  # longer than a page waits before it reads again
    tab.get_by_label("Signature").fill(signature(supplier, text))
    tab.get_by_role("button", name="Sign in with the signature").click()
    expect(tab.get_by_role("heading", name="Oracles")).to_be_visible()


def test_stranger__signs_correctly__is_told_to_ask_the_gatekeeper(tab: Page, door: Door) -> None:
    stranger: LocalAccount = Account.create()
    give_wallet(tab, stranger)
    visit(tab, door.url, "/sign-in")
    tab.get_by_role("button", name="Sign in with the wallet").click()
    expect(tab.get_by_role("alert")).to_contain_text(stranger.address)
    expect(tab.get_by_role("alert")).to_contain_text("not-admitted")


def test_pasted__what_is_no_link__is_refused_in_words(tab: Page, door: Door) -> None:
    visit(tab, door.url, "/sign-in")
    tab.get_by_label("Or paste the link").fill("https://example.org/#/sign-in/nonsense")
    tab.get_by_role("button", name="Sign in with the link").click()
    expect(tab.get_by_role("alert")).to_contain_text("no link of assay dashboard")


def test_signed_out__any_page__shows_nothing_but_the_sign_in(tab: Page, door: Door, world: World) -> None:
    for address in ("/", f"/audits/{world.cheated}", f"/models/{world.model}", "/oracles", "/fairness", "/network"):
        visit(tab, door.url, address, "Sign in")
        assert "tumours" not in tab.content()
        assert world.verified not in tab.content()


def test_public_board__signed_out__reads_the_board_and_nothing_else(tab: Page, open_door: Open, world: World) -> None:
    public = open_door(fairness="public")
    visit(tab, public.url, f"/fairness/{world.verified}", "Table")
    expect(tab.get_by_role("heading", name="Rates of each group")).to_be_visible()
    expect(tab.get_by_role("link", name="Sign in")).to_be_visible()
    visit(tab, public.url, f"/audits/{world.table}", "Sign in")


def test_sign_out__then_back__the_session_is_over(tab: Page, door: Door) -> None:
    tab.goto(door.link("client"))
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(tab.get_by_role("link", name="Sign in")).to_be_visible()
    assert tab.context.cookies() == []
    visit(tab, door.url, "/oracles", "Sign in")


def test_two_tabs__tokens_expire__both_stay_signed_in(tab: Page, new_tab: NewTab, open_door: Open) -> None:
    """A refresh token that is used twice ends its session, as a theft would: the tabs must take turns."""
    brief = open_door(access_seconds=5)
    tab.goto(brief.link("client"))
    expect(tab.get_by_role("heading", name="Overview")).to_be_visible()
    second = new_tab(tab)
    visit(second, brief.url, "/oracles", "Oracles")
    tab.wait_for_timeout(6_000)
    for page in (tab, second):
        expect(page.locator(".pulse")).not_to_have_text(page.locator(".pulse").inner_text())  # it goes on reading
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
