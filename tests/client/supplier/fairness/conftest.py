"""Rows in files, and plans for tables of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from assay_client.supplier.fairness.rows import Columns, Rows, read

COLUMNS = Columns("group", "actual", "predicted", row_id="id")


def ignore(done: int, total: int) -> None:
    """No progress wanted."""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Rows]:
    """Makes rows from permutations k; `first` shifts their identities, `predictions` may be left out."""

    def rows(permutations: Sequence[int], first: int = 0, predictions: bool = True) -> Rows:
        path = tmp_path / "rows.csv"
        lines = [f"{first + i},{k // 4},{k // 2 % 2},{k % 2}" for i, k in enumerate(permutations)]
        path.write_text("id,group,actual,predicted\n" + "\n".join(lines) + "\n")
        return read(path, COLUMNS if predictions else Columns("group", "actual", row_id="id"))

    return rows
