"""Starting and stopping the real process, without a chain."""

import socket
from pathlib import Path

import pytest
from assay_chain import addressbook, keystore
from assay_chain.addressbook import AccountEntry, AddressBook
from assay_chain.errors import Usage
from assay_oracles.node.config import Limits, NodeConfig

from tests.oracles.node.harness import Oracle, eventually


@pytest.fixture
def book(tmp_path: Path) -> AddressBook:
    """A network whose node is away."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    account = keystore.create(tmp_path / "key.json", "correct horse", work=1 << 10)
    entry = AccountEntry(account.address, ("oracle",), tmp_path / "key.json", password)
    contracts = dict.fromkeys(addressbook.CONTRACTS, account.address)
    path = tmp_path / "addressbook.json"
    book = AddressBook(1337, f"http://127.0.0.1:{port}", contracts, {"oracle-1": entry}, 1.0, "file:///", True, path)
    addressbook.save(book)
    return book


def oracle(book: AddressBook, **settings: object) -> Oracle:
    data_dir = book.path.with_name("data")
    data_dir.mkdir()
    return Oracle(book, "oracle-1", data_dir, settings)


def test_run__chain_away_at_the_start__waits_for_it_and_stops_when_told(book):
    node = oracle(book).start()
    _, body = eventually(lambda: (got := node.get("/ready"))[1]["reasons"][0]["code"] != "starting" and got, 30, "told")
    assert body["reasons"][0]["code"] == "node-unreachable"
    assert body["ready"] is False
    assert node.get("/live")[0] == 200
    assert node.stop() == 0
    assert node.seen("node.stopped", signal="SIGTERM")


def test_run__log__never_has_the_password_or_the_key(book):
    node = oracle(book).start()
    node.wait_for("chain.trouble")
    node.stop()
    key = keystore.load_account(book.path.with_name("key.json"), "correct horse").key.hex()
    log = (node.data_dir / "node.log").read_text()
    assert "correct horse" not in log
    assert key not in log


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("password_file", "wrong", "the password does not open the keystore"),
        ("keystore", "missing", "cannot read the keystore"),
        ("network", "missing", "cannot read the address book"),
    ],
)
def test_run__wrong_file__ends_with_what_is_wrong(book, setting, value, message):
    book.path.with_name("wrong").write_text("battery staple")
    node = oracle(book, **{setting: str(book.path.with_name(value))})
    assert node.start().wait_for_death() == 1
    assert message in (node.data_dir / "node.log").read_text()


def test_run__metrics_port_taken__ends_with_what_is_wrong(book):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        node = oracle(book, metrics_port=taken.getsockname()[1])
        assert node.start().wait_for_death() == 1
    assert "cannot listen on 127.0.0.1" in (node.data_dir / "node.log").read_text()


@pytest.mark.parametrize("name", sorted(vars(Limits())))
def test_limits__zero__is_refused(name):
    with pytest.raises(Usage, match=name):
        Limits(**{name: 0})


@pytest.mark.parametrize(
    "bad",
    [{"confirmations": -1}, {"poll_seconds": 0}, {"margin_seconds": 0}, {"lag_blocks": 0}, {"protocols": ()}],
)
def test_config__setting_that_cannot_work__is_refused(tmp_path, bad):
    with pytest.raises(Usage):
        NodeConfig(tmp_path, tmp_path, tmp_path, tmp_path, **bad)
