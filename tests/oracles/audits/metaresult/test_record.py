"""Records: one flipped byte, another query, an old record, a strange shape: each is refused, and says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.metaresult.record import Expected, Record, Refusal, digest_of, examine, issue
from assay_oracles.protocol.hashing import tagged_hash
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.audits.metaresult.service import KEY, OTHER_KEY, SIGNER

INPUTS = np.array([[0.5, -0.25, 3.0]])
OUTPUT = np.array([[0.125, 0.875]])
SHOWN = np.array([[0.1, 0.0, 0.7]])
NONCE = bytes(range(16))
EXPECTED = Expected(SIGNER, INPUTS, OUTPUT, SHOWN, "m 1", NONCE, {b"earlier", NONCE}, 900, 1100)
ISSUED = issue(KEY, INPUTS, OUTPUT, SHOWN, "m 1", NONCE, 1000)


def meta(record: Record = ISSUED) -> dict[str, Any]:
    return {"record": record.to_json()}


def test_record__true__accepted_and_read_back_as_it_was() -> None:
    assert examine(meta(), EXPECTED) == ISSUED


def test_digest__of_a_statement__is_the_projects_tagged_hash() -> None:
    said = ISSUED.statement
    parts = (said.inputs, said.output, said.attributions, b"m 1", NONCE, (1000).to_bytes(8, "big"))
    assert said.digest == tagged_hash("metaresult/record/v1", *parts)
    shape = (1).to_bytes(8, "big") + (3).to_bytes(8, "big")
    assert said.inputs == tagged_hash("metaresult/array/v1", b"inputs", shape, INPUTS.astype(">f8").tobytes())


def test_digest__same_numbers_otherwise_arranged__differs() -> None:
    assert digest_of("inputs", [[1.0, 2.0]]) != digest_of("inputs", [[1.0], [2.0]])
    assert digest_of("inputs", [[1.0]]) != digest_of("output", [[1.0]])
    assert digest_of("inputs", [[0.0]]) == digest_of("inputs", [[-0.0]])
    assert digest_of("inputs", [[1.0]]) != digest_of("inputs", [[np.nextafter(1.0, 2)]])


@pytest.mark.parametrize("name", ["inputs", "output", "attributions", "nonce", "signature"])
def test_record__any_byte_flipped__refused(name: str) -> None:
    whole = bytes.fromhex(meta()["record"][name])
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        found = examine({"record": meta()["record"] | {name: bytes(flipped).hex()}}, EXPECTED)
        assert found is Refusal.WRONG_SIGNER, place


@pytest.mark.parametrize("change", [{"model": "m 2"}, {"time": 1001}, {"time": 0}])
def test_record__another_member_changed__refused(change: dict[str, Any]) -> None:
    assert examine({"record": meta()["record"] | change}, EXPECTED) is Refusal.WRONG_SIGNER


@pytest.mark.parametrize(
    ("signed", "refusal"),
    [
        ({"key": OTHER_KEY}, Refusal.WRONG_SIGNER),
        ({"nonce": b"earlier"}, Refusal.REPLAYED),
        ({"nonce": b"another client's"}, Refusal.FOREIGN_NONCE),
        ({"inputs": INPUTS + 1}, Refusal.OTHER_INPUT),
        ({"inputs": INPUTS[0]}, Refusal.OTHER_INPUT),
        ({"output": OUTPUT[:, ::-1]}, Refusal.OTHER_OUTPUT),
        ({"attributions": SHOWN * 2}, Refusal.OTHER_EXPLANATION),
        ({"attributions": None}, Refusal.OTHER_EXPLANATION),
        ({"model": "m 0"}, Refusal.OTHER_MODEL),
        ({"time": 899}, Refusal.EXPIRED),
        ({"time": 1101}, Refusal.FUTURE),
    ],
)
def test_record__truly_signed_for_something_else__refused_by_name(signed: dict[str, Any], refusal: Refusal) -> None:
    usual = {"key": KEY, "inputs": INPUTS, "output": OUTPUT, "attributions": SHOWN, "model": "m 1", "nonce": NONCE}
    assert examine(meta(issue(**(usual | {"time": 1000} | signed))), EXPECTED) is refusal


def test_record__explanation_left_out_by_the_provider__refused() -> None:
    assert examine(meta(), replace(EXPECTED, attributions=None)) is Refusal.OTHER_EXPLANATION


def test_record__high_s_of_the_same_signature__refused() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = ISSUED.signature[:32], int.from_bytes(ISSUED.signature[32:64], "big"), ISSUED.signature[64]
    twin = r + (order - s).to_bytes(32, "big") + bytes([55 - v])
    assert examine(meta(replace(ISSUED, signature=twin)), EXPECTED) is Refusal.WRONG_SIGNER


@pytest.mark.parametrize("nothing", [None, [], "x", 1, {}, {"record": None}, {"Record": meta()["record"]}])
def test_meta__without_a_record__missing(nothing: Any) -> None:
    assert examine(nothing, EXPECTED) is Refusal.MISSING


@pytest.mark.parametrize(
    "change",
    [
        {"time": "1000"},
        {"time": 1000.0},
        {"time": True},
        {"time": -1},
        {"time": 1 << 60},
        {"model": 5},
        {"model": "a\nb"},
        {"model": "\ud800"},
        {"model": "m" * 201},
        {"nonce": ""},
        {"nonce": "00" * 65},
        {"nonce": NONCE.hex().upper()},
        {"nonce": "0x00"},
        {"nonce": None},
        {"inputs": "00" * 31},
        {"output": "é" * 64},
        {"signature": "00" * 64},
        {"signature": ISSUED.signature.hex() + "00"},
        {"more": 1},
    ],
)
def test_record__malformed_member__refused_as_malformed(change: dict[str, Any]) -> None:
    assert examine({"record": meta()["record"] | change}, EXPECTED) is Refusal.MALFORMED


@pytest.mark.parametrize("signature", ["00" * 65, "ff" * 65, "00" * 64 + "1b", "11" * 64 + "1c", "ff" * 64 + "1b"])
def test_record__no_signature_at_all__refused(signature: str) -> None:
    assert examine({"record": meta()["record"] | {"signature": signature}}, EXPECTED) is Refusal.WRONG_SIGNER


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["", *meta()["record"]]))
def test_meta__of_any_shape__a_refusal_and_never_an_error(value: Any, member: str) -> None:
    shaped = {"record": meta()["record"] | {member: value} if member else value}
    assert isinstance(examine(value, EXPECTED), Refusal)
    if value != meta()["record"].get(member):
        assert isinstance(examine(shaped, EXPECTED), Refusal)
