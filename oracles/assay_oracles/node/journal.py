"""The node's memory: every vote, before its commitment is sent, and how far the chain was followed.

SQLite in write-ahead mode with `synchronous = FULL`: what a method has written survives a loss of power once it has
returned. The chain is the truth about what was sent; the journal is the truth about what may be sent.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from assay_chain.errors import Refused

from assay_oracles.protocol.ballot import Ballot

_SCHEMA: Final = """
CREATE TABLE identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE followed (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE watched (audit_id INTEGER PRIMARY KEY, request_block INTEGER NOT NULL) STRICT;
CREATE TABLE ballots (
    entry INTEGER PRIMARY KEY,
    audit_id INTEGER NOT NULL,
    seed BLOB NOT NULL,
    verdict INTEGER NOT NULL,
    lanes TEXT NOT NULL,
    document BLOB NOT NULL,
    evidence BLOB NOT NULL,
    salt BLOB NOT NULL,
    commitment BLOB NOT NULL,
    UNIQUE (audit_id, commitment)
) STRICT;
"""
_VERSION: Final = 1
_COLUMNS: Final = "audit_id, seed, verdict, lanes, document, evidence, salt, commitment"


class Journal:
    """One node's journal. Used from one thread; the node's lock keeps other processes away."""

    def __init__(self, path: Path, identity: dict[str, str]) -> None:
        """Open or create the journal.

        Args:
            path: The database file.
            identity: Whose journal it is (chain, board, voter).

        Raises:
            Refused: It is damaged, of another version, or somebody else's.
        """
        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            if self._db.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise sqlite3.DatabaseError("its integrity check failed")
            with self._transaction():
                self._prepare(identity)
        except sqlite3.DatabaseError as error:
            raise self._refusal(
                f"is damaged: {error}",
                "Move it away and start again: salts are derived from the key, so open votes are computed anew.",
            ) from error

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def keep(self, ballot: Ballot) -> Ballot:
        """Record the vote that this node casts in an audit; the first one recorded for a seed stands.

        Returns:
            The vote that stands.
        """
        with self._transaction():
            standing = self.own(ballot.audit_id, ballot.seed)
            if standing is not None:
                return standing
            self._insert(ballot)
        return ballot

    def add_opening(self, ballot: Ballot) -> None:
        """Record a recomputed vote whose commitment was found on the chain but not in this journal."""
        with self._transaction():
            self._insert(ballot)

    def own(self, audit_id: int, seed: bytes) -> Ballot | None:
        """The vote that this node casts in an audit."""
        return self._ballot("audit_id = ? AND seed = ?", audit_id, seed)

    def opening(self, audit_id: int, commitment: bytes) -> Ballot | None:
        """The vote that opens a commitment."""
        return self._ballot("audit_id = ? AND commitment = ?", audit_id, commitment)

    def followed(self) -> tuple[int, bytes] | None:
        """Number and hash of the last block whose events were handled."""
        row: tuple[int, bytes] | None = self._db.execute("SELECT number, hash FROM followed").fetchone()
        return row

    def follow(self, number: int, block_hash: bytes, audits: dict[int, int]) -> None:
        """Watch audits ({id: request block}) and move on to the block up to which they were found, both or neither."""
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO watched VALUES (?, ?)", audits.items())
            self._db.execute("INSERT OR REPLACE INTO followed VALUES (1, ?, ?)", (number, block_hash))

    def watched(self) -> dict[int, int]:
        """The audits that may still ask something of this node: {id: request block}."""
        return dict(self._db.execute("SELECT audit_id, request_block FROM watched ORDER BY audit_id"))

    def unwatch(self, audit_id: int) -> None:
        """Forget an audit that asks nothing of this node any more. Its vote stays on record."""
        with self._transaction():
            self._db.execute("DELETE FROM watched WHERE audit_id = ?", (audit_id,))

    def _prepare(self, identity: dict[str, str]) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
            self._db.executemany("INSERT INTO identity VALUES (?, ?)", identity.items())
        elif version != _VERSION:
            raise self._refusal(f"is of version {version}, not {_VERSION}", "Run the release that wrote it.")
        found = dict(self._db.execute("SELECT name, value FROM identity"))
        if found != identity:
            raise self._refusal(
                f"belongs to {found}, not to {identity}", "Give every oracle and every network its own data directory."
            )

    def _insert(self, ballot: Ballot) -> None:
        self._db.execute(
            f"INSERT OR IGNORE INTO ballots ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constants)
            (
                ballot.audit_id,
                ballot.seed,
                ballot.verdict,
                json.dumps(ballot.lanes),
                ballot.document,
                ballot.evidence,
                ballot.salt,
                ballot.commitment,
            ),
        )

    def _ballot(self, condition: str, *values: object) -> Ballot | None:
        query = f"SELECT {_COLUMNS} FROM ballots WHERE {condition} ORDER BY entry LIMIT 1"  # noqa: S608 (constants)
        row = self._db.execute(query, values).fetchone()
        if row is None:
            return None
        audit_id, seed, verdict, lanes, document, evidence, salt, commitment = row
        return Ballot(audit_id, seed, verdict, tuple(json.loads(lanes)), document, evidence, salt, commitment)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _refusal(self, what: str, hint: str) -> Refused:
        return Refused(f"the journal {self._path} {what}", code="bad-journal", culprit="local", hint=hint)
