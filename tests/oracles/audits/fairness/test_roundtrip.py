"""What the prover writes, the verifier accepts: every form, group and number of protected groups, pads or not."""

import io

import pytest
from assay_oracles.audits.fairness.evaluate import Checkpoint, Report, verify_table
from assay_oracles.audits.fairness.groups import GroupId
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Params
from assay_oracles.audits.fairness.table import Footer, Header
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.audits.fairness.forge import Serial, check, counts_of, honest


@st.composite
def tables(draw):
    params = Params(groups=draw(st.integers(2, 8)), pads=draw(st.booleans()))
    choices = draw(st.lists(st.integers(0, params.branches - 1), min_size=2, max_size=6))
    choices[0] = min(choices[0], params.permutations - 1)  # a table of nothing but pads has no sum to write
    return params, draw(st.sampled_from([BATCH, COMPACT])), choices


@settings(max_examples=20, deadline=None)
@given(tables())
def test_table__any_form_groups_and_pads__verifies_with_its_counts(table):
    params, form, choices = table
    report = check(honest(choices, params, form))
    assert (report.valid, report.reason, report.fault) == (True, "", None)
    assert report.footer.counts == counts_of(choices, params)


@pytest.mark.parametrize("group", [GroupId.DSA_2048, GroupId.DSA_3072])
def test_table__dsa_group__verifies(group):
    report = check(honest([0, 7, 3, 8], Params(group, pads=True), COMPACT))
    assert report.valid
    assert report.footer.counts == (1, 0, 0, 1, 0, 0, 0, 1)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 9])
def test_forms__of_one_table__have_one_root(n, monkeypatch):
    # The same randomness gives the same proofs; only the way to write them differs.
    monkeypatch.setattr("secrets.token_bytes", lambda size: bytes(size))
    choices = [k % 8 for k in range(n)]
    batch, compact = (honest(choices, form=form) for form in (BATCH, COMPACT))
    footers = [Footer.decode(data[-Header.decode(data).footer_bytes :], Params()) for data in (batch, compact)]
    assert footers[0] == footers[1]
    assert check(batch).valid
    assert check(compact).valid


@pytest.mark.parametrize("form", [BATCH, COMPACT])
def test_check__stopped_after_any_chunk__goes_on_to_the_same_report(form, monkeypatch):
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    choices = [k % 8 for k in range(9)]
    data, stops = honest(choices, form=form), [Checkpoint()]
    assert verify_table(io.BytesIO(data), Serial(), 1, stops.append).valid
    assert [stop.done for stop in stops] == [0, 2, 4, 6, 8, 9]
    for stop in stops:
        seen: list[Checkpoint] = []
        report = verify_table(io.BytesIO(data), Serial(), 1, seen.append, stop)
        assert isinstance(report, Report)
        assert report.valid
        assert seen == stops[stops.index(stop) + 1 :]
