"""The refutations: on every row they say what the native verifier says, and no evidence makes a true row look false."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from assay_chain.artifacts import Artifact
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.row import Row, check_row

from tests.contracts.harness.contract import Contract
from tests.contracts.harness.mutations import MUTATIONS, Pair, true_pair
from tests.contracts.harness.rows import Maker, Shown
from tests.contracts.harness.tables import leaves_of, parsed
from tests.contracts.harness.world import World

pytestmark = pytest.mark.xdist_group("solidity")

VECTORS = Path(__file__).parents[1] / "vectors"
NO_FAULT = (0, 0)
PARAMS = [Params(), Params(pads=True), Params(groups=3)]
ROUNDS = 100


@pytest.fixture(scope="module")
def probe(compiled: Mapping[str, Artifact]) -> Contract:
    return World(oracles=0).create_from(compiled["RefutationProbe"])


def first_fault(probe: Contract, shown: Shown, number: int) -> tuple[int, int]:
    """What the chain finds about a row, kind by kind in the order of the format."""
    hints = shown.hints(number)
    openings = shown.opening(number - 1), shown.opening(number)
    proof = shown.branches(number), shown.digests(number)
    kind, index = probe.first(shown.bound, *openings, *proof, [each[0] for each in hints], [each[1] for each in hints])
    return kind, index


def native_fault(maker: Maker, previous: Row, row: Row) -> tuple[int, int]:
    """What the native verifier finds about a row."""
    fault = check_row(maker.table, maker.params, previous, row)
    return (fault.kind, fault.branch) if fault else NO_FAULT


def shown_pair(maker: Maker, pair: Pair) -> Shown:
    return Shown.of(maker, pair, maker.dice.randrange(pair[1].number, 9))


@pytest.mark.parametrize("batch", range(ROUNDS // 4))
def test_first_fault__mutated_rows__the_native_and_the_solidity_verifier_agree(probe: Contract, batch: int) -> None:
    dice, found = random.Random(batch), Counter[int]()
    for repetition in range(4):
        maker = Maker(PARAMS[(batch + repetition) % len(PARAMS)], dice)
        for name, (mutate, share) in MUTATIONS.items():
            for _ in range(share):
                pair = mutate(maker)
                expected = native_fault(maker, *pair)
                got = first_fault(probe, shown_pair(maker, pair), pair[1].number)
                assert got == expected, (name, maker.table.hex(), pair)
                found[expected[0]] += 1
    assert found.total() == 4 * 100
    # Every kind of a single row, every time.
    assert set(found) >= set(range(8))


@pytest.mark.parametrize("name", ["faas-batch", "faas-batch-pads"])
def test_first_fault__false_variants_of_the_vectors__the_fault_that_they_name(probe: Contract, name: str) -> None:
    vector = json.loads((VECTORS / f"{name}.json").read_text())
    named = 0
    for false in [{"offset": 0, "bytes": "", "fault": None}, *vector["false"]]:
        new = bytes.fromhex(false["bytes"])
        data = bytearray.fromhex(vector["file"])
        data[false["offset"] : false["offset"] + len(new)] = new
        header, rows = parsed(bytes(data))
        if header.table_id.hex() != vector["table_id"]:
            continue  # another nonce: the first row's challenge is false already
        shown = Shown(header.table_id, header.params, {row.number: row for row in rows}, tuple(leaves_of(rows)))
        found = [(row.number, *first_fault(probe, shown, row.number)) for row in rows[1:]]
        faults = [each for each in found if each[1:] != NO_FAULT]
        expected = false["fault"]
        assert faults[:1] == ([(expected["row"], expected["kind"], expected["branch"])] if expected else [])
        named += expected is not None
    assert named >= 9


@pytest.mark.parametrize("params", [Params(groups=g, pads=pads) for g in range(2, 9) for pads in (False, True)])
def test_true_row__every_number_of_groups__no_check_fails(probe: Contract, params: Params) -> None:
    maker = Maker(params, random.Random(params.word))
    pair = true_pair(maker)
    assert first_fault(probe, shown_pair(maker, pair), pair[1].number) == NO_FAULT
