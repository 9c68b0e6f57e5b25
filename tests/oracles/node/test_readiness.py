"""Ready means: caught up and able to vote. Each obstacle on its own."""

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from assay_chain.errors import Refused
from assay_chain.session import BlockRef
from assay_chain.wrappers.vault import Seat
from assay_oracles.node.daemon import _publish, _tell
from assay_oracles.node.duties.standing import Standing
from assay_oracles.node.telemetry import Telemetry
from structlog.testing import capture_logs

from tests.oracles.node.harness import Oracle, stake

SEAT = Seat(index=2, operator="0x", free=500, locked=0, strikes=0, jailed_until=0, active=True)
GOOD = Standing(seat=SEAT, admitted=True, minimum=100, owed=0, block=1000)
TROUBLE = Refused("no coin for gas", code="insufficient-funds", culprit="local")


def codes(standing: Standing) -> list[str]:
    return [reason.code for reason in standing.obstacles()]


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (GOOD, []),
        (replace(GOOD, admitted=False), ["not-admitted"]),
        (replace(GOOD, seat=None), ["no-seat"]),
        (replace(GOOD, seat=replace(SEAT, free=99)), ["stake-too-small"]),
        (replace(GOOD, seat=replace(SEAT, free=100)), []),
        (replace(GOOD, seat=replace(SEAT, jailed_until=1001, active=False)), ["jailed", "seat-inactive"]),
        (replace(GOOD, seat=replace(SEAT, jailed_until=1000)), []),
        (replace(GOOD, seat=replace(SEAT, active=False)), ["seat-inactive"]),
        (replace(GOOD, admitted=False, seat=None), ["not-admitted", "no-seat"]),
    ],
)
def test_obstacles__each_standing__names_what_keeps_it_from_being_drawn(standing, expected):
    assert codes(standing) == expected


def test_tell__draws_begin_to_leave_it_out__warns_once_with_what_to_do_and_again_when_it_is_back():
    unstaked = replace(GOOD, seat=None)
    with capture_logs() as said:
        drawable = True
        for standing in (unstaked, unstaked, GOOD, GOOD, replace(GOOD, seat=replace(SEAT, active=False))):
            _tell(standing, drawable)
            drawable = standing.drawable
    assert [(each["event"], each["log_level"]) for each in said] == [
        ("oracle.not_drawable", "warning"),
        ("oracle.drawable", "info"),
        ("oracle.not_drawable", "warning"),
    ]
    assert [each.get("reasons") for each in said] == [["no-seat"], None, ["seat-inactive"]]
    assert "assay oracle stake" in said[0]["reason"]
    assert "assay oracle activate" in said[2]["reason"]


def test_node__without_a_seat__warns_once_until_it_stakes(network, tmp_path):
    node = Oracle(network, "oracle-1", tmp_path).start()
    try:
        assert "assay oracle stake" in node.wait_for("oracle.not_drawable", reasons=["no-seat"])["reason"]
        stake(network, "oracle-1")
        node.wait_for("oracle.drawable")
        assert len(node.seen("oracle.not_drawable")) == 1
    finally:
        node.kill()


def publish(*, handled: int = 100, newest: int = 100, age: float = 0, block_time: float = 1.0, **changes: object):
    latest = BlockRef(newest, b"h", int(time.time() - age), b"g")
    node = SimpleNamespace(
        config=SimpleNamespace(confirmations=changes.get("confirmations", 0), lag_blocks=5),
        session=SimpleNamespace(latest=lambda: latest, book=SimpleNamespace(block_time=block_time)),
        bench=SimpleNamespace(trouble=changes.get("trouble"), enforced={"network": True}),
        refusal=changes.get("refusal"),
        voter=SimpleNamespace(address="0xA"),
        telemetry=Telemetry(),
    )
    _publish(node, changes.get("standing", GOOD), BlockRef(handled, b"h", 0, b"g"))  # type: ignore[arg-type]
    ready, body = node.telemetry.readiness.report()
    assert node.telemetry.registry.get_sample_value("assay_ready") == ready
    return ready, [reason["code"] for reason in body["reasons"]]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, []),
        ({"newest": 105}, []),
        ({"newest": 106}, ["lagging"]),
        ({"newest": 106, "confirmations": 1}, []),
        ({"newest": 107, "block_time": 0.2}, []),  # 1.4 s
        ({"newest": 130, "block_time": 0.2}, ["lagging"]),
        ({"age": 50}, []),
        ({"age": 70}, ["chain-stale"]),
        ({"age": 70, "block_time": 12.0}, []),
        ({"age": 400, "block_time": 12.0}, ["chain-stale"]),
        ({"trouble": TROUBLE}, ["insufficient-funds"]),
        ({"refusal": TROUBLE}, ["insufficient-funds"]),
        ({"standing": replace(GOOD, admitted=False)}, ["not-admitted"]),
    ],
)
def test_publish__each_case__is_ready_only_without_a_reason_against_it(case, expected):
    assert publish(**case) == (not expected, expected)
