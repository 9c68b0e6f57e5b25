"""One deployed world for all tests; each starts from the same snapshot."""

from collections.abc import Iterator

import pytest

from tests.contracts.harness.world import World


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    with deployed.sandbox():
        yield deployed
        deployed.assert_solvent()
