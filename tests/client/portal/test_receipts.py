"""Receipts: what the gateway signs over its answers, and every way of changing one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from assay_chain.errors import MalformedInput
from assay_client import receipts
from assay_client.cli import app
from assay_client.receipts import Forged, Receipt
from eth_account import Account
from fastapi import FastAPI

pytestmark = pytest.mark.xdist_group("portal")

KEY = Account.from_key("0x" + "11" * 32)
BODY = b'{"answer": 42}'


@pytest.fixture
def receipt() -> Receipt:
    return receipts.sign(
        KEY,
        chain_id=7,
        request="GET /api/v1/audits?limit=2",
        block=5,
        block_hash=bytes(32),
        body=BODY,
        time=1_800_000_000,
    )


def test_answer__read_from_the_gateway__carries_its_signature(member: httpx.Client, application: FastAPI) -> None:
    answer = member.get("/api/v1/audits", params={"limit": 2, "phase": "final"})
    found = receipts.parse(answer.headers[receipts.HEADER])
    receipts.check(found, answer.content, application.state.signer.address)
    as_of = answer.json()["as_of"]
    assert found.request == "GET /api/v1/audits?limit=2&phase=final"
    assert (found.block, found.block_hash) == (as_of["number"], as_of["hash"])
    assert answer.headers[receipts.BLOCK_HEADER] == str(as_of["number"])


def test_check__the_signed_answer__holds(receipt: Receipt) -> None:
    receipts.check(receipt, BODY, KEY.address)
    assert receipts.parse(receipt.to_json()) == receipt


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 8},
        {"request": "GET /api/v1/audits?limit=3"},
        {"block": 6},
        {"block_hash": "0x" + "01" * 32},
        {"body": "00" * 32},
        {"time": 1_800_000_001},
        {"signer": "0x" + "22" * 20},
        {"signature": "0x" + "00" * 65},
        {"signature": "0x" + "ff" * 65},
    ],
)
def test_check__a_changed_field__forged(receipt: Receipt, change: dict[str, object]) -> None:
    with pytest.raises(Forged):
        receipts.check(replace(receipt, **change), BODY, None)  # type: ignore[arg-type]


def test_check__another_body_or_signer__forged(receipt: Receipt) -> None:
    with pytest.raises(Forged, match="not the one"):
        receipts.check(receipt, BODY + b" ", KEY.address)
    with pytest.raises(Forged, match="signed by"):
        receipts.check(receipt, BODY, Account.create().address)


@pytest.mark.parametrize("value", ["", "{}", "[" * 100_000, "null", '{"signer": 1}'])
def test_parse__what_is_no_receipt__malformed(value: str) -> None:
    with pytest.raises(MalformedInput):
        receipts.parse(value)


def saved(receipt: Receipt, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nassay-receipt: {receipt.to_json()}\r\n\r\n"
    return head.encode() + body


def test_command__saved_answer__exit_code_says_whether_the_signer_is_known(
    receipt: Receipt, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.http"
    file.write_bytes(b"HTTP/1.1 100 Continue\r\n\r\n" + saved(receipt, BODY))
    assert app.run(["receipt", "verify", str(file), "--signer", KEY.address, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["trusted"], told["request"], told["signer"]) == (True, receipt.request, KEY.address)
    assert app.run(["receipt", "verify", str(file)]) == 2
    file.write_bytes(saved(receipt, BODY[:-1]))
    assert app.run(["receipt", "verify", str(file), "--signer", KEY.address]) == 1
    file.write_bytes(BODY)
    assert app.run(["receipt", "verify", str(file)]) == 3
    receipts.beside(file).write_text(receipt.to_json())
    assert app.run(["receipt", "verify", str(file), "--signer", KEY.address]) == 0
    assert app.run(["receipt", "verify", str(file), "--signer", "somebody"]) == 64
