"""What every test may use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from assay_chain.errors import PeerUnreachable
from filelock import FileLock

from benchmarks.datasets import Dataset, path_of

if TYPE_CHECKING:
    from assay_chain.addressbook import AddressBook


LONG = ("tests/e2e/", "tests/oracles/node/", "tests/client/")
"""Where tests wait for processes and blocks: begun first, none of them keeps one worker busy alone in the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests on one worker, so that what they share is made once; files that share more name a group."""
    items.sort(key=lambda item: next((i for i, room in enumerate(LONG) if item.nodeid.startswith(room)), len(LONG)))
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)` is a folder that `make` fills once in a run, whichever of its processes asks first."""
    run = tmp_path_factory.getbasetemp()
    root = (run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "once"
    root.mkdir(exist_ok=True)

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        path, partial = root / name, root / f"{name}.partial"
        with FileLock(root / f"{name}.lock"):
            if not path.exists():
                make(partial)
                partial.rename(path)
        return path

    return folder


@pytest.fixture(autouse=True, scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An Assay home of our own: tests never touch the user's current network or requests."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(path))
        patch.delenv("ASSAY_NETWORK", raising=False)
        yield path


@pytest.fixture(scope="session")
def zoo_models(home: Path, once: Once) -> None:
    """The zoo's models are there, trained once in a run, where `assay zoo` and its modules look for them."""
    from assay_client.zoo import models

    (home / "zoo").symlink_to(once("zoo", models.load))


@pytest.fixture(scope="session")
def zoo(zoo_models: None) -> Iterator[str]:
    """The base URL of a zoo that runs as a process of its own."""
    command = [sys.executable, "-m", "assay_client.cli", "zoo", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.fixture(scope="session")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    """A devnet (a process of its own) with blocks every 0.2 s, deployed, funded and admitted.

    It lasts for the whole session: several tests share its chain and its accounts.
    """
    from assay_chain.devnet.settings import Settings
    from assay_chain.devnet.up import up

    from tests.chain.fast import engine

    settings = Settings(directory=tmp_path_factory.mktemp("devnet"), port=0, block_time=0.2, engine=engine())
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
