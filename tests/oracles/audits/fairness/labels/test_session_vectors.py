"""The committed sessions are what the code makes, and a second verifier in plain Python agrees with every one."""

import json
import random
from typing import Any

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.labels.files import Step

from tests.oracles.audits.fairness.labels import plain
from tests.oracles.audits.fairness.labels.exchange import Exchange, check
from tests.oracles.audits.fairness.labels.vectors import CASES, build
from tests.oracles.audits.fairness.plain import Reader
from tests.oracles.audits.fairness.vectors import FOLDER

VECTORS = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in CASES}


def files_of(vector: dict[str, Any], **changed: str) -> dict[str, bytes]:
    return {name: bytes.fromhex(data) for name, data in {**vector["files"], **changed}.items()}


def by_step(files: dict[str, bytes]) -> dict[Step, bytes]:
    return {step: files[step.file] for step in Step}


@pytest.mark.parametrize("name", VECTORS)
def test_vector__regenerated__is_the_committed_one(name: str) -> None:
    assert build(name) == VECTORS[name], (
        "run python -m tests.oracles.audits.fairness.labels.vectors, if the format may change"
    )


@pytest.mark.parametrize("name", VECTORS)
def test_vector__its_session__is_true_for_both_verifiers(name: str) -> None:
    files, counts = files_of(VECTORS[name]), VECTORS[name]["counts"]
    assert list(check(by_step(files)).counts) == counts
    assert plain.verify(files) == counts


@pytest.mark.parametrize("name", VECTORS)
def test_vector__order_of_the_rows__is_that_of_both(name: str) -> None:
    vector = VECTORS[name]
    pair = Reader(bytes.fromhex(vector["pair"])).point()
    order, commitment = plain.align(bytes.fromhex(vector["table_id"]), pair, vector["ids"])
    assert order == vector["order"]
    assert commitment.hex() == vector["ids_commitment"]


@pytest.mark.parametrize("name", VECTORS)
def test_vector__each_false_variant__is_false_for_both_verifiers(name: str) -> None:
    for case in VECTORS[name]["false"]:
        files = files_of(VECTORS[name], **case["files"])
        fault = check(by_step(files)).fault
        assert fault is not None
        assert {"file": fault.step.file, "row": fault.row} == case["fault"]
        assert plain.verify(files) is None


def test_verifiers__random_changes__agree() -> None:
    dice = random.Random(11)
    honest = Exchange([0, 3], [1, 0]).files()
    named = {step.file: data for step, data in honest.items()}
    assert plain.verify(named) == [0, 1, 0, 0, 0, 0, 1, 0]
    for _ in range(12):
        step = dice.choice(list(Step))
        data = bytearray(honest[step])
        at = dice.randrange(len(data) - 33)
        data[at : at + 33] = honest[Step.OWNER_KEY][417:450]
        changed = honest | {step: bytes(data)}
        try:
            counts = check(changed).counts or None
        except SpecError:
            counts = None
        assert plain.verify({each.file: data for each, data in changed.items()}) == counts
