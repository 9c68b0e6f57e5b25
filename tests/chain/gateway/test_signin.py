"""Signing in: only members, only with a message for this gateway, this chain and this moment, and only once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from assay_chain.errors import MalformedInput, Refused
from assay_chain.gateway import signin
from assay_chain.gateway.problems import SignInNeeded
from assay_chain.gateway.sessions import NONCE_SECONDS, Sessions
from assay_chain.gateway.signin import Message
from assay_chain.roles import Role
from assay_chain.wrappers.membership import Membership
from eth_account import Account
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chain.gateway.conftest import Acting, Open, Unlock
from tests.chain.gateway.door import ANSWER_SECONDS, Door, call, code_of, signature

pytestmark = pytest.mark.xdist_group("gateway")

ADDRESS = "0x6Da01670d8fc844e736095918bbE11fE8D564163"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MESSAGE = Message("door.example", ADDRESS, "https://door.example", 7, "a" * 32, NOW, NOW + timedelta(seconds=60))
EIP_EXAMPLE = """example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""


# The message


def test_message__example_of_the_standard__is_read() -> None:
    found = signin.parse(EIP_EXAMPLE)
    assert (found.domain, found.uri, found.chain_id, found.nonce) == (
        "example.com",
        "https://example.com/login",
        1,
        "32891756",
    )
    assert found.address == "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
    assert (found.issued_at, found.expires_at) == (datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC), None)


def test_message__without_a_statement__is_read() -> None:
    plain = MESSAGE.text().replace(f"{signin.STATEMENT}\n", "")
    assert signin.parse(plain) == MESSAGE


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.from_regex(r"[a-z]{1,20}(:[0-9]{1,4})?", fullmatch=True),
    st.integers(1, 10**15),
    st.from_regex(r"[A-Za-z0-9]{8,64}", fullmatch=True),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.booleans(),
)
def test_message__written_and_read__is_the_same(
    domain: str, chain_id: int, nonce: str, issued: datetime, later: bool
) -> None:
    made = Message(domain, ADDRESS, f"https://{domain}", chain_id, nonce, issued, issued + timedelta(1))
    made = replace(made, not_before=issued) if later else made
    assert signin.parse(made.text()) == made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        (ADDRESS, ADDRESS.lower()),
        (ADDRESS, ADDRESS[:-1]),
        ("Chain ID: 7", "Chain ID: 7\nChain ID: 8"),
        ("Chain ID: 7", "Chain ID: -7"),
        ("Nonce: " + "a" * 32, "Nonce: short"),
        ("Nonce: " + "a" * 32, "Nonce: " + "a" * 31 + "\u00e4"),
        ("\nVersion", "\r\nVersion"),
        ("Issued At: 2026-05-04T12:00:00Z", "Issued At: yesterday"),
        ("Issued At: 2026-05-04T12:00:00Z", "Issued At: 2026-13-04T12:00:00Z"),
        ("Issued At: 2026-05-04T12:00:00Z", "Issued At: 2026-05-04T12:00:00"),
        ("wants you to sign in", "wants you to sign  in"),
        (signin.STATEMENT, "one line\nURI: https://evil.example"),
        ("URI: https://door.example\n", ""),
        ("Expiration Time", "\nExpiration Time"),
    ],
)
def test_message__of_another_form__is_refused(old: str, new: str) -> None:
    text = MESSAGE.text()
    assert old in text
    with pytest.raises(MalformedInput) as caught:
        signin.parse(text.replace(old, new))
    assert (caught.value.code, caught.value.culprit) == ("bad-sign-in", "client")


@pytest.mark.parametrize("extra", ["\n", " ", "\nevil: 1", "x" * signin.LONGEST])
def test_message__with_something_behind_it__is_refused(extra: str) -> None:
    with pytest.raises(MalformedInput):
        signin.parse(MESSAGE.text() + extra)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"domain": "evil.example"}, "wrong-domain"),
        ({"uri": "https://evil.example"}, "wrong-domain"),
        ({"chain_id": 8}, "wrong-chain"),
        ({"expires_at": None}, "no-expiry"),
        ({"expires_at": NOW}, "sign-in-expired"),
        ({"issued_at": NOW + timedelta(hours=1)}, "sign-in-early"),
        ({"not_before": NOW + timedelta(hours=1)}, "sign-in-early"),
    ],
)
def test_check__message_for_elsewhere_or_another_time__is_refused(changes: dict[str, Any], code: str) -> None:
    signin.check(MESSAGE, "door.example", "https://door.example", 7, NOW)
    with pytest.raises(Refused) as caught:
        signin.check(replace(MESSAGE, **changes), "door.example", "https://door.example", 7, NOW)
    assert caught.value.code == code


