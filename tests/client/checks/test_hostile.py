"""Endpoints that do their worst: an error that names them, soon, and never a query more than allowed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from assay_chain.errors import AssayError, MalformedInput, PeerUnreachable, Usage
from assay_client.checks.endpoints.base import Party
from assay_client.checks.endpoints.http import HttpEndpoint, Manners

from tests.client.checks import hostile
from tests.client.checks.conftest import Check
from tests.client.checks.hostile import Behaviour, serving

INPUTS = np.zeros((2, 1, 8, 8))
MANNERS = Manners(timeout=0.5, attempts=3, backoff=0.01, longest_wait=1)
ROW = [0.1] * 10


def ask(url: str, manners: Manners = MANNERS) -> AssayError:
    """The error that asking ends with."""
    endpoint = HttpEndpoint(Party("provider", url), manners)
    try:
        with pytest.raises(AssayError) as caught:
            endpoint.classify(INPUTS, None, lambda why: True)
    finally:
        endpoint.close()
    assert caught.value.culprit == "provider"
    assert url in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (hostile.raw(b'{"probs": [[NaN,0,0,0,0,0,0,0,0,1],[1,0,0,0,0,0,0,0,0,0]]}'), "not-json"),
        (hostile.raw(b'{"probs": [[1e999,0,0,0,0,0,0,0,0,1],[1,0,0,0,0,0,0,0,0,0]]}'), "not-finite"),
        (hostile.raw(b"<html>"), "not-json"),
        (hostile.raw(b"[" * 100_000), "not-json"),
        (hostile.raw(b"\xff\xfe"), "not-json"),
        (hostile.raw(b'{"probs": ' + b"9" * 10_000 + b"}"), "not-json"),
        (hostile.probs([ROW]), "wrong-shape"),
        (hostile.probs([ROW, ROW[:9]]), "wrong-shape"),
        (hostile.probs([[ROW], [ROW]]), "wrong-shape"),
        (hostile.probs([[str(x) for x in ROW]] * 2), "not-numbers"),
        (hostile.probs([[True] + [False] * 9] * 2), "not-numbers"),
        (hostile.probs([[10**400] + [0] * 9] * 2), "not-numbers"),
        (hostile.probs({"a": 1}), "not-numbers"),
        (hostile.probs(None), "not-numbers"),
        (hostile.probs([[2.0, -1.0] + [0.0] * 8] * 2), "no-probability"),
        (hostile.probs([[0.2] * 10] * 2), "wrong-sum"),
        (hostile.document([]), "wrong-form"),
        (hostile.document({"predictions": [ROW, ROW]}), "wrong-form"),
        (hostile.status("302 Found", "Location: file:///etc/passwd"), "redirect"),
        (hostile.status("307 Temporary Redirect", "Location: http://127.0.0.1:1/"), "redirect"),
        (hostile.gzip_bomb, "compressed"),
        (hostile.endless_body, "answer-too-large"),
    ],
)
def test_answer__malformed__named_at_once_and_not_asked_again(behaviour: Behaviour, code: str) -> None:
    with serving(behaviour) as service:
        error = ask(service.url, Manners(timeout=10, attempts=3, backoff=0.01))
        assert isinstance(error, MalformedInput)
        assert error.code == code
        assert service.asked == len(INPUTS)


@pytest.mark.parametrize(
    "behaviour",
    [
        hostile.slow_loris,
        hostile.closed_early,
        hostile.silence,
        hostile.status("429 Too Many Requests"),
        hostile.status("503 Service Unavailable", "Retry-After: 0"),
        hostile.status("500 Internal Server Error"),
        lambda connection, count: connection.sendall(b"no http at all\r\n\r\n"),
        hostile.endless_header,
    ],
)
def test_answer__none__asked_again_so_often_and_no_more(behaviour: Behaviour) -> None:
    with serving(behaviour) as service:
        started = time.monotonic()
        assert isinstance(ask(service.url), PeerUnreachable)
        assert time.monotonic() - started < 5
        assert service.asked == MANNERS.attempts * len(INPUTS)


def test_retry_after__longer_than_patience__given_up_at_once() -> None:
    with serving(hostile.status("429 Too Many Requests", "Retry-After: 3600")) as service:
        assert "3600" in ask(service.url).message
        assert service.asked == len(INPUTS)


def test_retry_after__short__is_waited_for_and_then_answered() -> None:
    refusals = [hostile.status("429 Too Many Requests", "Retry-After: 0.3")]

    def once(connection: hostile.socket.socket, count: int) -> None:
        (refusals.pop() if refusals else hostile.uniform)(connection, count)

    with serving(once) as service:
        endpoint = HttpEndpoint(Party("provider", service.url), MANNERS)
        started = time.monotonic()
        answer = endpoint.classify(INPUTS, None, lambda why: True)
        endpoint.close()
    assert time.monotonic() - started >= 0.3
    assert answer.probs.shape == (2, 10)
    assert answer.seconds < 0.3, "waiting is not the service's latency"


@pytest.mark.parametrize("wait", ["soon", "-5", "nan", "inf", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_retry_after__nonsense__read_as_absent(wait: str) -> None:
    with serving(hostile.status("503 Service Unavailable", f"Retry-After: {wait}")) as service:
        ask(service.url)
        assert service.asked == MANNERS.attempts * len(INPUTS)


@pytest.mark.parametrize(
    "info",
    [
        {},
        [],
        {"input_shape": [1, 8, 8]},
        {"input_shape": [0], "classes": 10},
        {"input_shape": [1 << 24, 1 << 24], "classes": 10},
        {"input_shape": [2], "classes": 10**9},
        {"input_shape": [2], "classes": 10, "price": {"per_query": -1, "currency": "EUR"}},
        {"input_shape": [2], "classes": 10, "decimals": 400},
    ],
)
def test_info__wrong__malformed_and_the_service_is_named(info: object) -> None:
    with serving(hostile.uniform, info) as service:
        assert ask(service.url).code == "bad-info"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x", "x", "http://", "http://me:secret@host/"])
def test_url__not_to_be_asked__refused(url: str) -> None:
    with pytest.raises(Usage) as caught:
        HttpEndpoint(Party("provider", url), MANNERS)
    assert "secret" not in caught.value.message


def test_check__provider_answers_nan__exit_3_and_the_provider_is_blamed(check: Check) -> None:
    with serving(hostile.raw(b'{"probs": NaN}')) as service:
        code, error = check(service.url, "--methods", "benchmark")
    assert (code, error["error"]["culprit"], error["error"]["code"]) == (3, "provider", "not-json")


def test_check__supplier_answers_nan__exit_3_and_the_supplier_is_blamed(check: Check, zoo: str) -> None:
    with serving(hostile.raw(b'{"probs": NaN}')) as service:
        code, error = check("/honest", "--methods", "benchmark", "--against", service.url, against=None)
    assert (code, error["error"]["culprit"]) == (3, "supplier")


def test_check__nobody_listens__exit_4(check: Check) -> None:
    with serving(hostile.uniform) as service:
        url = service.url
    code, error = check(url)
    assert (code, error["error"]["culprit"]) == (4, "provider")


def test_check__other_shape_than_the_supplier__exit_3(check: Check) -> None:
    with serving(hostile.uniform, hostile.INFO | {"input_shape": [1, 9, 9]}) as service:
        code, error = check(service.url)
    assert (code, error["error"]["code"]) == (3, "other-model")


@pytest.mark.parametrize("budget", [1, 2, 17, 40])
@pytest.mark.parametrize(
    "behaviour", [hostile.uniform, hostile.status("429 Too Many Requests", "Retry-After: 0"), hostile.closed_early]
)
def test_budget__whatever_the_provider_does__never_exceeded(
    check: Check, tmp_path: Path, behaviour: Behaviour, budget: int
) -> None:
    with serving(behaviour) as service:
        code, report = check(service.url, "--budget", str(budget), "--methods", "benchmark")
        assert service.asked <= budget
    if budget == 1:
        assert (code, report["error"]["code"]) == (64, "budget-too-small")
    else:
        assert report["queries"] <= budget
        assert code in (1, 2)
