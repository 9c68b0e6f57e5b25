"""Sessions on the shared devnet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from assay_chain import keystore
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from eth_account.signers.local import LocalAccount

from tests.chain.lossy_node import LossyNode

Connect = Callable[..., Session]


@pytest.fixture(scope="session")
def unlock(devnet: AddressBook) -> Callable[[str], LocalAccount]:
    """The key of a development account by its name."""

    def key(name: str) -> LocalAccount:
        entry = devnet.accounts[name]
        assert entry.keystore
        assert entry.password_file
        return keystore.load_account(entry.keystore, keystore.read_password(entry.password_file))

    return key


@pytest.fixture(scope="session")
def connect(devnet: AddressBook, unlock: Callable[[str], LocalAccount]) -> Connect:
    """A session of a development account on the devnet; further arguments go to `Session.connect`."""

    def session(name: str | None = None, **more: Any) -> Session:
        return Session.connect(devnet, unlock(name) if name else None, **more)

    return session


@pytest.fixture
def lossy(devnet: AddressBook) -> Iterator[LossyNode]:
    """A node in front of the devnet's that misbehaves as told."""
    with LossyNode(devnet.rpc) as node:
        yield node