# Nonces and sessions


class Clock:
    """Unix seconds that a test moves."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nonce__used_twice_even_after_a_restart__is_refused(tmp_path: Path) -> None:
    first = Sessions(tmp_path, b"k" * 32, 60)
    nonce = first.nonce()
    first.spend(nonce)
    for again in (first, Sessions(tmp_path, b"k" * 32, 60)):
        with pytest.raises(SignInNeeded) as caught:
            again.spend(nonce)
        assert caught.value.code == "nonce-used"


def test_nonce__of_another_gateway_changed_or_old__is_refused(tmp_path: Path, clock: Clock) -> None:
    ours = Sessions(tmp_path, b"k" * 32, 60, clock)
    (tmp_path / "other").mkdir()
    other = Sessions(tmp_path / "other", b"o" * 32, 60, clock)
    nonce = ours.nonce()
    changed = ("1" if nonce[12] == "0" else "0").join((nonce[:12], nonce[13:]))
    younger = f"{int(clock()) + 1000:010x}{nonce[10:]}"
    for bad in (other.nonce(), changed, younger, "", "abcdefgh"):
        with pytest.raises(SignInNeeded) as caught:
            ours.spend(bad)
        assert caught.value.code == "bad-nonce"
    clock.now += NONCE_SECONDS
    with pytest.raises(SignInNeeded) as caught:
        ours.spend(nonce)
    assert caught.value.code == "nonce-expired"


def test_session__restarted_gateway__goes_on(tmp_path: Path, clock: Clock) -> None:
    begun = Sessions(tmp_path, b"k" * 32, 60, clock).begin(ADDRESS)
    after = Sessions(tmp_path, b"k" * 32, 60, clock)
    assert after.alive(begun.id)
    renewed = after.refresh(begun.id, begun.refresh)
    assert (renewed.address, renewed.id) == (ADDRESS, begun.id)
    assert renewed.refresh != begun.refresh


def test_session__refresh_secret_used_twice__ends_it_for_both_holders(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, b"k" * 32, 60)
    begun = sessions.begin(ADDRESS)
    renewed = sessions.refresh(begun.id, begun.refresh)
    with pytest.raises(SignInNeeded) as caught:
        sessions.refresh(begun.id, begun.refresh)
    assert caught.value.code == "refresh-reused"
    assert not sessions.alive(begun.id)
    with pytest.raises(SignInNeeded):
        sessions.refresh(renewed.id, renewed.refresh)


def test_session__not_refreshed_in_time__is_over(tmp_path: Path, clock: Clock) -> None:
    sessions = Sessions(tmp_path, b"k" * 32, 60, clock)
    begun = sessions.begin(ADDRESS)
    clock.now += 60
    assert not sessions.alive(begun.id)
    with pytest.raises(SignInNeeded):
        sessions.refresh(begun.id, begun.refresh)


# Over sockets


def test_login__member__is_signed_in_as_what_the_chain_says(door: Door, key: Unlock) -> None:
    answer = door.login(key("client"))
    told = answer.json()
    assert (told["address"], told["roles"]) == (key("client").address, ["client"])
    assert door.result(told["access_token"], "eth_chainId") == hex(door.settings.book.chain_id)
    assert answer.headers["Cache-Control"] == "no-store"


def test_login__unadmitted_account__gets_nothing(door: Door) -> None:
    answer = door.login(Account.create())
    assert (answer.status_code, code_of(answer.json())) == (403, "not-admitted")
    assert not answer.cookies
    assert "token" not in answer.text


def test_login__signature_of_another_key__gets_nothing(door: Door, key: Unlock) -> None:
    text = door.message(key("client")).text()
    for forged in (
        signature(Account.create(), text),
        "0x" + "00" * 65,
        "0x",
        "zz",
        signature(key("client"), text + " "),
    ):
        body = {"message": text, "signature": forged}
        answer = requests.post(f"{door.url}/auth/login", json=body, timeout=ANSWER_SECONDS)
        assert code_of(answer.json()) in ("bad-signature", "bad-sign-in")
        assert answer.status_code in (400, 401)


def test_login__replayed__gets_nothing(door: Door, key: Unlock) -> None:
    message = door.message(key("client"))
    assert door.login(key("client"), message).status_code == 200
    answer = door.login(key("client"), message)
    assert (answer.status_code, code_of(answer.json())) == (401, "nonce-used")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chain_id": 1}, "wrong-chain"),
        ({"domain": "evil.example"}, "wrong-domain"),
        ({"uri": "http://evil.example"}, "wrong-domain"),
        ({"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, "sign-in-expired"),
        ({"nonce": "12345678abcdefgh"}, "bad-nonce"),
    ],
)
def test_login__message_for_elsewhere__gets_nothing(
    door: Door, key: Unlock, changes: dict[str, Any], code: str
) -> None:
    answer = door.login(key("client"), door.message(key("client"), **changes))
    assert code_of(answer.json()) == code
    assert answer.status_code in (401, 403)


def test_logout__token_kept__is_worth_nothing_at_once(door: Door, key: Unlock) -> None:
    token = door.token(key("client"))
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.post(f"{door.url}/auth/logout", headers=headers, timeout=ANSWER_SECONDS).status_code == 204
    assert door.refusal(token, "eth_chainId") == "session-ended"


def test_logout__of_a_browser_whose_access_token_expired__ends_the_session(door: Door, key: Unlock) -> None:
    answer = door.login(key("client"))
    cookies = {"assay_refresh": answer.cookies["assay_refresh"]}
    url, ours = f"{door.url}/auth/logout", {"X-Assay": "1"}
    assert requests.post(url, cookies=cookies, timeout=ANSWER_SECONDS).status_code == 403
    assert requests.post(url, cookies=cookies, headers=ours, timeout=ANSWER_SECONDS).status_code == 204
    assert door.refusal(answer.json()["access_token"], "eth_chainId") == "session-ended"
    assert requests.post(url, headers=ours, timeout=ANSWER_SECONDS).status_code == 401


def test_refresh__over_the_wire__works_once_and_a_second_use_ends_the_session(door: Door, key: Unlock) -> None:
    told = door.login(key("client")).json()
    body = {"refresh_token": told["refresh_token"]}
    renewed = requests.post(f"{door.url}/auth/refresh", json=body, timeout=ANSWER_SECONDS).json()
    assert door.result(renewed["access_token"], "eth_blockNumber")
    again = requests.post(f"{door.url}/auth/refresh", json=body, timeout=ANSWER_SECONDS)
    assert (again.status_code, code_of(again.json())) == (401, "refresh-reused")
    assert door.refusal(renewed["access_token"], "eth_blockNumber") == "session-ended"


def test_cookies__set_at_login__are_out_of_reach_for_scripts_and_other_sites(door: Door, key: Unlock) -> None:
    answer = door.login(key("client"))
    set_cookies = answer.raw.headers.getlist("set-cookie")
    assert len(set_cookies) == 2
    for cookie in set_cookies:
        assert "HttpOnly" in cookie
        assert re.search("samesite=strict", cookie, re.IGNORECASE)
    jar = dict(answer.cookies)
    assert code_of(door.post(call("eth_chainId"), cookies=jar).json()) == "cross-site"
    allowed = door.post(call("eth_chainId"), cookies=jar, headers={"X-Assay": "1"})
    assert allowed.json()["result"] == hex(door.settings.book.chain_id)
    url = f"{door.url}/auth/refresh"
    stolen = requests.post(url, cookies=jar, timeout=ANSWER_SECONDS)
    assert (stolen.status_code, code_of(stolen.json())) == (403, "cross-site")


def test_restart__of_the_gateway__keeps_sessions(opened: Open, key: Unlock) -> None:
    door = opened()
    token = door.token(key("client"))
    door.stop()
    door.start()
    assert door.result(token, "eth_chainId")


def test_revocation__while_signed_in__bites_within_one_block(
    door: Door, admit: Callable[..., LocalAccount], acting: Acting
) -> None:
    account = admit(Role.CLIENT)
    told = door.login(account).json()
    token, session = told["access_token"], acting("gatekeeper")
    assert door.result(token, "eth_blockNumber")
    (receipt,) = Membership(session).revoke(account.address)
    while session.latest().number <= receipt["blockNumber"]:
        time.sleep(0.01)
    assert door.refusal(token, "eth_blockNumber") == "not-admitted"
    answer = door.post(call("eth_blockNumber"), token)
    assert answer.status_code == 403
    assert code_of(door.login(account).json()) == "not-admitted"
    renewal = requests.post(
        f"{door.url}/auth/refresh", json={"refresh_token": told["refresh_token"]}, timeout=ANSWER_SECONDS
    )
    assert (renewal.status_code, code_of(renewal.json())) == (403, "not-admitted")
