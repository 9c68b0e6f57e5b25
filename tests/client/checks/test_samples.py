"""What a check asks about when nobody names a file: built-in samples, or those that a service declares."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.whitebox import dataset

from tests.client.checks import hostile
from tests.client.checks.conftest import Check
from tests.client.checks.hostile import serving
from tests.client.fashion import needs_fashion_mnist

FILE = dataset.encode(np.random.default_rng(0).random((7, 1, 8, 8)), np.arange(7))
FLAT = dataset.encode(np.zeros((3, 5)), np.arange(3))
ELEVENTH = dataset.encode(np.zeros((3, 1, 8, 8)), np.array([0, 1, 10]))
DRY = ("--dry-run",)


def declaring(uri: str = "test.safetensors", data: bytes = FILE, **changes: Any) -> dict[str, Any]:
    """A description with a test set."""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return hostile.INFO | {"test_set": {"digest": digest, "uri": uri} | changes}


@pytest.fixture
def sla(tmp_path: Path) -> str:
    """An agreement that a service answers."""
    objective = {"name": "up", "then": {"parameter": "up", "op": ">=", "share": 0.5}}
    document = {"schema": "assay/sla/1", "name": "s", "parties": {"provider": "P"}, "objectives": [objective]}
    path = tmp_path / "sla.json"
    path.write_text(json.dumps(document | {"parameters": {"up": {"resource": "answered"}}}))
    return str(path)


def test_zoo__supplier_declares_its_test_set__it_is_asked_about(check: Check, zoo: str) -> None:
    code, cost = check("/honest", *DRY)
    assert code == 0
    assert cost["data"]["name"] == f"test set declared by the supplier at {zoo}/supplier"
    assert cost["data"]["samples"] == 450
    assert check("/honest", "--samples", "digits", *DRY)[1]["data"]["name"] == "digits, held-out part"


@pytest.mark.parametrize("uri", ["test.safetensors", "/test.safetensors"])
def test_agreement__service_declares_a_test_set__counts_without_a_supplier_only(
    check: Check, sla: str, uri: str
) -> None:
    with serving(hostile.uniform, declaring(uri), {"/test.safetensors": FILE}) as service:
        alone = check(service.url, "--sla", sla, *DRY, against=None)[1]
        compared = check(service.url, "--sla", sla, *DRY)[1]
    assert (alone["data"]["samples"], compared["data"]["samples"]) == (7, 450)
    assert alone["data"]["name"].startswith("test set declared by the provider")


@pytest.mark.parametrize(
    ("info", "served", "code", "error"),
    [
        (declaring(data=b"never there"), b"other bytes", 3, "wrong-digest"),
        (declaring(data=b"no tensors"), b"no tensors", 3, "malformed-file"),
        (declaring(data=FLAT), FLAT, 3, "bad-data"),
        (declaring(data=ELEVENTH), ELEVENTH, 3, "bad-data"),
        (declaring("http://127.0.0.1:9/x", b"never there"), FILE, 4, "artifact-unavailable"),
        (declaring("file:///etc/passwd"), FILE, 3, "bad-info"),
        (declaring("s3://bucket/x"), FILE, 3, "bad-info"),
        (declaring("memory://x"), FILE, 3, "bad-info"),
        (declaring(""), FILE, 3, "bad-info"),
        (declaring(digest="sha256:00"), FILE, 3, "bad-info"),
        (hostile.INFO | {"test_set": "x"}, FILE, 3, "bad-info"),
    ],
    ids=lambda value: "" if isinstance(value, bytes | dict) else None,
)
def test_declared__something_else__the_declaring_side_is_blamed(
    check: Check, info: dict[str, Any], served: bytes, code: int, error: str
) -> None:
    with serving(hostile.uniform, info, {"/test.safetensors": served}) as service:
        found, answer = check("/honest", "--against", service.url, *DRY, against=None)
    assert (found, answer["error"]["code"], answer["error"]["culprit"]) == (code, error, "supplier")


def test_samples__that_do_not_fit__refused(check: Check) -> None:
    code, answer = check("/honest", "--samples", "breast-cancer", *DRY)
    assert (code, answer["error"]["code"], answer["error"]["culprit"]) == (3, "bad-data", "local")


def test_samples__and_data__one_of_them(check: Check, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(FLAT)
    code, answer = check("/honest", "--samples", "digits", "--data", str(tmp_path / "x"), *DRY)
    assert (code, answer["error"]["code"]) == (64, "two-samples")


@needs_fashion_mnist
def test_samples__fashion_mnist__are_asked_about(check: Check, sla: str) -> None:
    with serving(hostile.uniform, hostile.INFO | {"input_shape": [1, 28, 28]}) as service:
        _, cost = check(service.url, "--sla", sla, "--samples", "fashion-mnist", *DRY, against=None)
    assert cost["data"] | {"digest": ""} == {"name": "fashion-mnist, held-out part", "samples": 2500, "digest": ""}
