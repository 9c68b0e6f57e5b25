"""Too large, too slow, too often, or on a path with two readings: refused before anything is understood of it."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
import requests
from assay_chain.gateway.limits import Buckets
from assay_chain.gateway.settings import Limits

from tests.chain.gateway.conftest import Open, Unlock, on_one_engine
from tests.chain.gateway.door import ANSWER_SECONDS, Door, call, code_of

pytestmark = pytest.mark.xdist_group("gateway")

LIMITS = Limits(
    body_bytes=4096, head_seconds=0.5, body_seconds=0.5, rate=5, burst=20, stranger_rate=5, stranger_burst=200
)


@pytest.fixture(scope="package")
def strict(opened: Open) -> Door:
    return opened(limits=LIMITS)


def test_bucket__emptied__fills_again_with_time_and_only_for_its_owner() -> None:
    now = 0.0
    bucket = Buckets(2.0, 10, lambda: now)
    assert bucket.take("a", 10)
    assert not bucket.take("a")
    assert bucket.take("b", 10)
    now = 1.0
    assert not bucket.take("a", 3)
    assert bucket.take("a", 2)
    assert not bucket.take("a", 1)
    now = 1000.0
    assert not bucket.take("a", 11)
    assert bucket.take("a", 10)


def test_bucket__of_a_crowd__forgets_who_went_away() -> None:
    now = 0.0
    bucket = Buckets(1.0, 1, lambda: now)
    for number in range(20_000):
        now += 0.01
        bucket.take(str(number))
    assert len(bucket._left) < 11_000


@on_one_engine
@pytest.mark.parametrize(
    "path",
    [
        "//rpc",
        "/rpc/",
        "/rpc//",
        "/./rpc",
        "/auth/../rpc",
        "/%72pc",
        "/rpc%00",
        "/rpc%2f",
        "/rpc;a=b",
        "/rpc\\",
        "/auth/..%2frpc",
        "/%2e%2e/rpc",
        "/RPC",
        "/rpc/extra",
        "/healthz/../rpc",
        "http://evil.example/rpc/",
    ],
)
def test_path__that_is_not_exactly_one_of_ours__is_not_found(
    door: Door, client_token: str, network: object, path: str
) -> None:
    body = json.dumps(call("eth_chainId")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Authorization: Bearer {client_token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = door.raw(head.encode("latin-1"), body)
    assert answer.split()[1] in (b"404", b"400"), answer
    assert b"0x" not in answer


@on_one_engine
def test_body__too_large__is_refused_however_it_is_announced(strict: Door) -> None:
    body = b'"' + b"x" * LIMITS.body_bytes + b'"'
    for data in (body, (body[start : start + 1000] for start in range(0, len(body), 1000))):
        answer = requests.post(f"{strict.url}/rpc", data=data, timeout=ANSWER_SECONDS)
        assert (answer.status_code, code_of(answer.json())) == (413, "too-large")
    lying = strict.raw(b"POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert lying.split()[1] == b"413"
    negative = strict.raw(b"POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")
    assert negative.split()[1] == b"400"


@on_one_engine
def test_request__with_two_lengths__is_refused(strict: Door) -> None:
    """What a proxy in front and the gateway could cut at different places (request smuggling)."""
    for lengths in (
        b"Content-Length: 4\r\nContent-Length: 40\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity, chunked, x\r\n",
    ):
        body = b"0\r\n\r\nPOST /rpc HTTP/1.1\r\n\r\n"
        answer = strict.raw(b"POST /auth/login HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n" + body)
        assert answer.split()[1] == b"400", answer
        assert answer.count(b"HTTP/1.1") == 1


@on_one_engine
def test_slow_loris__trickling_a_head__is_cut_off(strict: Door) -> None:
    """A byte now and then keeps most servers waiting for ever."""
    with socket.create_connection(("127.0.0.1", strict.port), timeout=ANSWER_SECONDS) as connection:
        start = time.monotonic()
        connection.sendall(b"POST /rpc HTTP/1.1\r\nHost: x\r\n")
        try:
            while time.monotonic() - start < ANSWER_SECONDS:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.1)
        except OSError:
            pass
        assert time.monotonic() - start < 10 * LIMITS.head_seconds


@on_one_engine
def test_slow_loris__silent_or_between_requests__is_cut_off(strict: Door) -> None:
    start = time.monotonic()
    assert strict.raw() == b""
    first = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    assert strict.raw(first, b"GET /heal").count(b"HTTP/1.1 200") == 1
    assert time.monotonic() - start < 20 * LIMITS.head_seconds


@on_one_engine
def test_slow_loris__trickling_a_body__is_told_and_cut_off(strict: Door) -> None:
    start = time.monotonic()
    answer = strict.raw(b"POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", b"{")
    assert answer.split()[1] == b"408"
    assert b"too-slow" in answer
    assert time.monotonic() - start < 10 * LIMITS.body_seconds


@on_one_engine
def test_slow_lorises__many__leave_the_door_open_to_members(strict: Door, key: Unlock) -> None:
    token = strict.token(key("supplier"))
    held = [socket.create_connection(("127.0.0.1", strict.port)) for _ in range(100)]
    for connection in held:
        connection.sendall(b"POST /rpc HTTP/1.1\r\n")
    assert strict.result(token, "eth_chainId")
    for connection in held:
        connection.close()


@on_one_engine
def test_head__too_large__is_refused(strict: Door) -> None:
    answer = strict.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000 + b"\r\n\r\n")
    assert answer.split()[1:2] in ([b"400"], [])
    answer = strict.raw(b"GET /healthz?" + b"y" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.split()[1:2] in ([b"400"], [])


@on_one_engine
def test_rate__of_a_member_used_up__is_told_and_comes_back(strict: Door, key: Unlock) -> None:
    token, other = strict.token(key("client")), strict.token(key("gatekeeper"))
    batch = [call("eth_chainId", identity=number) for number in range(LIMITS.burst)]
    assert len(strict.post(batch, token).json()) == LIMITS.burst
    answer = strict.post(batch[:10], token)
    assert (answer.status_code, code_of(answer.json())) == (429, "too-many-requests")
    assert answer.headers["Retry-After"] == "1"
    assert strict.result(other, "eth_chainId")
    time.sleep(1.5 / LIMITS.rate)
    assert strict.result(token, "eth_chainId")


@on_one_engine
def test_rate__of_strangers__is_their_addresses(opened: Open) -> None:
    door = opened(limits=Limits(stranger_rate=0.1, stranger_burst=3))
    answers = [requests.get(f"{door.url}/auth/nonce", timeout=ANSWER_SECONDS).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]


@on_one_engine
def test_connections__more_than_the_limit__are_turned_away_and_let_in_later(opened: Open) -> None:
    door = opened(limits=Limits(connections=10, head_seconds=1))
    held = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(12)]
    time.sleep(0.2)
    assert requests.get(f"{door.url}/healthz", timeout=ANSWER_SECONDS).status_code == 503
    for connection in held:
        connection.close()
    time.sleep(0.2)
    assert requests.get(f"{door.url}/healthz", timeout=ANSWER_SECONDS).status_code == 200


def test_node__asked_by_many_at_once__answers_each_its_own(door: Door, key: Unlock) -> None:
    """Answers must never be handed to the wrong asker."""
    token = door.token(key("client"))
    wrong: list[object] = []

    def ask(number: int) -> None:
        answer = door.post(call("eth_getBlockByNumber", hex(number % 5), False, identity=number), token).json()
        if answer["id"] != number or int(answer["result"]["number"], 16) != number % 5:
            wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
