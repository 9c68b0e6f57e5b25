"""From a false table's file to the refutation that the chain takes: found natively, judged by `Refutations.sol`."""

import io
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from assay_chain.artifacts import Artifact
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.evaluate import open_table
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER as N
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.fairness.refute import CHEAPEST, Evidence, Opening, cheapest, evidence, exists
from assay_oracles.audits.fairness.row import checks
from assay_oracles.audits.fairness.signature import seal
from assay_oracles.audits.fairness.table import HEADER_BYTES, Header

from tests.contracts.harness.accounts import ZERO
from tests.contracts.harness.cases import PENDING
from tests.contracts.harness.contract import Contract
from tests.contracts.harness.points import GROUP, HIGH
from tests.contracts.harness.rows import branch_struct
from tests.contracts.harness.tables import leaves_of, opened, parsed, point, raw
from tests.contracts.harness.world import World
from tests.oracles.audits.fairness.forge import KEY, Part, check, honest, table

pytestmark = pytest.mark.xdist_group("solidity")

CHOICES = [3, 0, 6, 5, 1]
FUNCTIONS = {
    Kind.POINT: "point",
    Kind.BRANCH: "branch",
    Kind.CHALLENGE: "challenge",
    Kind.COMMITMENT_A: "commitmentA",
    Kind.COMMITMENT_B: "commitmentB",
    Kind.TALLY: "tally",
    Kind.MASK: "mask",
    Kind.DUPLICATE: "duplicate",
}


@pytest.fixture(scope="module")
def probe(compiled: Mapping[str, Artifact]) -> Contract:
    return World(oracles=0).create_from(compiled["RefutationProbe"])


def struct(shown: Opening) -> tuple[Any, ...]:
    """The `Opening` struct."""
    return shown.row.number, opened(shown.row), list(shown.path)


def chain_says(probe: Contract, record: Record, found: Evidence) -> bool:
    """Whether the check fails, by this evidence and nothing else."""
    header, named, row = record.header, found.named, found.opening.row
    state = (PENDING, 1, 0, record.footer.root, 1, True, 0, ZERO, False)
    board = ("0x" + "11" * 20, 1, header.params.word, header.n, *state)
    probe.put(header.table_id, board)
    arguments: list[Any] = [header.table_id]
    if named.kind in (Kind.TALLY, Kind.MASK):
        assert found.other
        arguments += [struct(found.other), struct(found.opening)]
    elif named.kind is Kind.DUPLICATE:
        assert found.other
        arguments += [struct(found.opening), header.table_id, struct(found.other)]
    else:
        arguments.append(struct(found.opening))
    if named.kind is Kind.POINT:
        arguments.append(named.branch)
    elif named.kind is Kind.CHALLENGE:
        arguments.append([branch_struct(branch) for branch in row.branches])
    elif named.kind in (Kind.BRANCH, Kind.COMMITMENT_A, Kind.COMMITMENT_B):
        arguments += [transcript.digests(row.branches), named.branch, branch_struct(row.branches[named.branch])]
    if named.kind is Kind.COMMITMENT_B:
        arguments += [point(found.scaled or bytes(64)), point(found.rest or bytes(64))]
    return bool(getattr(probe, FUNCTIONS[named.kind])(*arguments).value)


def record_of(data: bytes) -> Record:
    return Record(*open_table(io.BytesIO(data)))


def resealed(data: bytes) -> bytes:
    """The same rows under a root of their own, signed: a hostile supplier's table."""
    header, rows = parsed(data)
    tree = transcript.Tree(transcript.depth_of(header.n))
    for leaf in leaves_of(rows):
        tree.append(leaf)
    footer = record_of(data).footer
    return data[: -header.footer_bytes] + seal(header, tree.root(), footer.counts, KEY).encode()


def refutation(data: bytes) -> tuple[Record, Evidence, Fault]:
    """The table's record, its cheapest refutation, and the fault that it comes from."""
    record, stream = record_of(data), io.BytesIO(data)
    fault = check(data).fault
    assert fault is not None
    return record, evidence(stream, record, cheapest(stream, record.header, fault)), fault


def every_check(header: Header) -> list[Fault]:
    """Every check of a table that there is evidence for, duplicates included."""
    named = [each for row in range(1, header.n + 1) for each in checks(header.params, row)]
    named += [Fault(Kind.DUPLICATE, row, j) for row in range(2, header.n + 1) for j in range(1, row)]
    return [each for each in named if exists(header, each)]


