"""Who sees the details of an audit: every member, or only those whom it concerns.

A client chooses for an audit, or for all of its audits before it requests them; otherwise the gateway's default counts.
Those concerned are the client, the oracles of the roster (before it is drawn, every oracle that can be), the model's
owner and gatekeepers. What the chain itself shows to whoever has a node of it, a gateway cannot hide
(docs/threat-model.md).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Final

from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.vault import Vault

from .members import Member, Members
from .settings import Visibility

NAME: Final = "visibility.sqlite"
_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS chosen (subject TEXT PRIMARY KEY, visibility TEXT NOT NULL)"


class Audits:
    """What clients chose for their audits, and what follows for a reader."""

    def __init__(self, session: Session, members: Members, directory: Path, default: Visibility) -> None:
        """Go on with the choices in the directory; `default` counts where nothing was chosen."""
        path = directory / NAME
        path.touch(0o600)
        self._board, self._models, self._vault = Board(session), Models(session), Vault(session)
        self._members = members
        self._default = default
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute(_SCHEMA)
        self._chosen: dict[str, Visibility] = dict(self._db.execute("SELECT subject, visibility FROM chosen"))
        self._known: dict[tuple[str | None, int, int], bool] = {}

    def choose(self, subject: str | int, visibility: Visibility) -> None:
        """Keep a choice: for one audit (its id), or for every audit of a client (its checksummed address)."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO chosen VALUES (?, ?)", (str(subject), visibility))
            self._chosen[str(subject)] = visibility
            self._known.clear()

    def chosen(self, audit_id: int, client: str) -> Visibility:
        """What counts for an audit."""
        return self._chosen.get(str(audit_id)) or self._chosen.get(client) or self._default

    async def client(self, audit_id: int) -> str | None:
        """Who requested an audit; None if there is none of that id."""
        block = (await self._members.roll()).block.number
        found = await asyncio.to_thread(self._board.audit, audit_id, block)
        return None if found.phase is Phase.NONE else found.client

    async def sees(self, reader: Member | None, audit_id: int) -> bool:
        """Whether a reader (None: a stranger) may see an audit's details.

        Raises:
            PeerUnreachable: the node does not answer.
        """
        if self._default == "members" and "requester" not in self._chosen.values():
            return True
        if reader is not None and Role.GATEKEEPER in reader.roles:
            return True
        block = (await self._members.roll()).block.number
        key = (None if reader is None else reader.address, audit_id, block)
        if key not in self._known:
            seen = await asyncio.to_thread(self._sees, *key)
            self._known = {old: what for old, what in self._known.items() if old[2] == block}
            self._known[key] = seen
        return self._known[key]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _sees(self, address: str | None, audit_id: int, block: int) -> bool:
        audit = self._board.audit(audit_id, block)
        if audit.phase is Phase.NONE or self.chosen(audit_id, audit.client) == "members":
            return True
        if address is None:
            return False
        if address in (audit.client, audit.appellant, self._models.model(audit.model_id, block).owner):
            return True
        seat = self._vault.seat_of(address, block)
        return seat is not None and bool((audit.roster | audit.added) >> seat & 1)
