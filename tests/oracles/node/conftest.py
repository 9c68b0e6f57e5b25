"""Networks of our own: which oracles are drawn depends on who has staked, so nothing is shared with other tests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_chain.policies import Length, PolicySpec, load_standard
from assay_chain.wrappers.policies import Policies

from tests.chain.fast import engine
from tests.oracles.node.harness import acting


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    """A devnet with blocks every 0.2 s and five oracle accounts, nobody staked."""
    folder = tmp_path_factory.mktemp("devnet")
    settings = Settings(directory=folder, port=0, block_time=0.2, unbonding_blocks=20_000, engine=engine())
    with up(settings) as running:
        yield running.book


def spec(name: str = "whitebox-10-dev") -> PolicySpec:
    """A standard policy."""
    return next(policy for policy in load_standard() if policy.name == name)


def add_policy(
    book: AddressBook, name: str, *, commit: int, reveal: int, like: str = "whitebox-10-dev", **changes: object
) -> int:
    """Add a variant of a standard development policy with other phase lengths; returns its number."""
    base = spec(like)
    terms = replace(base.terms, commit=Length(blocks=commit), reveal=Length(blocks=reveal))
    policies = Policies(acting(book, book.accounts["gatekeeper"]))
    return policies.add(replace(base, name=name, terms=terms, **changes))[0]
