"""The supplier's memory of its tables: row sets are equal or disjoint, and no key is used twice (design section 4).

Two tables whose rows differ in a few say what these few are, whatever the proofs hide. So the ledger refuses a table
whose rows overlap with those of an earlier one without being the same. It also knows for which model a table was
proven: nothing in a table says whose predictions its rows hold.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np
from assay_chain.addressbook import home
from assay_chain.errors import Refused
from numpy.typing import NDArray

LEDGER = "ledger.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (
  table_id BLOB PRIMARY KEY,
  key_digest BLOB NOT NULL UNIQUE,
  row_set BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS rows (tag BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS models (table_id BLOB PRIMARY KEY REFERENCES tables, model INTEGER NOT NULL) STRICT;
CREATE TEMPORARY TABLE proposed (tag BLOB PRIMARY KEY) WITHOUT ROWID;
"""


class Ledger:
    """The tables of one supplier, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open the ledger; a new one is readable by its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._path = path

    @classmethod
    def of(cls, address: str, folder: Path | None = None) -> Ledger:
        """Open the ledger of an account: in a folder of its own, unless one is named."""
        return cls((folder or home() / "fairness" / address.lower()) / LEDGER)

    def reserve(self, table_id: bytes, key: bytes, tags: NDArray[np.uint8], model: int | None = None) -> None:
        """Enter a table before its first row is proven; entering the same one again changes nothing.

        Args:
            table_id: The table id.
            key: The table's secret key, of which a digest is kept.
            tags: Identities of its rows, shape (n, 16).
            model: Whose predictions the rows hold or will hold, by its number on the table's network; None for a table
                that is made for no model.

        Raises:
            Refused: the rows overlap with earlier ones, or the key was used.
        """
        ordered = tags[np.lexsort(tags.T[::-1])]
        row_set, key_digest = sha256(ordered.tobytes()).digest(), sha256(b"key" + key).digest()
        with self._transaction() as connection:
            known = connection.execute("SELECT key_digest, row_set FROM tables WHERE table_id = ?", (table_id,))
            if (earlier := known.fetchone()) is not None:
                if earlier != (key_digest, row_set):
                    raise _refused("this table was entered with other rows or another key", "Start a new table.")
                return
            if connection.execute("SELECT 1 FROM tables WHERE key_digest = ?", (key_digest,)).fetchone():
                raise _refused("the key was used for another table", "Start a new table: keys are drawn afresh.")
            if not connection.execute("SELECT 1 FROM tables WHERE row_set = ?", (row_set,)).fetchone():
                self._enter(connection, ordered)
            connection.execute("INSERT INTO tables VALUES (?, ?, ?)", (table_id, key_digest, row_set))
            if model is not None:
                connection.execute("INSERT INTO models VALUES (?, ?)", (table_id, model))

    def knows(self, table_id: bytes) -> bool:
        """Whether the table was entered."""
        with self._transaction() as connection:
            known = connection.execute("SELECT 1 FROM tables WHERE table_id = ?", (table_id,))
            return known.fetchone() is not None

    def model_of(self, table_id: bytes) -> int | None:
        """The model for which a table was proven; None when it was for none, or is unknown."""
        with self._transaction() as connection:
            found = connection.execute("SELECT model FROM models WHERE table_id = ?", (table_id,)).fetchone()
            return None if found is None else int(found[0])

    def _enter(self, connection: sqlite3.Connection, tags: NDArray[np.uint8]) -> None:
        connection.executemany("INSERT INTO proposed VALUES (?)", ((tag.tobytes(),) for tag in tags))
        (shared,) = connection.execute("SELECT count(*) FROM proposed JOIN rows USING (tag)").fetchone()
        if shared:
            raise _refused(
                f"{shared} of the {len(tags)} rows were in an earlier table that held others too",
                "Prove exactly the rows of that table, or only new ones. If these are other rows that look the same, "
                "name a column that identifies each row with --row-id.",
            )
        connection.execute("INSERT INTO rows SELECT tag FROM proposed")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()  # without COMMIT nothing is kept


def _refused(message: str, hint: str) -> Refused:
    return Refused(message, code="ledger", culprit="local", hint=hint)
