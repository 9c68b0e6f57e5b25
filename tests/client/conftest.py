"""A network of our own with three staked oracles that nobody runs, and fast blocks: what a client sees of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_chain.session import Session
from assay_client import staking
from assay_client.accounts import choose
from assay_client.sdk import Client
from assay_client.supplier import examples, publishing
from assay_client.supplier.publishing import Publication

from tests.chain.fast import engine

Acting = Callable[[str], Session]


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    folder = tmp_path_factory.mktemp("client")
    settings = Settings(
        directory=folder,
        port=0,
        block_time=0.1,
        oracles=3,
        oracle_tokens=100_000,
        answer_blocks=300,  # half a minute, on a busy machine
        engine=engine(),
    )
    with up(settings) as running:
        yield running.book


@pytest.fixture(scope="session")
def acting(book: AddressBook) -> Acting:
    """A session that acts as a named development account."""
    return lambda name: Session.connect(book, choose(book, name, None, None, name))


@pytest.fixture(scope="session")
def staked(acting: Acting) -> None:
    """Stake for all audits of a run: those that tests leave open keep their bonds locked."""
    for number in (1, 2, 3):
        staking.stake(acting(f"oracle-{number}"), 90_000 * UNIT)


@pytest.fixture(scope="session")
def cancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example on tabular data, not published."""
    folder = tmp_path_factory.mktemp("models") / "cancer"
    examples.write("breast-cancer", folder)
    return folder


@pytest.fixture(scope="session")
def published(acting: Acting, cancer: Path) -> Publication:
    return publishing.publish(acting("supplier"), cancer)


@pytest.fixture
def client(acting: Acting, staked: None, published: Publication) -> Client:
    return Client(acting("client"))
