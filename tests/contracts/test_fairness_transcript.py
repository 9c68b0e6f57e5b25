"""The libraries under the fairness board against the native transcript, the vectors, and every small tree."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from assay_chain.artifacts import Artifact
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.table import HEADER_BYTES, Header

from tests.contracts.harness.contract import Contract
from tests.contracts.harness.tables import leaves_of, opened, parsed, path, root_of
from tests.contracts.harness.world import World

pytestmark = pytest.mark.xdist_group("solidity")

VECTORS = Path(__file__).parents[1] / "vectors"
KNOWN = {Params(groups=g, pads=pads).word for g in range(2, 9) for pads in (False, True)}


@pytest.fixture(scope="module")
def probe(compiled: Mapping[str, Artifact]) -> Contract:
    return World(oracles=0).create_from(compiled["FairnessProbe"])


@pytest.fixture(params=["faas-batch", "faas-batch-pads"])
def vector(request: pytest.FixtureRequest) -> Any:
    return json.loads((VECTORS / f"{request.param}.json").read_text())


def test_transcript__vectors__leaves_tree_counts_and_signed_digest(probe: Contract, vector: Any) -> None:
    data = bytes.fromhex(vector["file"])
    header, rows = parsed(data)
    leaves, root = leaves_of(rows), bytes.fromhex(vector["root"])
    for number, (row, leaf, expected) in enumerate(zip(rows, leaves, vector["rows"], strict=True), start=1):
        assert probe.leaf(opened(row)) == leaf == bytes.fromhex(expected["leaf"])
        assert probe.opens(path(leaves, number), root, header.n, number, leaf)
    signed = probe.signed(header.table_id, root, vector["counts"])
    assert signed == bytes.fromhex(vector["signing_digest"])
    counts, total = probe.unpack(header.params.word, header.params.tally(vector["counts"]))
    assert list(counts) == vector["counts"]
    assert total == sum(vector["counts"])


def test_parameters__every_neighbour_of_a_known_word__known_exactly_where_the_format_says(probe: Contract) -> None:
    neighbours = {word ^ 1 << bit for word in KNOWN for bit in range(32)} | {word ^ 255 for word in KNOWN}
    low = {
        1 << 24 | groups << 16 | pads << 8 | width for groups in range(10) for pads in range(3) for width in range(33)
    }
    for word in KNOWN | neighbours | low | {0, 2**32 - 1}:
        assert probe.isKnown(word) == (word in KNOWN), hex(word)


def test_table_id__header_of_a_file__equal_to_the_native_one() -> None:
    world = World(oracles=0)
    board = world.tables
    address = bytes.fromhex(board.address[2:])
    supplier = bytes.fromhex(world.supplier[2:])
    header = Header(2, Params(groups=3), 77, world.evm.chain_id, address, supplier, b"\x01" * 32, b"\x02" * 32)
    fields = (world.supplier, header.params.word, header.n, header.nonce, header.data_commit)
    assert board.tableIdOf(*fields) == header.table_id
    assert len(header.encode()) == HEADER_BYTES


@pytest.mark.parametrize("n", [*range(2, 18), 31, 32, 33])
def test_paths__every_row_of_every_small_tree__opens_there_and_nowhere_else(probe: Contract, n: int) -> None:
    leaves = [transcript.keccak(bytes([i])) for i in range(n)]
    root = root_of(leaves, transcript.depth_of(n))
    for row, leaf in enumerate(leaves, start=1):
        siblings = path(leaves, row)
        opening = [other for other in range(n + 2) if probe.opens(siblings, root, n, other, leaf)]
        assert opening == [row]
        assert probe.isLast(siblings, row) == (row == n)
        for wrong in (siblings[:-1], [*siblings, transcript.EMPTY], [*siblings[:-1], leaf], siblings[::-1]):
            assert probe.opens(wrong, root, n, row, leaf) == (wrong == siblings)


def test_paths__table_of_the_largest_size__depth_31(probe: Contract) -> None:
    siblings = [transcript.keccak(bytes([i])) for i in range(31)]
    n, leaf = 2**31 - 1, b"\x05" * 32
    for row in (1, n, 0b1010101):
        node = leaf
        for height, sibling in enumerate(siblings):
            pair = sibling + node if (row - 1) >> height & 1 else node + sibling
            node = transcript.keccak(transcript.tag("node") + pair)
        assert probe.opens(siblings, node, n, row, leaf)
        assert not probe.opens(siblings, node, n, row ^ 2, leaf)
