"""What must survive a restart: sessions with their refresh secrets, and nonces that were used. One SQLite file."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .problems import SignInNeeded

NAME: Final = "sessions.sqlite"
NONCE_SECONDS: Final = 300
"""How long after it was handed out a nonce can be signed."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sessions (
  id TEXT PRIMARY KEY, address TEXT NOT NULL, refresh BLOB NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS used (nonce TEXT PRIMARY KEY, expires INTEGER NOT NULL);
"""
_MAC_DIGITS: Final = 32


@dataclass(frozen=True)
class Session:
    """One sign-in.

    Attributes:
        id: random, 32 hexadecimal digits.
        address: who signed in, checksummed.
        refresh: the secret that renews it once.
    """

    id: str
    address: str
    refresh: str


class Sessions:
    """Sessions and nonces. Safe for several threads; one process at a time.

    A nonce carries its time and the gateway's MAC, so handing them out needs no memory that a stranger could fill;
    only those used are kept, until they would have expired anyway. A refresh secret works once: whoever presents an
    earlier one ends the session, because one of two holders must have stolen it.
    """

    def __init__(self, directory: Path, key: bytes, seconds: int, clock: Callable[[], float] = time.time) -> None:
        """Go on with the sessions in the directory.

        Args:
            directory: where the file is.
            key: 32 bytes, of the nonces' MAC.
            seconds: how long a session can be refreshed.
            clock: Unix seconds.
        """
        path = directory / NAME
        path.touch(0o600)
        self._key = key
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)
        rows = self._db.execute("SELECT id, expires FROM sessions WHERE expires > ?", (int(clock()),))
        self._alive: dict[str, int] = dict(rows.fetchall())

    def nonce(self) -> str:
        """A new nonce: random, bound to this gateway and this time; letters and digits only (EIP-4361)."""
        stem = f"{int(self._clock()):010x}{secrets.token_hex(16)}"
        return stem + self._mac(stem)

    def spend(self, nonce: str) -> None:
        """Use a nonce up.

        Raises:
            SignInNeeded: it is none of ours, it is too old, or it was used.
        """
        stem, mac = nonce[:-_MAC_DIGITS], nonce[-_MAC_DIGITS:]
        if not hmac.compare_digest(mac, self._mac(stem)):
            raise _refused("bad-nonce", "the nonce is none that this gateway gave out")
        now, expires = int(self._clock()), int(stem[:10], 16) + NONCE_SECONDS
        if expires <= now:
            raise _refused("nonce-expired", "the nonce is too old")
        with self._lock:
            self._db.execute("DELETE FROM used WHERE expires <= ?", (now,))
            try:
                self._db.execute("INSERT INTO used VALUES (?, ?)", (nonce, expires))
            except sqlite3.IntegrityError as error:
                raise _refused("nonce-used", "the nonce was used before") from error

    def begin(self, address: str) -> Session:
        """A new session of an account that proved who it is."""
        now, new = int(self._clock()), Session(secrets.token_hex(16), address, secrets.token_urlsafe(32))
        with self._lock:
            self._forget(now)
            self._db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)", (new.id, address, _digest(new.refresh), now + self._seconds)
            )
            self._alive[new.id] = now + self._seconds
        return new

    def refresh(self, session_id: str, refresh: str) -> Session:
        """Renew a session with its current secret, which is replaced.

        Raises:
            SignInNeeded: there is no such session (any more), or the secret is an earlier one.
        """
        now, renewed = int(self._clock()), secrets.token_urlsafe(32)
        with self._lock:
            self._forget(now)
            row = self._db.execute("SELECT address, refresh FROM sessions WHERE id = ?", (session_id,)).fetchone()
            if row is None:
                raise _refused("session-ended", "the session has ended")
            if not hmac.compare_digest(row[1], _digest(refresh)):
                self._end(session_id)
                raise _refused("refresh-reused", "the refresh token was used before, so the session is ended")
            expires = now + self._seconds
            self._db.execute(
                "UPDATE sessions SET refresh = ?, expires = ? WHERE id = ?", (_digest(renewed), expires, session_id)
            )
            self._alive[session_id] = expires
        return Session(session_id, row[0], renewed)

    def alive(self, session_id: str) -> bool:
        """Whether a session goes on: it neither ended nor expired."""
        return self._alive.get(session_id, 0) > self._clock()

    def end(self, session_id: str) -> None:
        """End a session, if there is one."""
        with self._lock:
            self._end(session_id)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _end(self, session_id: str) -> None:
        self._db.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
        self._alive.pop(session_id, None)

    def _forget(self, now: int) -> None:
        self._db.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
        self._alive = {session_id: expires for session_id, expires in self._alive.items() if expires > now}

    def _mac(self, stem: str) -> str:
        return hmac.digest(self._key, b"assay/gateway/nonce/1" + stem.encode(), "sha256").hex()[:_MAC_DIGITS]


def _digest(refresh: str) -> bytes:
    return hashlib.sha256(refresh.encode()).digest()


def _refused(code: str, message: str) -> SignInNeeded:
    return SignInNeeded(message, code=code, culprit="client", hint="Sign in again: GET /auth/nonce, POST /auth/login.")
