"""Asking strangers: what is bounded, what is refused, and what a restart finds."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from assay_chain.errors import AssayError, Inconclusive, Usage
from assay_oracles.audits.service.block import Block
from assay_oracles.audits.service.declaration import Service
from assay_oracles.audits.service.lanes import Counts, decode
from assay_oracles.audits.whitebox import dataset
from assay_oracles.node.service.asking import ANSWER_BYTES, Asker, OurFault, Reply
from assay_oracles.node.service.egress import Egress
from assay_oracles.node.service.record import Record
from assay_oracles.node.service.surveys import MOST_TIMES, Plan, StillAsking, Surveys

from tests.oracles.node.harness import eventually

SEED = bytes(32)
LOCAL = Egress.of((), development=True)
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def echo(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """The class is the input's only number."""
    label = int(json.loads(body)["inputs"][0][0])
    send(handler, json.dumps({"probs": [[float(each == label) for each in range(3)]]}).encode())


class Served:
    """A service that answers as told, and what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.bodies = answer, list[bytes]()
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                served.bodies.append(body)
                served.answer(self, body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def served() -> Iterator[Served]:
    service = Served(echo)
    yield service
    service.close()


def service(url: str, timeout: float = 1.0) -> Service:
    return Service(url, inputs=100, per_second=200, timeout=timeout, thresholds=(500,))


def ask(url: str, egress: Egress = LOCAL, timeout: float = 1.0) -> Reply:
    async def once() -> Reply:
        async with Asker(service(url, timeout), 3, Egress(egress.allowed)) as asker:
            return await asker.ask([2.0])

    return asyncio.run(once())


def test_ask__usable_answer__class_and_seconds(served: Served) -> None:
    reply = ask(served.url + "/")
    assert reply.predicted == 2
    assert reply.seconds is not None
    assert 0 < reply.seconds < 1
    assert [json.loads(body) for body in served.bodies] == [{"inputs": [[2.0]]}]


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler, body: send(handler, b'{"probs": [[0, 0, 1]]}', 500),
        lambda handler, body: send(handler, b"", 302, Location="/elsewhere"),
        lambda handler, body: send(handler, b'{"probs": [[0, 0, 1]]}', 200, Content_Encoding="gzip"),
        lambda handler, body: send(handler, b"not json"),
        lambda handler, body: send(handler, b"[" * 200_000),
        lambda handler, body: send(handler, b'{"probs": [[0, 1]]}'),
        lambda handler, body: send(handler, b" " * ANSWER_BYTES + b'{"probs": [[0, 0, 1]]}'),
        lambda handler, body: send(handler, b'{"probs"', 200, Content_Length="100"),
        lambda handler, body: time.sleep(2),
    ],
    ids=["status", "redirect", "compressed", "no json", "deep", "too few", "too large", "cut off", "too slow"],
)
def test_ask__anything_else__is_no_answer_and_is_not_asked_again(served: Served, answer: Answer) -> None:
    served.answer = answer
    assert ask(served.url, timeout=0.7) == Reply(None, None)
    assert len(served.bodies) == 1


def test_ask__nobody_listens_or_no_such_name__is_the_services_doing() -> None:
    assert ask("http://127.0.0.1:9") == Reply(None, None)
    assert ask("http://no-such-host.invalid") == Reply(None, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_ask__private_address_in_any_spelling__nothing_is_sent(served: Served, host: str) -> None:
    with pytest.raises(OurFault) as refusal:
        ask(served.url.replace("127.0.0.1", host), Egress.of((), development=False))
    assert (refusal.value.code, refusal.value.culprit) == ("egress-not-allowed", "oracle")
    assert served.bodies == []


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("10.1.2.3", True),
    ],
)
def test_egress__addresses__public_ones_and_those_that_the_operator_allows(address: str, fine: bool) -> None:
    assert Egress.of(("10.1.0.0/16",), development=False).permits(address) is fine


def test_egress__no_network__refused_at_the_start() -> None:
    with pytest.raises(Usage, match="egress"):
        Egress.of(("10.1.0.0/8",), development=False)


def plan(folder: Path, url: str, count: int = 8, seconds: float = 4.0) -> Plan:
    path = folder / "test.safetensors"
    labels = np.arange(12) % 3
    path.write_bytes(dataset.encode(labels.astype(np.float64)[:, None], labels))
    places = tuple(range(2, 2 + count))
    truth = tuple(int(labels[place]) for place in places)
    return Plan(service(url), 3, path, Block(places, truth, truth), time.time() + seconds)


def lanes(surveys: Surveys, asked: Plan) -> dict[str, int]:
    survey = surveys.find(1, SEED) or surveys.start(1, SEED, asked)

    def over() -> dict[str, int] | None:
        try:
            return survey.lanes()
        except StillAsking:
            return None

    found: dict[str, int] = eventually(over, 20, "the survey is over")
    return found


def test_survey__good_service__every_input_of_the_block_once(tmp_path: Path, served: Served) -> None:
    found = decode(lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, served.url)))
    assert found == (Counts(4, 4, 4, 4, (0,)), Counts(4, 4, 4, 4, (0,)))
    assert sorted(json.loads(body)["inputs"][0][0] for body in served.bodies) == [0, 0, 0, 1, 1, 2, 2, 2]


def test_survey__down__values_with_nothing_answered(tmp_path: Path) -> None:
    found = decode(lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, "http://127.0.0.1:9")))
    assert found == (Counts(4, 0, 0, 0, (4,)),) * 2


def test_survey__stopped_and_started_again__goes_on_where_it_was(tmp_path: Path, served: Served) -> None:
    surveys = Surveys(tmp_path, LOCAL)
    surveys.start(1, SEED, plan(tmp_path, served.url, seconds=12))
    eventually(lambda: len(served.bodies) >= 3, 10, "three queries")
    surveys.drop(1, SEED)
    found = decode(lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, served.url)))
    assert found == (Counts(4, 4, 4, 4, (0,)),) * 2
    assert len(served.bodies) <= 8 + 1


def test_survey__over__a_restart_asks_nothing_and_votes_the_same(tmp_path: Path, served: Served) -> None:
    first = lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, served.url))
    assert lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, served.url, seconds=0)) == first
    assert len(served.bodies) == 8


def test_survey__answers_lost_again_and_again__gives_up_instead_of_asking_for_ever(
    tmp_path: Path, served: Served
) -> None:
    record = Record.opened(tmp_path / f"1-{SEED.hex()[:16]}.jsonl", list(range(8)))
    for _ in range(MOST_TIMES):
        record.asking(3)
    with pytest.raises(Inconclusive) as refusal:
        lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, served.url))
    assert (refusal.value.code, refusal.value.culprit) == ("answers-lost", "local")


def test_survey__too_little_time__asks_nothing(tmp_path: Path, served: Served) -> None:
    with pytest.raises(AssayError) as refusal:
        lanes(Surveys(tmp_path, LOCAL), plan(tmp_path, served.url, seconds=0.5))
    assert refusal.value.code == "deadline"
    assert served.bodies == []


def test_survey__no_address_that_the_node_may_use__is_this_nodes_doing(tmp_path: Path, served: Served) -> None:
    with pytest.raises(OurFault) as refusal:
        lanes(Surveys(tmp_path, Egress.of((), development=False)), plan(tmp_path, served.url, seconds=2))
    assert refusal.value.code == "egress-not-allowed"
    assert served.bodies == []


def test_record__cut_off_by_a_crash__whole_lines_count(tmp_path: Path) -> None:
    path = tmp_path / "1.jsonl"
    record = Record.opened(path, [2, 0, 1])
    record.asking(2)
    record.answered(2, Reply(0.1, 4))
    record.asking(0)
    with path.open("ab") as file:
        file.write(b'{"reply": 0, "seco')
    again = Record.opened(path, [0, 1, 2])
    assert (again.order, again.asked, again.replies) == ((2, 0, 1), [1, 0, 1], {2: Reply(0.1, 4)})
    again.answered(0, Reply(None, None))
    assert Record.opened(path, [0, 1, 2]).replies == {2: Reply(0.1, 4), 0: Reply(None, None)}


def test_egress__socket__is_made_for_permitted_addresses_only() -> None:
    egress = Egress.of((), development=False)
    with pytest.raises(OSError, match="does not connect"):
        egress.socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80)))
    egress.socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("93.184.215.14", 80))).close()
    assert (egress.refused, egress.permitted) == ("127.0.0.1", True)
