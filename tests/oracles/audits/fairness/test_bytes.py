"""Every byte of a table counts, and no file, however odd, does more than be refused."""

import random
import time
from contextlib import suppress

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.evaluate import Report
from assay_oracles.audits.fairness.params import BATCH, COMPACT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracles.audits.fairness.forge import check, honest

TABLES = {form: honest([2, 7], form=form) for form in (BATCH, COMPACT)}


def accepted(data: bytes) -> bool:
    """Whether a table is valid; a malformed one is not."""
    try:
        return check(data).valid
    except SpecError:
        return False


@pytest.mark.parametrize("form", TABLES)
def test_table__any_byte_flipped__refused(form):
    data, bits = TABLES[form], random.Random(20)
    assert accepted(data)
    for index in range(len(data)):
        flipped = bytearray(data)
        flipped[index] ^= 1 << bits.randrange(8)
        assert not accepted(bytes(flipped)), f"byte {index}"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_file__hostile__a_report_or_malformed_and_never_long(data):
    table = bytearray(TABLES[data.draw(st.sampled_from([BATCH, COMPACT]))])
    for _ in range(data.draw(st.integers(0, 4))):
        kind = data.draw(st.sampled_from(["overwrite", "insert", "delete", "copy"]))
        at = data.draw(st.integers(0, len(table) // 32)) * 32
        if kind == "overwrite":
            patch = data.draw(st.sampled_from([bytes(32), b"\xff" * 32]) | st.binary(min_size=1, max_size=64))
            table[at : at + len(patch)] = patch
        elif kind == "insert":
            table[at:at] = data.draw(st.binary(min_size=1, max_size=64))
        elif kind == "delete":
            del table[at : at + data.draw(st.integers(1, 64))]
        else:
            other = data.draw(st.integers(0, len(table) // 32)) * 32
            table[at : at + 32] = table[other : other + 32]
    begin = time.monotonic()
    with suppress(SpecError):
        assert isinstance(check(bytes(table)), Report)
    assert time.monotonic() - begin < 20


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=4000))
def test_file__noise__malformed(data):
    with pytest.raises(SpecError):
        check(data)
