import json
from pathlib import Path

import pytest
from assay_oracles.protocol.commitment import commitment
from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "commitment.json").read_text())["cases"]

uint256 = st.integers(0, 2**256 - 1)
address = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
bytes32 = st.binary(min_size=32, max_size=32)
vote = st.fixed_dictionaries(
    {
        "chain_id": uint256,
        "board": address,
        "audit_id": uint256,
        "voter": address,
        "verdict": st.integers(1, 4),
        "words": st.lists(uint256, max_size=12),
        "evidence": bytes32,
        "salt": bytes32,
    }
)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def from_json(case: dict) -> dict:
    fields = dict(case["vote"])
    fields["words"] = [int(w, 16) for w in fields["words"]]
    fields["evidence"] = bytes.fromhex(fields["evidence"][2:])
    fields["salt"] = bytes.fromhex(fields["salt"][2:])
    return fields


@given(vote)
def test_commitment__any_vote__is_the_abi_encoding_written_out_by_hand(fields):
    head = [
        word(fields["chain_id"]),
        bytes(12) + bytes.fromhex(fields["board"][2:]),
        word(fields["audit_id"]),
        bytes(12) + bytes.fromhex(fields["voter"][2:]),
        word(fields["verdict"]),
        word(8 * 32),
        fields["evidence"],
        fields["salt"],
    ]
    tail = [word(len(fields["words"])), *map(word, fields["words"])]
    assert commitment(**fields) == keccak(b"".join(head + tail))


@given(vote, st.data())
def test_commitment__one_field_changed__changes(fields, data):
    other = data.draw(vote)
    name = data.draw(st.sampled_from(sorted(fields)))
    changed = {**fields, name: other[name]}
    assert (commitment(**changed) == commitment(**fields)) == (changed == fields)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_commitment__committed_vectors__match(case):
    assert commitment(**from_json(case)).hex() == case["commitment"][2:]


@pytest.mark.parametrize("field", ["evidence", "salt"])
@pytest.mark.parametrize("length", [0, 31, 33])
def test_commitment__short_or_long_bytes32__is_refused(field, length):
    fields = {**from_json(VECTORS[0]), field: bytes(length)}
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(**fields)


def test_commitment__word_beyond_uint256__is_refused():
    with pytest.raises(EncodingError, match="256 bits"):
        commitment(**{**from_json(VECTORS[0]), "words": [2**256]})


def test_commitment__types__are_those_of_the_contract():
    types = ("uint256", "address", "uint256", "address", "uint8", "uint256[]", "bytes32", "bytes32")
    fields = from_json(VECTORS[0])
    assert commitment(**fields) == keccak(encode(types, tuple(fields.values())))
