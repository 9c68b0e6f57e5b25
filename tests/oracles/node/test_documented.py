"""docs/oracle.md leaves nothing out: settings, metrics, log events, reasons."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from assay_oracles.node.config import Limits, NodeConfig
from assay_oracles.node.telemetry import Telemetry

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "oracle.md").read_text()
SOURCE = "\n".join(path.read_text() for path in (ROOT / "oracles/assay_oracles/node").rglob("*.py"))


def metric_names() -> list[str]:
    families = Telemetry().registry.collect()
    return sorted(family.name for family in families if family.name.startswith("assay_"))


def log_events() -> list[str]:
    literal = re.findall(r'log\.(?:debug|info|warning|error|exception|critical)\(\s*"([^"]+)"', SOURCE)
    return sorted(set(literal) - {"cycle.done"})  # a heartbeat for debugging


@pytest.mark.parametrize("name", [field.name for field in fields(NodeConfig) if field.name != "limits"])
def test_docs__every_setting__is_described(name):
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_docs__every_limit__is_described(name):
    assert f"`limits.{name}`" in TEXT


@pytest.mark.parametrize("name", metric_names())
def test_docs__every_metric__is_described(name):
    assert f"`{name}" in TEXT


@pytest.mark.parametrize("event", log_events())
def test_docs__every_log_event__is_described(event):
    assert f"`{event}`" in TEXT or f"`.{event.rpartition('.')[2]}`" in TEXT


@pytest.mark.parametrize("code", sorted(set(re.findall(r'Reason\("([^"]+)"', SOURCE))))
def test_docs__every_reason_not_to_be_ready__is_described(code):
    assert f"`{code}`" in TEXT


def test_log_events__the_source__is_really_searched():
    assert {"vote.journaled", "alarm", "transaction.sending", "duty.bug"} <= set(log_events())
