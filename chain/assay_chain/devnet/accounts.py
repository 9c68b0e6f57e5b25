"""Development accounts: fresh random keys for each devnet directory, never well-known ones.

Keys that everybody knows are harmless on a throw-away chain, but this directory's keys are kept, and people reuse them.
They are protected by file modes and a light scrypt only: never use them on a network with real stakes.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from eth_account.signers.local import LocalAccount

from .. import keystore
from ..addressbook import AccountEntry

FOLDER = "keys"
_LIGHT_SCRYPT = 1 << 12
_NAMED = ("gatekeeper", "treasury", "supplier", "client")


def ensure(directory: Path, oracles: int) -> dict[str, AccountEntry]:
    """The accounts of a devnet directory by name, those that are missing freshly made.

    One `NAME.json` (V3 keystore) and one `NAME.password` each, both for the owner only, in `directory/keys`.
    Raises what `keystore.load_account` raises when somebody damaged them.
    """
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    roles = {name: (name,) for name in _NAMED} | {"verifier": ("viewer",)}
    roles |= {f"oracle-{number}": ("oracle",) for number in range(1, oracles + 1)}
    return {name: _ensure(folder, name, held) for name, held in roles.items()}


def unlock(entry: AccountEntry) -> LocalAccount:
    """The key of a development account."""
    assert entry.keystore is not None
    assert entry.password_file is not None
    return keystore.load_account(entry.keystore, keystore.read_password(entry.password_file))


def _ensure(folder: Path, name: str, roles: tuple[str, ...]) -> AccountEntry:
    path, password_file = folder / f"{name}.json", folder / f"{name}.password"
    if path.exists():
        account = keystore.load_account(path, keystore.read_password(password_file))
    else:
        password = secrets.token_urlsafe(24)
        _write_private(password_file, password + "\n")
        account = keystore.create(path, password, work=_LIGHT_SCRYPT)
    return AccountEntry(account.address, roles, path, password_file)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
