"""Which account acts: an encrypted keystore, or a development account of the address book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay_chain import keystore as keystores
from assay_chain.addressbook import AccountEntry, AddressBook
from assay_chain.errors import Refused, Usage

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


def choose(
    book: AddressBook, name: str | None, keystore: Path | None, password_file: Path | None, role: str
) -> LocalAccount:
    """Load the account to act as.

    Args:
        book: the network's address book.
        name: development account to use, if named.
        keystore: V3 keystore to use instead; needs `password_file`.
        password_file: file that holds the keystore's password.
        role: on a development network, the account marked with this role acts when nobody is named.

    Raises:
        Usage: nobody was named where somebody must be, or both were.
        Refused: the password is wrong.
    """
    if name and keystore:
        raise Usage("--as and --keystore name two accounts", code="two-accounts", culprit="local", hint="give only one")
    if keystore:
        if password_file is None:
            raise Usage(
                f"the keystore {keystore} needs a password",
                code="no-password",
                culprit="local",
                hint="name a file that holds it with --password-file or $ASSAY_PASSWORD_FILE",
            )
        return keystores.load_account(keystore, keystores.read_password(password_file))
    entry = book.accounts[name] if name in book.accounts else _by_role(book, role) if name is None else None
    if entry is None:
        known = ", ".join(sorted(book.accounts)) or "none"
        raise Usage(
            f"the address book has no account {name!r}" if name else f"this command acts as a {role}: as whom?",
            code="unknown-account" if name else "no-account",
            culprit="local",
            hint=f"give --keystore and --password-file, or --as with one of its development accounts: {known}",
        )
    if entry.keystore is None or entry.password_file is None:
        raise Refused(
            f"the address book has no keystore for {name or role}",
            code="no-keystore",
            culprit="local",
            hint="give --keystore and --password-file",
        )
    return keystores.load_account(entry.keystore, keystores.read_password(entry.password_file))


def _by_role(book: AddressBook, role: str) -> AccountEntry | None:
    if not book.development:
        return None
    return next((entry for entry in book.accounts.values() if role in entry.roles), None)
