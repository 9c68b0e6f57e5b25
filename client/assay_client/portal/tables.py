"""The fairness board."""

from __future__ import annotations

from assay_client.cli.fairness_board import posted_json
from assay_client.fairness_board import FairnessBoard, Posted

from .models.tables import Table, TableDetail, Tables
from .paging import page
from .reading import Reading
from .timeline import timeline


def listing(reading: Reading, *, state: str | None, model: int | None, cursor: int | None, limit: int) -> Tables:
    """A page of tables, newest first; the cursor counts them from 1, oldest first."""
    board = FairnessBoard(reading.session)
    posted = board.all(reading.block) if model is None else board.of_model(model, reading.block)
    numbered = list(enumerate(posted, 1))
    below = (entry for entry in reversed(numbered) if cursor is None or entry[0] < cursor)

    def show(entry: tuple[int, Posted]) -> Table | None:
        return _table(entry[1]) if state in (None, entry[1].state) else None

    shown, following = page(below, lambda entry: entry[0], show, limit)
    return Tables(as_of=reading.as_of, tables=shown, cursor=following)


def detail(reading: Reading, table_id: bytes) -> TableDetail:
    """One table.

    Raises:
        MalformedInput: nobody published a table of this id.
    """
    posted = FairnessBoard(reading.session).get(table_id, reading.block)
    return TableDetail(
        as_of=reading.as_of,
        table=_table(posted),
        timeline=timeline(reading, "FairnessBoard", "tableId", table_id),
    )


def _table(posted: Posted) -> Table:
    return Table.model_validate(posted_json(posted))
