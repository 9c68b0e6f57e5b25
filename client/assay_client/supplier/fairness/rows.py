"""Rows to prove, from CSV or Parquet: protected group, actual label, prediction (paper B, table 2), and an identity."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from pathlib import Path

import numpy as np
from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.fairness.params import MAX_GROUPS
from numpy.typing import NDArray

TAG_BYTES = 16
_BATCH = 65_536
_BINARY = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}


@dataclass(frozen=True)
class Columns:
    """Which columns say what.

    Attributes:
        protected: Column of the protected group; None where labels are somebody else's.
        actual: Column of the actual label, 0 or 1; None likewise.
        predicted: Column of the prediction, 0 or 1, or of a score; None before predictions exist.
        threshold: Scores from here on predict 1; None when the column holds 0 and 1.
        row_id: Column that identifies a row; None to identify rows by all their columns but the prediction.
        groups: Values of the protected column, group 0 first; empty when they are 0, 1, 2, ...
    """

    protected: str | None
    actual: str | None
    predicted: str | None = None
    threshold: float | None = None
    row_id: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The rows of one file, a few bytes each.

    Attributes:
        labels: 2 * group + actual, shape (n,), uint8; empty where they are somebody else's.
        predictions: 0 or 1, shape (n,), uint8; empty before predictions exist.
        tags: Identity of each row, shape (n, 16), uint8; all differ.
        groups: Number of protected groups.
        by_position: Whether rows are only told apart by their place in this file.
    """

    labels: NDArray[np.uint8]
    predictions: NDArray[np.uint8]
    tags: NDArray[np.uint8]
    groups: int
    by_position: bool

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.tags)

    @property
    def permutations(self) -> NDArray[np.uint8]:
        """k = 4 * group + 2 * actual + predicted of each row."""
        assert len(self.predictions) == len(self), "rows without predictions have no permutation yet"
        return 2 * self.labels + self.predictions

    def take(self, chosen: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        predictions = self.predictions[chosen] if len(self.predictions) else self.predictions
        return Rows(self.labels[chosen], predictions, self.tags[chosen], self.groups, self.by_position)


def read(path: Path, columns: Columns) -> Rows:
    """Read a file: Parquet when its name ends in .parquet, CSV with a header line otherwise.

    Raises:
        MalformedInput: a column is missing or a value is not what it must be; names its place.
        Usage: the file cannot be read.
    """
    _check_columns(columns)
    labels, predictions, tags = bytearray(), bytearray(), bytearray()
    whole = blake2b(digest_size=TAG_BYTES)
    for place, row in _parquet(path) if path.suffix == ".parquet" else _csv(path):
        if columns.protected is not None and columns.actual is not None:
            group = _group(row, columns.protected, columns.groups, place)
            labels.append(2 * group + _binary(row, columns.actual, place))
        if columns.predicted is not None:
            predictions.append(_predicted(row, columns, place))
        identity = _identity(row, columns)
        tags += blake2b(identity, digest_size=TAG_BYTES).digest()
        whole.update(identity)
    if not tags:
        raise _malformed(f"{path} has no rows", "A table needs at least two.")
    found = np.frombuffer(bytes(tags), dtype=np.uint8).reshape(-1, TAG_BYTES)
    unique = len(np.unique(found, axis=0)) == len(found)
    if not unique and columns.row_id:
        raise _malformed(
            f"{path}: column {columns.row_id!r} has a value twice", "Name a column that identifies each row."
        )
    if not unique:
        found = _positions(whole.digest(), len(found))
    numbers = np.frombuffer(bytes(labels), dtype=np.uint8)
    groups = len(columns.groups) or max(2, int(numbers.max(initial=0)) // 2 + 1)
    if columns.protected is not None:
        _check_groups(numbers, columns, groups)
    return Rows(numbers, np.frombuffer(bytes(predictions), dtype=np.uint8), found, groups, not unique)


def _check_columns(columns: Columns) -> None:
    """Refuse groups that no table can have, and a threshold that nothing reaches.

    Raises:
        MalformedInput: they are named wrongly.
    """
    names = columns.groups
    if names and not 2 <= len(names) <= MAX_GROUPS:
        raise _malformed(
            f"--groups names {len(names)} groups, a table has 2 to {MAX_GROUPS}", "Name others, or merge groups."
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _malformed(f"--groups names {', '.join(twice)} twice", "Name every group once.")
    if columns.threshold is not None and math.isnan(columns.threshold):
        raise _malformed("--threshold is no number", "Name the least score that predicts 1.")


def _check_groups(labels: NDArray[np.uint8], columns: Columns, groups: int) -> None:
    """Refuse a group without rows: every comparison with it would be undefined, and mostly the groups are misnamed.

    Raises:
        MalformedInput: there is one.
    """
    rows = np.bincount(labels // 2, minlength=groups)
    if len(empty := np.flatnonzero(rows == 0)):
        names = columns.groups or tuple(map(str, range(groups)))
        raise _malformed(
            f"column {columns.protected!r} has no row of group {', '.join(names[i] for i in empty)}",
            "Name the values of this column with --groups, only those that occur: two or more are compared.",
        )


def _positions(file: bytes, n: int) -> NDArray[np.uint8]:
    """Return tags that tell rows apart by their place in the file."""
    tags = b"".join(blake2b(file + i.to_bytes(8, "big"), digest_size=TAG_BYTES).digest() for i in range(n))
    return np.frombuffer(tags, dtype=np.uint8).reshape(-1, TAG_BYTES)


def _csv(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows and where they stand: in lines as an editor counts them, the header's being line 1."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, strict=True)
            names = next(reader, [])
            for cells in filter(None, reader):
                if len(cells) != len(names):
                    raise _malformed(
                        f"{path}, line {reader.line_num}: not as many cells as the header has", "Check the file."
                    )
                yield f"line {reader.line_num}", _row(path, names, cells)
    except OSError as error:
        raise _unreadable(path, error.strerror or "") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _malformed(f"{path} is no CSV file in UTF-8: {error}", "Export it as CSV in UTF-8.") from error


def _parquet(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows and where they stand: Parquet has no lines, so rows are counted, from 1."""
    import pyarrow.parquet
    from pyarrow import ArrowException

    try:
        number = count(1)
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                names = batch.schema.names
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield f"row {next(number)}", _row(path, names, [_text(cell) for cell in cells])
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except ArrowException as error:
        raise _malformed(f"{path} is no Parquet file: {error}", "Check the file.") from error


def _row(path: Path, names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The cells by name. A name may stand twice, as in ProPublica's file, but not for two things."""
    row = dict(zip(names, cells, strict=True))
    if twice := sorted({name for name, cell in zip(names, cells, strict=True) if row[name] != cell}):
        raise _malformed(
            f"{path} has several columns {', '.join(map(repr, twice))} that differ", "Give every column its own name."
        )
    return row


def _text(cell: object) -> str:
    """Write a cell as CSV would: an integral number without a decimal point."""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _cell(row: dict[str, str], column: str) -> str:
    try:
        return row[column].strip()
    except KeyError:
        known = ", ".join(row)
        raise _malformed(f"there is no column {column!r}", f"The file has: {known}.") from None


def _group(row: dict[str, str], column: str, groups: tuple[str, ...], place: str) -> int:
    cell = _cell(row, column)
    if groups:
        if cell in groups:
            return groups.index(cell)
        expected: Sequence[str] = groups
    else:
        if cell.lower() in _BINARY:
            return _BINARY[cell.lower()]
        if cell.isdecimal() and int(cell) < MAX_GROUPS:
            return int(cell)
        expected = ("0", "1", "...", str(MAX_GROUPS - 1))
    raise _malformed(
        f"{place}: column {column!r} holds {cell!r}, which is none of {', '.join(expected)}",
        "Name the groups with --groups, in order, and leave rows of other groups out of the file.",
    )


def _binary(row: dict[str, str], column: str, place: str) -> int:
    cell = _cell(row, column)
    if (value := _BINARY.get(cell.lower())) is None:
        raise _malformed(
            f"{place}: column {column!r} holds {cell!r}, which is neither 0 nor 1",
            "Write labels as 0 and 1; a column of scores needs --threshold.",
        )
    return value


def _predicted(row: dict[str, str], columns: Columns, place: str) -> int:
    assert columns.predicted is not None
    if columns.threshold is None:
        return _binary(row, columns.predicted, place)
    cell = _cell(row, columns.predicted)
    try:
        score = float(cell)
    except ValueError:
        score = float("nan")
    if score != score:
        raise _malformed(f"{place}: column {columns.predicted!r} holds {cell!r}, which is no number", "Mend it.")
    return int(score >= columns.threshold)


def _identity(row: dict[str, str], columns: Columns) -> bytes:
    if columns.row_id is not None:
        return json.dumps(_cell(row, columns.row_id)).encode()
    return json.dumps([cell for name, cell in row.items() if name != columns.predicted]).encode()


def _malformed(message: str, hint: str) -> MalformedInput:
    return MalformedInput(message, code="bad-rows", culprit="local", hint=hint)


def _unreadable(path: Path, why: str) -> Usage:
    return Usage(f"cannot read {path}: {why}", code="unreadable-file", culprit="local", hint="Check the path.")
