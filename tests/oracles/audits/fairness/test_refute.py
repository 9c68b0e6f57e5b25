"""Evidence from a file: paths of any row, which checks a table has, and rows that are held against nobody."""

import io

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.evaluate import open_table
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.fairness.refute import evidence, exists
from assay_oracles.audits.fairness.table import HEADER_BYTES

from tests.oracles.audits.fairness.forge import honest

CHOICES = [3, 0, 6, 5, 1]


class Metered(io.BytesIO):
    """Knows the most bytes that were read at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


def record_of(data: bytes) -> Record:
    return Record(*open_table(io.BytesIO(data)))


def test_evidence__long_table__is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    data = honest(CHOICES)
    record, stream = record_of(data), Metered(data)
    evidence(stream, record, Fault(Kind.DUPLICATE, 5, 2))
    assert stream.most == 2 * record.header.row_bytes


def test_evidence__file_whose_rows_are_not_the_published_ones__belongs_to_nobody() -> None:
    data = honest(CHOICES)
    record = record_of(data)
    spoiled = data[:HEADER_BYTES] + bytes(64) + data[HEADER_BYTES + 64 :]
    with pytest.raises(SpecError, match="root"):
        evidence(io.BytesIO(spoiled), record, Fault(Kind.POINT, 1, 0))


def test_paths__every_row_and_size__open_under_the_root() -> None:
    for n in range(2, 18):
        leaves = [transcript.keccak(bytes([i])) for i in range(n)]
        tree = transcript.Tree(transcript.depth_of(n))
        for leaf in leaves:
            tree.append(leaf)
        numbers = range(1, n + 1)
        for number, path in zip(numbers, transcript.paths(leaves, n, numbers), strict=True):
            assert len(path) == transcript.depth_of(n)
            assert transcript.root_of(leaves[number - 1], number, path) == tree.root()
            assert transcript.root_of(leaves[number - 2], number, path) != tree.root()


@pytest.mark.parametrize(
    ("named", "there"),
    [
        (Fault(Kind.POINT, 5, 3), True),
        (Fault(Kind.POINT, 5, 4), False),
        (Fault(Kind.POINT, 6, 0), False),
        (Fault(Kind.BRANCH, 1, 7), True),
        (Fault(Kind.BRANCH, 1, 8), False),
        (Fault(Kind.CHALLENGE, 1, 1), False),
        (Fault(Kind.TALLY, 1, 0), False),
        (Fault(Kind.TALLY, 2, 0), True),
        (Fault(Kind.MASK, 1, 0), False),
        (Fault(Kind.MASK, 2, 0), True),
        (Fault(Kind.DUPLICATE, 2, 1), True),
        (Fault(Kind.DUPLICATE, 2, 2), False),
        (Fault(Kind.DUPLICATE, 2, 0), False),
    ],
    ids=str,
)
def test_exists__named_check__is_one_of_the_table_or_not(named: Fault, there: bool) -> None:
    assert exists(record_of(honest(CHOICES)).header, named) is there
