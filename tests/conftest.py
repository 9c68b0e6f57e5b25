"""What every test may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from assay_chain.errors import PeerUnreachable

from benchmarks.datasets import Dataset, path_of

if TYPE_CHECKING:
    from assay_chain.addressbook import AddressBook


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests on one worker, so that what they share is made once; files that share more name a group."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(autouse=True, scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An Assay home of our own: tests never touch the user's current network or requests."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(path))
        patch.delenv("ASSAY_NETWORK", raising=False)
        yield path


@pytest.fixture(scope="session")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    """A devnet on the embedded engine (a process of its own) with blocks every 0.2 s, deployed, funded and admitted.

    It lasts for the whole session: several tests share its chain and its accounts.
    """
    from assay_chain.devnet.settings import Settings
    from assay_chain.devnet.up import up

    settings = Settings(directory=tmp_path_factory.mktemp("devnet"), port=0, block_time=0.2)
    with up(settings) as running:
        yield running.book


@pytest.fixture(scope="session")
def dataset() -> Callable[[Dataset], Path]:
    """Real tables, fetched once into the virtual environment; an error, not a skip, when they cannot be had."""

    def path(wanted: Dataset) -> Path:
        try:
            return path_of(wanted)
        except PeerUnreachable as error:
            pytest.fail(f"{error.message}\n{error.hint}", pytrace=False)

    return path
