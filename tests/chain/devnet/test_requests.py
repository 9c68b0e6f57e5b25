"""The HTTP and JSON-RPC envelope of the embedded engine, against the real process."""

from __future__ import annotations

import random
import socket

import pytest
import requests
from assay_chain.devnet.embedded.server import MAX_BATCH, MAX_BODY

CHAIN_ID = {"jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": []}


@pytest.mark.parametrize("identity", ["seven", "", 7, 0, -1, 2**63, 1.5, None])
def test_id__any_scalar__is_echoed(engine, identity):
    answer = engine.post({**CHAIN_ID, "id": identity}).json()
    assert answer["id"] == identity
    assert answer["result"] == "0x1092"


@pytest.mark.parametrize("identity", [True, False, [1], {"a": 1}])
def test_id__not_a_scalar__is_refused_with_null_id(engine, identity):
    answer = engine.post({**CHAIN_ID, "id": identity}).json()
    assert answer["id"] is None
    assert answer["error"]["code"] == -32600


def test_notification__alone__is_carried_out_without_an_answer(engine):
    response = engine.post({"jsonrpc": "2.0", "method": "eth_chainId", "params": []})
    assert response.status_code == 204
    assert response.content == b""


def test_batch__bad_members_and_notifications__each_request_gets_its_own_answer_in_order(engine):
    answers = engine.post(
        [
            {**CHAIN_ID, "id": 1},
            17,
            {"jsonrpc": "2.0", "method": "eth_chainId"},
            {"jsonrpc": "2.0", "id": 2, "method": "eth_nonsense"},
            {"id": 3, "method": "eth_chainId"},
            {**CHAIN_ID, "id": "last", "params": None},
        ]
    ).json()
    assert [(a["id"], a.get("result"), a.get("error", {}).get("code")) for a in answers] == [
        (1, "0x1092", None),
        (None, None, -32600),
        (2, None, -32601),
        (3, None, -32600),
        ("last", "0x1092", None),
    ]


def test_batch__only_notifications__has_no_body(engine):
    response = engine.post([{"jsonrpc": "2.0", "method": "eth_chainId"}] * 3)
    assert response.status_code == 204
    assert response.content == b""


def test_batch__empty__is_invalid(engine):
    assert engine.post([]).json()["error"] == {"code": -32600, "message": "empty batch"}


def test_batch__at_the_limit__is_answered_and_above_it_refused(engine):
    assert len(engine.post([CHAIN_ID] * MAX_BATCH).json()) == MAX_BATCH
    assert engine.post([CHAIN_ID] * (MAX_BATCH + 1)).json()["error"] == {"code": -32600, "message": "batch too large"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"jsonrpc":"2.0","id":NaN,"method":"eth_chainId"}',
        b"[" * 100_000,
        b"[" * 1_000_000 + b"]" * 1_000_000,
        b'{"jsonrpc":"2.0","id":' + b"9" * 10_000 + b',"method":"eth_chainId"}',
    ],
    ids=["empty", "cut", "words", "bytes", "nan", "deep", "deep and closed", "huge number"],
)
def test_body__not_json__is_a_parse_error(engine, body):
    answer = engine.post(body).json()
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)


@pytest.mark.parametrize(
    "message", [{}, "text", None, 1, {"jsonrpc": "1.0", "id": 1, "method": "eth_chainId"}, {**CHAIN_ID, "method": 1}]
)
def test_body__not_a_request__is_invalid(engine, message):
    assert engine.post(message).json()["error"]["code"] == -32600


def test_method__unknown__says_so_in_geths_words(engine):
    error = engine.post({**CHAIN_ID, "method": "eth_mineBitcoin"}).json()["error"]
    assert error == {"code": -32601, "message": "the method eth_mineBitcoin does not exist/is not available"}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"a": 1}, "non-array args"),
        (["0x" + "11" * 20, "latest", 1], "too many arguments, want at most 2"),
        ([], "missing value for required argument 0"),
        (["0x11", "latest"], "invalid argument 0: hex string has length 2, want 40 for address"),
        (["0x" + "11" * 20, "0x01"], "invalid argument 1: hex number with leading zero digits"),
        (["0x" + "11" * 20, "newest"], "invalid argument 1: hex string without 0x prefix"),
    ],
)
def test_params__wrong__are_named(engine, params, message):
    error = engine.post({**CHAIN_ID, "method": "eth_getBalance", "params": params}).json()["error"]
    assert error == {"code": -32602, "message": message}


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_body__too_large__is_refused_without_reading_it_all(engine, chunked):
    body = b" " * (MAX_BODY + 1)
    data = iter([body[: 1 << 20]] * 6) if chunked else body
    try:
        response = requests.post(engine.url, data=data, headers={"Content-Type": "application/json"}, timeout=20)
    except requests.ConnectionError:
        return  # the server closed the connection on us: refused as well
    assert response.status_code == 413
    assert response.json()["error"]["code"] == -32600


def test_content_type__as_a_web_page_could_send_it__is_refused(engine):
    assert engine.post(CHAIN_ID, headers={"Content-Type": "text/plain"}).status_code == 415


def test_host__of_a_rebound_name__is_refused(engine):
    assert engine.post(CHAIN_ID, headers={"Host": f"evil.example:{engine.port}"}).status_code == 403
    assert engine.post(CHAIN_ID, headers={"Host": f"localhost:{engine.port}"}).status_code == 200


def test_get__a_browser_looks__is_not_allowed(engine):
    assert requests.get(engine.url, timeout=5).status_code == 405


def test_engine__random_bytes_on_the_socket__keeps_answering(engine):
    noise = random.Random(1)
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", engine.port), timeout=5) as raw:
            raw.sendall(noise.randbytes(noise.randrange(1, 2000)))
    for _ in range(100):
        engine.post(noise.randbytes(noise.randrange(200)))
    assert engine.rpc("eth_chainId") == "0x1092"
    assert "Traceback" not in engine.log.read_text()


def test_params__nested_thousands_deep__are_refused_as_params(engine):
    depth = 5_000
    body = b'{"jsonrpc":"2.0","id":1,"method":"eth_call","params":' + b"[" * depth + b"]" * depth + b"}"
    assert engine.post(body).json()["error"]["code"] == -32602
