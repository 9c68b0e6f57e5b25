"""Which account acts: nobody by accident, and never the wrong one."""

from pathlib import Path

import pytest
from assay_chain import keystore
from assay_chain.addressbook import AccountEntry, AddressBook
from assay_chain.errors import Refused, Usage
from assay_client import accounts
from eth_account.signers.local import LocalAccount


@pytest.fixture
def key(tmp_path: Path) -> LocalAccount:
    (tmp_path / "password").write_text("secret\n")
    return keystore.create(tmp_path / "key.json", "secret", work=2)


@pytest.fixture
def book(tmp_path: Path, key: LocalAccount) -> AddressBook:
    entries = {
        "client": AccountEntry(key.address, ("client",), tmp_path / "key.json", tmp_path / "password"),
        "watcher": AccountEntry("0x" + "1" * 40, ("viewer",)),
    }
    return AddressBook(7, "http://127.0.0.1:1", {}, entries, 1.0, "file:///tmp", True, tmp_path / "addressbook.json")


def not_for_development(book: AddressBook) -> AddressBook:
    return AddressBook(**{**vars(book), "development": False})


def test_choose__development_network_and_nobody_named__takes_the_role(book: AddressBook, key: LocalAccount) -> None:
    assert accounts.choose(book, None, None, None, "client").address == key.address


def test_choose__real_network_and_nobody_named__refused(book: AddressBook) -> None:
    with pytest.raises(Usage, match="nobody is named"):
        accounts.choose(not_for_development(book), None, None, None, "client")


@pytest.mark.parametrize("name", ["nobody", "watcher"])
def test_choose__name_without_keys__refused_with_those_that_have_keys(book: AddressBook, name: str) -> None:
    with pytest.raises(Usage) as caught:
        accounts.choose(book, name, None, None, "client")
    assert "(client)" in caught.value.hint


def test_choose__name_and_keystore__refused_instead_of_guessed(book: AddressBook, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="two accounts"):
        accounts.choose(book, "client", tmp_path / "key.json", tmp_path / "password", "client")


def test_choose__keystore_without_password__says_how_to_give_it(book: AddressBook, tmp_path: Path) -> None:
    with pytest.raises(Usage) as caught:
        accounts.choose(book, None, tmp_path / "key.json", None, "client")
    assert "--password-file" in caught.value.hint


def test_choose__wrong_password__refused_and_our_own_fault(book: AddressBook, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("other\n")
    with pytest.raises(Refused) as caught:
        accounts.choose(book, None, tmp_path / "key.json", tmp_path / "wrong", "client")
    assert caught.value.culprit == "local"


def test_address__a_name__is_looked_up(book: AddressBook, key: LocalAccount) -> None:
    assert accounts.address(book, "client") == key.address
    assert accounts.address(book, key.address.lower()) == key.address


def test_address__a_typing_error__is_caught_by_the_checksum(book: AddressBook, key: LocalAccount) -> None:
    swapped = key.address[:2] + key.address[2:].swapcase()
    for wrong, code in (
        (swapped, "wrong-checksum"),
        (key.address[:-1], "unknown-account"),
        ("alice", "unknown-account"),
    ):
        with pytest.raises(Usage) as caught:
            accounts.address(book, wrong)
        assert caught.value.code == code
