"""Connecting: only to the right chain, with the right contracts, through a node that answers."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.errors import MalformedInput, PeerUnreachable, Reverted, Usage
from assay_chain.session import Session
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Token

from tests.chain.lossy_node import LossyNode, cut, error, lie, result

Connect = Callable[..., Session]


def test_connect__wrong_chain__is_refused_before_anything_is_read(devnet: AddressBook) -> None:
    with pytest.raises(MalformedInput) as caught:
        Session.connect(replace(devnet, chain_id=devnet.chain_id + 1))
    assert (caught.value.code, caught.value.culprit) == ("wrong-chain", "local")
    assert str(devnet.chain_id) in caught.value.message
    assert caught.value.hint


def test_connect__no_code_at_an_address__names_the_contract(devnet: AddressBook) -> None:
    empty = "0x" + "00" * 19 + "42"
    with pytest.raises(MalformedInput, match=f"Vault at {empty}") as caught:
        Session.connect(replace(devnet, contracts={**devnet.contracts, "Vault": empty}))
    assert caught.value.code == "no-code"


def test_connect__swapped_addresses__are_noticed(devnet: AddressBook) -> None:
    swapped = {**devnet.contracts, "Vault": devnet.contracts["AuditBoard"], "AuditBoard": devnet.contracts["Vault"]}
    with pytest.raises(MalformedInput) as caught:
        Session.connect(replace(devnet, contracts=swapped))
    assert (caught.value.code, caught.value.culprit) == ("wrong-code", "local")


def test_connect__code_with_one_changed_byte__is_another_contract(devnet: AddressBook, lossy: LossyNode) -> None:
    lossy.always["eth_getCode"] = lie(lambda code: code[:-10] + ("1" if code[-10] == "0" else "0") + code[-9:])
    with pytest.raises(MalformedInput) as caught:
        Session.connect(devnet, rpc=lossy.url)
    assert caught.value.code == "wrong-code"


def test_contract__that_the_book_lacks__is_a_clear_error(devnet: AddressBook) -> None:
    with pytest.raises(MalformedInput) as caught:
        Token(Session.connect(replace(devnet, contracts={})))
    assert caught.value.code == "no-contract"


def test_connect__closed_port__is_unreachable_within_seconds(devnet: AddressBook) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        rpc = f"http://127.0.0.1:{probe.getsockname()[1]}"
    started = time.monotonic()
    with pytest.raises(PeerUnreachable) as caught:
        Session.connect(devnet, rpc=rpc)
    assert time.monotonic() - started < 5
    assert (caught.value.code, caught.value.culprit, caught.value.exit_code) == ("node-unreachable", "chain", 4)
    assert rpc in caught.value.message


def test_connect__unknown_host__is_unreachable(devnet: AddressBook) -> None:
    with pytest.raises(PeerUnreachable):
        Session.connect(devnet, rpc="http://node.invalid:8545", answer_seconds=3)


def test_connect__silent_port__gives_up_after_the_time_out(devnet: AddressBook) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        started = time.monotonic()
        with pytest.raises(PeerUnreachable) as caught:
            Session.connect(devnet, rpc=f"http://127.0.0.1:{server.getsockname()[1]}", answer_seconds=0.5)
        assert 0.4 < time.monotonic() - started < 3
    assert caught.value.code == "node-silent"


@contextmanager
def web_server(status: int, kind: str, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<html>It works!</html>", "not-a-node"),
        (200, b"", "not-a-node"),
        (200, b"\xff\xfe", "not-a-node"),
        (200, b"[]", "not-a-node"),
        (200, b"null", "not-a-node"),
        (200, b'{"result": "0x1"}', "not-a-node"),
        (200, b'{"jsonrpc": "2.0", "id": 0}', "not-a-node"),
        (200, b'{"jsonrpc": "2.0", "id": 0, "error": "no"}', "not-a-node"),
        (200, b"[" * 100_000, "not-a-node"),
        (404, b"<html>not found</html>", "node-http-error"),
        (502, b"bad gateway", "node-http-error"),
    ],
)
def test_connect__something_else_answers__is_no_node(devnet: AddressBook, status: int, body: bytes, code: str) -> None:
    with web_server(status, "text/html", body) as url, pytest.raises(PeerUnreachable) as caught:
        Session.connect(devnet, rpc=url)
    assert caught.value.code == code
    assert url in caught.value.message or code == "not-a-node"
    assert len(caught.value.message) < 300


def test_recursion_limit__with_all_our_libraries_loaded__lets_no_deep_json_kill_the_process() -> None:
    code = "import eth_account, assay_chain.session, json; json.loads('[' * 1_000_000)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "RecursionError" in done.stderr


def test_connect__connection_cut_now_and_then__tries_again(devnet: AddressBook, lossy: LossyNode) -> None:
    lossy.plan = {"eth_chainId": [cut, cut], "eth_getCode": [cut]}
    assert Session.connect(devnet, rpc=lossy.url).head().number > 0
    assert lossy.count("eth_chainId") == 3


def test_head__confirmations__stay_behind_the_latest_block(devnet: AddressBook, connect: Connect) -> None:
    behind = connect(confirmations=3)
    latest, head = behind.latest(), behind.head()
    assert 3 <= latest.number - head.number + 3 <= 5 or head.number == latest.number - 3
    assert head.hash == behind.block(head.number).hash
    assert len(head.hash) == 32
    assert head.timestamp <= latest.timestamp
    assert connect(confirmations=10**9).head().number == 0


def test_head__consortium_block_with_long_extra_data__is_read(devnet: AddressBook, lossy: LossyNode) -> None:
    # Besu (QBFT) keeps validators and seals in a header's extra data, far beyond the usual 32 bytes.
    lossy.always["eth_getBlockByNumber"] = lie(lambda block: {**block, "extraData": "0x" + "f8" * 250})
    session = Session.connect(devnet, rpc=lossy.url)
    assert session.head().number > 0


def test_call__block_that_the_node_lacks__is_unreachable_not_an_answer(connect: Connect) -> None:
    session = connect()
    with pytest.raises(PeerUnreachable) as caught:
        Policies(session).count(session.latest().number + 10**6)
    assert caught.value.culprit == "chain"
    with pytest.raises(PeerUnreachable):
        session.block(session.latest().number + 10**6)


def test_call__node_pruned_the_state__says_archive_node(devnet: AddressBook, lossy: LossyNode) -> None:
    session = Session.connect(devnet, rpc=lossy.url)
    lossy.always["eth_call"] = error(-32000, "missing trie node 0123 (path 01)")
    with pytest.raises(PeerUnreachable, match="state of that block") as caught:
        Policies(session).count(1)
    assert "archive" in caught.value.hint


def test_call__past_block__reads_the_state_of_then(connect: Connect) -> None:
    session = connect("treasury")
    token = Token(session)
    before = session.latest().number
    supply = token.total_supply(before)
    token.mint(session.account.address, 5)  # type: ignore[union-attr]
    assert token.total_supply(before) == supply
    assert token.total_supply(session.latest().number) >= supply + 5


def test_call__custom_error__reverts_in_words(connect: Connect) -> None:
    session = connect()
    with pytest.raises(Reverted, match="there is no model 999") as caught:
        Models(session).model(999, session.head().number)
    assert (caught.value.name, caught.value.args_) == ("UnknownModel", {"modelId": 999})


def test_call__answer_of_another_shape__is_a_wrong_contract(devnet: AddressBook, lossy: LossyNode) -> None:
    session = Session.connect(devnet, rpc=lossy.url)
    lossy.always["eth_call"] = result("0x1234")
    with pytest.raises(MalformedInput) as caught:
        Models(session).model(1, session.head().number)
    assert (caught.value.code, caught.value.culprit) == ("wrong-contract", "chain")


def test_send__session_without_account__is_a_usage_error(connect: Connect) -> None:
    with pytest.raises(Usage):
        Policies(connect()).retire(1)


def test_logs__more_blocks_than_one_request_may_ask__are_asked_in_ranges_without_gap_or_overlap(
    devnet: AddressBook, lossy: LossyNode
) -> None:
    session = Session.connect(devnet, rpc=lossy.url)
    lossy.always["eth_getLogs"] = result([])
    event = session.contract("AuditBoard").events.Opened
    assert session.logs(event, 5, 2504) == []
    asked = [request["params"][0] for request in lossy.asked if request["method"] == "eth_getLogs"]
    assert [(int(each["fromBlock"], 16), int(each["toBlock"], 16)) for each in asked] == [
        (5, 1004),
        (1005, 2004),
        (2005, 2504),
    ]
    assert session.logs(event, 10, 9) == []
    assert json.dumps(asked).lower().count(devnet.contracts["AuditBoard"].lower()) == 3
