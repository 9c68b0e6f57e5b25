"""The address book: found in the documented order, and refused when anything about it is off."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assay_chain import addressbook
from assay_chain.addressbook import CONTRACTS, AccountEntry, AddressBook
from assay_chain.errors import MalformedInput, PeerUnreachable, Usage
from eth_account import Account


def address(number: int) -> str:
    return str(Account.from_key(number.to_bytes(32, "big")).address)


@pytest.fixture
def book(tmp_path: Path) -> AddressBook:
    keys = tmp_path / "keys"
    return AddressBook(
        chain_id=1337,
        rpc="http://127.0.0.1:8545",
        contracts={name: address(index + 1) for index, name in enumerate(CONTRACTS)},
        accounts={
            "client": AccountEntry(address(9), ("client",), keys / "client.json", keys / "client.password"),
            "remote": AccountEntry(address(10), ("oracle", "viewer")),
        },
        block_time=0.5,
        store="file:///srv/store",
        development=True,
        path=tmp_path / addressbook.FILE_NAME,
    )


def test_load__saved_book__is_the_same(book: AddressBook) -> None:
    addressbook.save(book)
    assert addressbook.load(book.path) == book
    assert addressbook.load(book.path.parent) == book
    assert [entry.name for entry in book.path.parent.iterdir()] == [book.path.name]


def test_load__moved_directory__finds_its_keys_there(book: AddressBook, tmp_path: Path) -> None:
    addressbook.save(book)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    book.path.rename(moved / addressbook.FILE_NAME)
    assert addressbook.load(moved).accounts["client"].keystore == moved / "keys" / "client.json"


def test_find__several_networks__takes_the_explicit_one_then_the_environment_then_the_current(
    book: AddressBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ASSAY_NETWORK", raising=False)
    books = {name: replace(book, path=tmp_path / name / addressbook.FILE_NAME) for name in ("one", "two", "three")}
    for each in books.values():
        addressbook.save(each)

    with pytest.raises(Usage) as nowhere:
        addressbook.find()
    assert nowhere.value.code == "no-network"
    addressbook.make_current(books["one"])
    assert addressbook.find().path == books["one"].path
    monkeypatch.setenv("ASSAY_NETWORK", str(tmp_path / "two"))
    assert addressbook.find().path == books["two"].path
    assert addressbook.find(str(books["three"].path)).path == books["three"].path


def test_find__current_development_network_has_ended__says_so(
    book: AddressBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ASSAY_NETWORK", raising=False)
    ended = replace(book, path=tmp_path / addressbook.FILE_NAME)
    addressbook.make_current(ended)
    with pytest.raises(PeerUnreachable, match="is not running") as caught:
        addressbook.find()
    assert "assay devnet up" in caught.value.hint


def swap_digits(text: str) -> str:
    """An address of the right form whose checksum is wrong."""
    return text[:2] + text[2:].swapcase()


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (lambda data: data.update(schema="assay/addressbook/2"), "address-book-version"),
        (lambda data: data.pop("schema"), "address-book-version"),
        (lambda data: data.pop("chain_id"), "bad-address-book"),
        (lambda data: data.update(chain_id="1337"), "bad-address-book"),
        (lambda data: data.update(rpc="ftp://node"), "bad-address-book"),
        (lambda data: data.update(block_time=0), "bad-address-book"),
        (lambda data: data["contracts"].pop("Vault"), "bad-address-book"),
        (lambda data: data["contracts"].update(Vault="0x1234"), "bad-address-book"),
        (lambda data: data["contracts"].update(Vault=swap_digits(data["contracts"]["Vault"])), "bad-address-book"),
        (lambda data: data["accounts"]["client"].update(address=None), "bad-address-book"),
        (lambda data: data["accounts"]["client"].update(password="secret"), "bad-address-book"),
    ],
)
def test_load__tampered_book__is_refused(
    book: AddressBook, tamper: Callable[[dict[str, Any]], None], code: str
) -> None:
    addressbook.save(book)
    data = json.loads(book.path.read_text())
    tamper(data)
    book.path.write_text(json.dumps(data))
    with pytest.raises(MalformedInput) as caught:
        addressbook.load(book.path)
    assert (caught.value.code, caught.value.culprit) == (code, "local")
    assert str(book.path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"1" * 5000])
def test_load__no_book_at_all__is_malformed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.json"
    path.write_bytes(content)
    with pytest.raises(MalformedInput):
        addressbook.load(path)


def test_load__missing_file__is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(Usage) as caught:
        addressbook.load(tmp_path / "nowhere.json")
    assert caught.value.code == "no-address-book"
