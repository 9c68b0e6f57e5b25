import json
import socket
import urllib.error
import urllib.request

import pytest
from assay_oracles.node import telemetry as module
from assay_oracles.node.telemetry import Reason, Telemetry


@pytest.fixture
def served():
    telemetry = Telemetry()
    port = telemetry.listen("127.0.0.1", 0)
    yield telemetry, f"http://127.0.0.1:{port}"
    telemetry.close()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_ready__before_the_first_cycle__says_starting(served):
    status, body = get(served[1] + "/ready")
    assert status == 503
    assert [reason["code"] for reason in json.loads(body)["reasons"]] == ["starting"]


def test_ready__no_reason_against_it__is_200_with_details(served):
    telemetry, url = served
    telemetry.readiness.set((), {"block": 7})
    status, body = get(url + "/ready")
    assert status == 200
    assert json.loads(body) == {
        "schema": "assay/ready/1",
        "ready": True,
        "reasons": [],
        "details": {"block": 7},
    }


def test_ready__a_reason__is_503_and_told(served):
    telemetry, url = served
    telemetry.readiness.set((Reason("jailed", "jailed until block 9"),), {})
    status, body = get(url + "/ready")
    assert status == 503
    assert json.loads(body)["reasons"] == [{"code": "jailed", "message": "jailed until block 9"}]


def test_live__main_loop_hangs__turns_503(served, monkeypatch):
    telemetry, url = served
    telemetry.readiness.set((), {})
    assert get(url + "/live")[0] == 200
    assert get(url + "/ready")[0] == 200
    monkeypatch.setattr(module, "STALLED_SECONDS", -1.0)
    assert get(url + "/live")[0] == 503
    assert get(url + "/ready")[0] == 503, "a node that hangs is not ready whatever it said last"


def test_metrics__values_set__are_published(served):
    telemetry, url = served
    telemetry.block_height.set(42)
    telemetry.enforced.labels("network").set(0)
    telemetry.errors.labels("supplier", "schema").inc()
    telemetry.observe("compute", 0.5)
    status, text = get(url + "/metrics")
    assert status == 200
    for line in (
        "assay_block_height 42.0",
        'assay_sandbox_enforced{limit="network"} 0.0',
        'assay_errors_total{code="schema",culprit="supplier"} 1.0',
        'assay_stage_seconds_count{stage="compute"} 1.0',
    ):
        assert line in text


def test_telemetry__two_in_one_process__do_not_share_numbers():
    first, second = Telemetry(), Telemetry()
    first.block_height.set(1)
    assert second.registry.get_sample_value("assay_block_height") == 0


def test_get__unknown_path__is_404(served):
    assert get(served[1] + "/secrets")[0] == 404


def test_listen__port_taken__raises():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Telemetry().listen("127.0.0.1", taken.getsockname()[1])
