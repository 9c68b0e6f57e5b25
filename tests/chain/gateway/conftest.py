"""Gateways in front of both engines, and the accounts that come to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from assay_chain import keystore
from assay_chain.addressbook import AddressBook
from assay_chain.devnet import anvil
from assay_chain.devnet.settings import Settings as Devnet
from assay_chain.devnet.up import up
from assay_chain.errors import Usage
from assay_chain.policies import Length, load_standard
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Request
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Permit, Token
from assay_chain.wrappers.vault import Vault
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from tests.chain.fast import engine
from tests.chain.gateway.door import Door

ORACLES: Final = ("oracle-1", "oracle-2", "oracle-3")
SECRET: Final = b"\x09" * 32

on_one_engine: Final = pytest.mark.parametrize("network", [engine()], indirect=True)
"""For what no node has a part in: the cheaper engine."""

Unlock = Callable[[str], LocalAccount]
Acting = Callable[[str | LocalAccount], Session]
Open = Callable[..., Door]


@dataclass(frozen=True)
class Opened:
    """An audit that waits for votes, and its model's owner."""

    id: int
    owner: str
    client: str


@pytest.fixture(scope="package", params=["anvil", "embedded"])  # as on one engine: pytest groups tests by position
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    """A network of our own on each engine: roles are taken and given here."""
    if request.param == "anvil":
        try:
            anvil.find()
        except Usage as error:
            pytest.skip(f"{error.message}: {error.hint}")
    directory = tmp_path_factory.mktemp(request.param)
    settings = Devnet(
        directory=directory, port=0, block_time=0.1, engine=request.param, oracles=3, unbonding_blocks=20_000
    )
    with up(settings) as running:
        yield running.book


@pytest.fixture(scope="package")
def key(network: AddressBook) -> Unlock:
    """The key of a development account."""

    def unlocked(name: str) -> LocalAccount:
        entry = network.accounts[name]
        assert entry.keystore
        assert entry.password_file
        return keystore.load_account(entry.keystore, keystore.read_password(entry.password_file))

    return unlocked


@pytest.fixture(scope="package")
def acting(network: AddressBook, key: Unlock) -> Acting:
    """A session at the node itself, as a named account or one of our own."""
    return lambda who: Session.connect(network, key(who) if isinstance(who, str) else who)


@pytest.fixture(scope="package")
def opened(network: AddressBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens gateways with settings of their own; all are closed in the end."""
    doors: list[Door] = []

    def open_door(**more: Any) -> Door:
        book = more.pop("book", network)
        door = Door(book, more.pop("directory", None) or tmp_path_factory.mktemp("gateway"), **more)
        door.start()
        doors.append(door)
        return door

    yield open_door
    for door in doors:
        door.stop()


@pytest.fixture(scope="package")
def door(opened: Open) -> Door:
    """A gateway as it is by default."""
    return opened()


@pytest.fixture(scope="package")
def client_token(door: Door, key: Unlock) -> str:
    return door.token(key("client"))


@pytest.fixture(scope="package")
def admit(acting: Acting) -> Callable[..., LocalAccount]:
    """A new account with roles."""

    def admitted(*roles: Role) -> LocalAccount:
        account: LocalAccount = Account.create()
        Membership(acting("gatekeeper")).admit(account.address, roles)
        return account

    return admitted


@pytest.fixture(scope="package")
def viewer_token(door: Door, admit: Callable[..., LocalAccount]) -> str:
    return door.token(admit(Role.VIEWER))


@pytest.fixture(scope="package")
def audit(network: AddressBook, acting: Acting, key: Unlock) -> Opened:
    """Three oracles drawn; phases so long that they end only when everyone has acted."""
    vault = Vault(acting("client"))
    for name in ORACLES:
        session = acting(name)
        minimum = vault.minimum_stake(session.latest().number)
        Token(session).approve(vault.address, minimum)
        Vault(session).stake(minimum, Permit.none())
    spec = next(spec for spec in load_standard() if spec.name == "whitebox-2-dev")
    terms = replace(spec.terms, commit=Length(blocks=4000), reveal=Length(blocks=4000))
    policy, _ = Policies(acting("gatekeeper")).add(replace(spec, name="gateway", terms=terms))
    model, _ = Models(acting("supplier")).register(keccak(text="gateway"), "file:///m")
    client = acting("client")
    fee = Board(client).quote(model, policy, key("client").address, client.latest().number).fee
    Token(client).approve(vault.address, fee)
    audit_id, _ = Board(client).request(Request(model, policy, keccak(SECRET), fee), Permit.none())
    Board(client).open(audit_id, SECRET)
    return Opened(audit_id, key("supplier").address, key("client").address)
