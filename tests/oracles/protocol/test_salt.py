import hashlib
import hmac
import json
from pathlib import Path

import pytest
from assay_oracles.protocol.salt import derive_salt, refutation_salt
from hypothesis import given
from hypothesis import strategies as st

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "salt.json").read_text())["cases"]

bytes32 = st.binary(min_size=32, max_size=32)
context = st.fixed_dictionaries(
    {
        "key": bytes32,
        "chain_id": st.integers(0, 2**64),
        "board": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
        "audit_id": st.integers(0, 2**64),
        "seed": bytes32,
    }
)


def from_json(case: dict) -> dict:
    fields = dict(case["input"])
    return {**fields, "key": bytes.fromhex(fields["key"][2:]), "seed": bytes.fromhex(fields["seed"][2:])}


@given(context)
def test_derive_salt__any_context__is_rfc_5869_by_hand(fields):
    info = b"assay/salt/1" + fields["chain_id"].to_bytes(32, "big") + bytes.fromhex(fields["board"][2:])
    info += fields["audit_id"].to_bytes(32, "big") + fields["seed"]
    extracted = hmac.digest(bytes(32), fields["key"], hashlib.sha256)
    assert derive_salt(**fields) == hmac.digest(extracted, info + b"\x01", hashlib.sha256)


@given(context, st.data())
def test_derive_salt__one_field_changed__changes(fields, data):
    other = data.draw(context)
    name = data.draw(st.sampled_from(sorted(fields)))
    changed = {**fields, name: other[name]}
    assert (derive_salt(**changed) == derive_salt(**fields)) == (changed == fields)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_derive_salt__committed_vectors__match(case):
    assert derive_salt(**from_json(case)).hex() == case["salt"][2:]


@pytest.mark.parametrize("field", ["key", "seed"])
@pytest.mark.parametrize("length", [0, 31, 33])
def test_derive_salt__wrong_length__is_refused(field, length):
    with pytest.raises(ValueError, match="32 bytes"):
        derive_salt(**{**from_json(VECTORS[0]), field: bytes(length)})


@given(bytes32, st.integers(0, 2**64), st.binary(min_size=20, max_size=20), bytes32)
def test_refutation_salt__any_context__is_rfc_5869_by_hand(key, chain_id, board, table_id):
    info = b"assay/refutation/1" + chain_id.to_bytes(32, "big") + board + table_id
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    expected = hmac.digest(extracted, info + b"\x01", hashlib.sha256)
    assert refutation_salt(key, chain_id, "0x" + board.hex(), table_id) == expected
    assert expected != derive_salt(key, chain_id, "0x" + board.hex(), 1, table_id)
