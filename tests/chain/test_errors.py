"""The error tree: exit codes of the design, and what programs read."""

import pytest
from assay_chain.errors import (
    AssayError,
    Inconclusive,
    MalformedInput,
    PeerUnreachable,
    Refused,
    Reverted,
    Unconfirmed,
    Usage,
)


@pytest.mark.parametrize(
    ("kind", "code"), [(Inconclusive, 2), (MalformedInput, 3), (PeerUnreachable, 4), (Refused, 5), (Usage, 64)]
)
def test_exit_code__of_each_kind__is_the_designs(kind: type[AssayError], code: int) -> None:
    error = kind("it broke", code="it-broke", culprit="chain", hint="mend it")
    assert error.exit_code == code
    assert str(error) == "it broke"
    assert error.to_json() == {
        "error": {"code": "it-broke", "culprit": "chain", "message": "it broke", "hint": "mend it"}
    }


def test_special_kinds__carry_more__and_keep_their_parents_exit_code() -> None:
    reverted = Reverted("no", code="full", culprit="chain", name="Full", args_={})
    unconfirmed = Unconfirmed("maybe", code="x", culprit="chain", tx_hash=bytes(32))
    assert (reverted.exit_code, reverted.name, reverted.args_) == (5, "Full", {})
    assert (unconfirmed.exit_code, unconfirmed.tx_hash) == (2, bytes(32))
    assert set(reverted.to_json()["error"]) == {"code", "culprit", "message", "hint"}
