"""Which account acts: an encrypted keystore, or a development account of the address book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay_chain import keystore as keystores
from assay_chain.addressbook import AccountEntry, AddressBook
from assay_chain.errors import Usage
from eth_utils.address import is_checksum_address, is_hex_address, to_checksum_address

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


def choose(
    book: AddressBook, name: str | None, keystore: Path | None, password_file: Path | None, role: str
) -> LocalAccount:
    """Unlock the account to act as; see `keys_of`.

    Raises:
        Usage: nobody was named where somebody must be, or two were.
        Refused: the password is wrong.
    """
    keystore, password_file = keys_of(book, name, keystore, password_file, role)
    return keystores.load_account(keystore, keystores.read_password(password_file))


def keys_of(
    book: AddressBook, name: str | None, keystore: Path | None, password_file: Path | None, role: str
) -> tuple[Path, Path]:
    """Keystore and password file of the account to act as.

    Args:
        book: the network's address book.
        name: development account to use, if named.
        keystore: V3 keystore to use instead; needs `password_file`.
        password_file: file that holds the keystore's password.
        role: on a development network, the first account of this role acts when nobody is named.

    Raises:
        Usage: nobody was named where somebody must be, or two were.
    """
    if name and keystore:
        raise _usage("two-accounts", "--as and --keystore name two accounts", "Give only one.")
    if keystore:
        if password_file is None:
            raise _usage(
                "no-password",
                f"the keystore {keystore} needs a password",
                "Name a file that holds it with --password-file or $ASSAY_PASSWORD_FILE.",
            )
        return keystore, password_file
    entry = book.accounts.get(name) if name else _first(book, role)
    if entry is None or entry.keystore is None or entry.password_file is None:
        known = ", ".join(sorted(name for name, entry in book.accounts.items() if entry.keystore)) or "none"
        raise _usage(
            "unknown-account" if name else "no-account",
            f"the address book has no keys of {name!r}"
            if name
            else f"this command acts as {role}, and nobody is named",
            f"Give --keystore and --password-file, or --as with a development account of the address book ({known}).",
        )
    return entry.keystore, entry.password_file


def address(book: AddressBook, account: str) -> str:
    """The checksummed address of an account that a person named or wrote in hexadecimal.

    Raises:
        Usage: the address book has no such name, and it is no address; a wrong checksum is refused as a typing error.
    """
    if account in book.accounts:
        return book.accounts[account].address
    mixed = account.lower() != account
    if is_hex_address(account) and (is_checksum_address(account) or not mixed):
        return to_checksum_address(account)
    if is_hex_address(account):
        raise _usage(
            "wrong-checksum",
            f"the capital letters of {account} are not those of this address: something in it is mistyped",
            "Copy it again from where it is shown.",
        )
    raise _usage(
        "unknown-account",
        f"{account!r} is neither an address nor a name in the address book",
        f"Names: {', '.join(sorted(book.accounts)) or 'none'}. An address has 40 hexadecimal digits after 0x.",
    )


def _first(book: AddressBook, role: str) -> AccountEntry | None:
    if not book.development:
        return None
    return next((entry for entry in book.accounts.values() if role in entry.roles), None)


def _usage(code: str, message: str, hint: str) -> Usage:
    return Usage(message, code=code, culprit="local", hint=hint)