def changed(data: bytes, row: int, at: int, new: bytes) -> bytes:
    """The file with bytes of a row overwritten, and sealed again."""
    begin = HEADER_BYTES + (row - 1) * Header.decode(data).row_bytes + at
    return resealed(data[:begin] + new + data[begin + len(new) :])


def replayed(row: int, **parts: bytes) -> bytes:
    """A table with parts of branch 2 of a row replaced after it was proved."""

    def change(head: Header, xs: list[int], given: list[Part]) -> list[Part]:
        given[row - 1] = given[row - 1].branch(2, **parts)
        return given

    return table(CHOICES, change)


def twice() -> bytes:
    """A table whose rows 2 and 5 have opposite keys, and masks to fit."""
    xs = [11, 7, 13, 17, N - 7]
    return table(CHOICES, xs=xs)


FALSE: dict[str, tuple[Callable[[], bytes], Fault, Kind]] = {
    "point": (lambda: changed(honest(CHOICES), 3, 192, bytes(64)), Fault(Kind.POINT, 3, 3), Kind.POINT),
    "beyond": (lambda: changed(honest(CHOICES), 1, 64, raw(HIGH)), Fault(Kind.POINT, 1, 1), Kind.POINT),
    "scalar": (lambda: replayed(3, c=bytes(32)), Fault(Kind.BRANCH, 3, 2), Kind.BRANCH),
    "challenge": (lambda: replayed(4, c=transcript.word(5)), Fault(Kind.CHALLENGE, 4), Kind.COMMITMENT_A),
    "commitment": (lambda: replayed(4, a=GROUP.base(5)), Fault(Kind.CHALLENGE, 4), Kind.COMMITMENT_A),
    "other": (lambda: replayed(4, b=GROUP.base(5)), Fault(Kind.CHALLENGE, 4), Kind.COMMITMENT_B),
    "response": (lambda: replayed(1, r=transcript.word(5)), Fault(Kind.COMMITMENT_A, 1, 2), Kind.COMMITMENT_A),
    "tally": (lambda: changed(honest(CHOICES), 2, 192, GROUP.base(5)), Fault(Kind.TALLY, 2), Kind.TALLY),
    "mask": (lambda: changed(honest(CHOICES), 2, 64, GROUP.base(5)), Fault(Kind.CHALLENGE, 2), Kind.MASK),
    "key": (lambda: changed(honest(CHOICES), 2, 0, GROUP.base(5)), Fault(Kind.CHALLENGE, 2), Kind.COMMITMENT_A),
    "duplicate": (twice, Fault(Kind.DUPLICATE, 5, 2), Kind.DUPLICATE),
}


@pytest.mark.parametrize("name", FALSE)
def test_refutation__false_table__the_cheapest_kind_and_the_chain_agrees(probe: Contract, name: str) -> None:
    make, first, kind = FALSE[name]
    record, found, fault = refutation(make())
    assert (fault, found.named.kind) == (first, kind)
    assert found.fails(record.header)
    assert chain_says(probe, record, found)


@pytest.mark.parametrize("params", [Params(), Params(groups=3, pads=True)], ids=["two groups", "three with pads"])
def test_evidence__true_table__no_check_of_any_row_fails(probe: Contract, params: Params) -> None:
    """What rebuts an oracle that named it."""
    data = honest([3, 0, 6], params)
    record = record_of(data)
    for named in every_check(record.header):
        shown = evidence(io.BytesIO(data), record, named)
        assert shown.fails(record.header) is False
        assert chain_says(probe, record, shown) is False


@pytest.mark.parametrize("seed", range(12))
def test_evidence__spoiled_table__every_check_is_judged_alike_and_the_cheapest_is_refuted(
    probe: Contract, seed: int
) -> None:
    dice = random.Random(seed)
    data = honest([3, 0, 6])
    at = HEADER_BYTES + dice.randrange(3 * Header.decode(data).row_bytes)
    data = resealed(data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :])
    record, found, _ = refutation(data)
    failing = []
    for named in every_check(record.header):
        shown = evidence(io.BytesIO(data), record, named)
        says = chain_says(probe, record, shown)
        assert shown.fails(record.header) is says, named
        failing += [named] * says
    of_row = [CHEAPEST.index(named.kind) for named in failing if named.row == found.named.row]
    assert found.named in failing
    assert CHEAPEST.index(found.named.kind) == min(of_row)
