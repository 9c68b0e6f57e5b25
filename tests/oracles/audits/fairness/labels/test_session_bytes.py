"""Every flipped byte of a small session is refused, by signature, and by proof if its party signs the change."""

import random

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.labels.files import Step
from assay_oracles.audits.fairness.params import Params
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.audits.fairness.labels.exchange import Exchange, Files, check, sign_all, terms

HONEST = Exchange([0, 3], [1, 1])
FILES = HONEST.files()


def refused(files: Files) -> bool:
    try:
        return check(files).fault is not None
    except SpecError:
        return True


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.file)
def test_byte__flipped_anywhere__refused(step: Step) -> None:
    dice = random.Random(int(step))
    for index in range(len(FILES[step])):
        changed = bytearray(FILES[step])
        changed[index] ^= 1 << dice.randrange(8)
        assert refused(FILES | {step: bytes(changed)}), index


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.file)
def test_byte__flipped_in_a_body_and_signed_again__refused(step: Step) -> None:
    dice, bodies = random.Random(int(step)), HONEST.bodies()
    for index in range(dice.randrange(3), len(bodies[step]), 3):
        changed = bytearray(bodies[step])
        changed[index] ^= 1 << dice.randrange(8)
        assert refused(sign_all(HONEST.terms, bodies | {step: bytes(changed)})), index


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_rubbish__of_any_kind__an_answer_and_no_crash(data: st.DataObject) -> None:
    files, step = dict(FILES), data.draw(st.sampled_from(list(Step)))
    rubbish = data.draw(st.binary(max_size=200))
    at = data.draw(st.integers(0, len(files[step])))
    files[step] = files[step][:at] + rubbish + files[step][at + data.draw(st.integers(0, len(rubbish))) :]
    assert files == FILES or refused(files)


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_session__of_any_rows__exactly_the_plain_counts(data: st.DataObject) -> None:
    params = Params(groups=data.draw(st.integers(2, 8)))
    cells = st.tuples(st.integers(0, 2 * params.groups - 1), st.integers(0, 1))
    rows = data.draw(st.lists(cells, min_size=2, max_size=6))
    labels, predictions = [m for m, _ in rows], [t for _, t in rows]
    finding = check(Exchange(labels, predictions, terms(len(rows), params)).files())
    assert finding.fault is None
    plain = [0] * params.permutations
    for m, t in rows:
        plain[2 * m + t] += 1
    assert finding.counts == tuple(plain)
