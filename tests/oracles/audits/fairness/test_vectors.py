"""The committed vectors are what the code makes, and a second verifier in plain Python agrees with every one."""

import json
import random

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Params
from assay_oracles.audits.fairness.table import HEADER_BYTES

from tests.oracles.audits.fairness import plain
from tests.oracles.audits.fairness.forge import check, honest
from tests.oracles.audits.fairness.vectors import CASES, FOLDER, build

VECTORS = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in CASES}


@pytest.mark.parametrize("name", VECTORS)
def test_vector__regenerated__is_the_committed_one(name):
    assert build(name) == VECTORS[name], "run python -m tests.oracles.audits.fairness.vectors, if the format may change"


@pytest.mark.parametrize("name", VECTORS)
def test_vector__its_table__is_true_for_both_verifiers(name):
    data = bytes.fromhex(VECTORS[name]["file"])
    report = check(data)
    assert report.valid
    assert report.footer.root.hex() == VECTORS[name]["root"]
    assert plain.verify(data)


@pytest.mark.parametrize("name", VECTORS)
def test_vector__each_false_variant__is_false_for_both_verifiers(name):
    data = bytes.fromhex(VECTORS[name]["file"])
    for case in VECTORS[name]["false"]:
        new = bytes.fromhex(case["bytes"])
        changed = data[: case["offset"]] + new + data[case["offset"] + len(new) :]
        fault = check(changed).fault
        named = {"kind": int(fault.kind), "row": fault.row, "branch": fault.branch} if fault else None
        assert named == case["fault"]
        assert not plain.verify(changed)


@pytest.mark.parametrize("form", [BATCH, COMPACT])
def test_verifiers__random_changes__agree(form):
    data, dice = honest([1, 8], Params(pads=True), form), random.Random(5)
    assert plain.verify(data)
    for _ in range(4):
        changed = bytearray(data)
        at = dice.randrange(HEADER_BYTES - 32, len(data) - 40)
        changed[at : at + 32] = data[HEADER_BYTES : HEADER_BYTES + 32]
        try:
            verdict = check(bytes(changed)).valid
        except SpecError:
            verdict = False
        assert plain.verify(bytes(changed)) == verdict
