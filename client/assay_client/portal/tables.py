"""The fairness board."""

from __future__ import annotations

from assay_chain.wrappers.fairness import Published
from assay_chain.wrappers.fairness import Tables as ChainTables

from assay_client.documents.tables import posted_json
from assay_client.fairness_board import FairnessBoard, Posted

from .models.tables import Table, TableDetail, Tables
from .paging import page
from .reading import Reading
from .timeline import timeline


def listing(reading: Reading, *, state: str | None, model: int | None, cursor: int | None, limit: int) -> Tables:
    """A page of tables, newest first; the cursor counts them from 1, oldest first."""
    tables, block = ChainTables(reading.session), reading.block
    numbered = list(enumerate(tables.published(0, block, model_id=model), 1))
    below = (entry for entry in reversed(numbered) if cursor is None or entry[0] < cursor)

    def show(entry: tuple[int, Published]) -> Published | None:
        wanted = state is None or tables.table(entry[1].table_id, block).state.name.lower() == state
        return entry[1] if wanted else None

    shown, following = page(below, lambda entry: entry[0], show, limit)
    posted = FairnessBoard(reading.session).post(shown[::-1], block)
    return Tables(as_of=reading.as_of, tables=[_table(each) for each in reversed(posted)], cursor=following)


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
