"""Secrets of requests that are not opened yet, on disk before the request is sent.

Opening an audit discloses the secret whose hash the request carried; a client that lost it would forfeit part of its
fee. So the secret is written and synced first: a crash at any point between request and open loses nothing. One small
file a request, so that concurrent commands never share one; readable by the owner only; removed once the audit is
open.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from eth_utils.crypto import keccak

SCHEMA = "assay/pending/1"


@dataclass(frozen=True)
class Pending:
    """A request that may have been sent.

    Attributes:
        secret: 32 random bytes.
        model_id: the model version of the request.
        policy_id: the policy that it cites.
        block: head when it was written; its transaction is in a later block.
    """

    secret: bytes
    model_id: int
    policy_id: int
    block: int

    @property
    def digest(self) -> bytes:
        """keccak256 of the secret: what the request carries, and what names its file."""
        return keccak(self.secret)


class PendingRequests:
    """The folder of one client's unopened requests on one board."""

    def __init__(self, home: Path, chain_id: int, board: str, client: str) -> None:
        """Open the folder below `home`; it is created with the first request."""
        self._folder = home / "requests" / f"{chain_id}-{board}-{client}"

    def create(self, model_id: int, policy_id: int, block: int) -> Pending:
        """Draw a secret and write it durably, before its request is sent."""
        pending = Pending(secrets.token_bytes(32), model_id, policy_id, block)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(pending)
        partial = path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"schema": SCHEMA, **asdict(pending), "secret": pending.secret.hex()}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name is durable too
        finally:
            os.close(folder)
        return pending

    def __iter__(self) -> Iterator[Pending]:
        """Yield every unopened request, oldest first."""
        found = [json.loads(path.read_text()) for path in self._folder.glob("*.json")]
        for entry in sorted(found, key=lambda entry: int(entry["block"])):
            yield Pending(bytes.fromhex(entry["secret"]), entry["model_id"], entry["policy_id"], entry["block"])

    def remove(self, pending: Pending) -> None:
        """Forget a request that was opened, refused or expired."""
        self._path(pending).unlink(missing_ok=True)

    def _path(self, pending: Pending) -> Path:
        return self._folder / f"{pending.digest.hex()}.json"
