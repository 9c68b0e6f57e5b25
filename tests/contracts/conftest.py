"""One deployed world for all tests, each starting from the same snapshot; the tests' own contracts, compiled once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from assay_chain.artifacts import Artifact
from assay_chain.build.compile import compile_sources

from tests.contracts.harness.disputes import Disputed, false_file, honest_file
from tests.contracts.harness.tables import Tables
from tests.contracts.harness.world import World


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    with deployed.sandbox():
        yield deployed
        deployed.assert_solvent()


@pytest.fixture(scope="session")
def compiled(pytestconfig: pytest.Config) -> Mapping[str, Artifact]:
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)  # none under -p no:cacheprovider
    return compile_sources([Path(__file__).parent / "solidity"], cache=cache and cache.mkdir("solidity"))


@pytest.fixture
def false(tables: Tables) -> Disputed:
    return Disputed(tables, false_file(tables))


@pytest.fixture
def true(tables: Tables) -> Disputed:
    return Disputed(tables, honest_file(tables))
