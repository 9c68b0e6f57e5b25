"""Encrypted V3 keystores, with passwords read from files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from eth_account import Account
from eth_account.signers.local import LocalAccount

from assay_chain.errors import MalformedInput, Refused, Usage


def create(path: Path, password: str, *, work: int | None = None) -> LocalAccount:
    """Create a new random key and write its keystore, readable by the owner only.

    Args:
        path: must not exist yet: a key is never overwritten.
        password: not empty.
        work: scrypt's N, a power of two; the library's strong default when None. Less only suits development keys.

    Raises:
        Refused: the file exists.
        Usage: the password is empty.
    """
    account = cast(LocalAccount, Account.create())
    write(account, path, password, work=work)
    return account


def write(account: LocalAccount, path: Path, password: str, *, work: int | None = None) -> None:
    """Write the keystore of an existing key; see `create`."""
    if not password:
        raise Usage(
            "a keystore needs a password",
            code="empty-password",
            culprit="local",
            hint="Put one into the password file.",
        )
    encrypted = Account.encrypt(account.key, password, iterations=work)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(encrypted, file)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise Refused(
            f"the keystore {path} exists",
            code="keystore-exists",
            culprit="local",
            hint="Choose another path; overwriting a keystore destroys a key.",
        ) from error


def load_account(path: Path, password: str) -> LocalAccount:
    """Decrypt a keystore.

    Raises:
        Usage: the file cannot be read.
        MalformedInput: it is no V3 keystore.
        Refused: the password is wrong; culprit local.
    """
    try:
        keystore = json.loads(_read(path, "keystore"))
    except ValueError as error:
        raise _malformed(path) from error
    if not isinstance(keystore, dict) or keystore.get("version") != 3:
        raise _malformed(path)
    try:
        key = Account.decrypt(keystore, password)
    except ValueError as error:
        if "MAC mismatch" not in str(error):
            raise _malformed(path) from error
        raise Refused(
            f"the password does not open the keystore {path}",
            code="wrong-password",
            culprit="local",
            hint="Check the password file: only its first line counts.",
        ) from error
    except (KeyError, TypeError) as error:
        raise _malformed(path) from error
    return cast(LocalAccount, Account.from_key(key))


def read_password(path: Path) -> str:
    """The first line of a password file, without its line end.

    Raises:
        Usage: the file cannot be read, or its first line is empty.
    """
    lines = _read(path, "password file").splitlines()
    if not lines or not lines[0]:
        raise Usage(
            f"the password file {path} is empty",
            code="empty-password",
            culprit="local",
            hint="Write the password on its first line.",
        )
    return lines[0]


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(
            f"cannot read the {what} {path}: {getattr(error, 'strerror', None) or 'it is no text'}",
            code="unreadable-file",
            culprit="local",
            hint="Check the path and who may read it.",
        ) from error


def _malformed(path: Path) -> MalformedInput:
    return MalformedInput(
        f"{path} is no V3 keystore",
        code="bad-keystore",
        culprit="local",
        hint="Make one with `assay keys new`, or export one from an Ethereum wallet.",
    )
