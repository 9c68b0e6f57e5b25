"""The same contracts on another EVM (py-evm): real block hashes, signed transactions, one transaction a block."""

import pytest
from eth_utils import keccak

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.draw import audit_seed, drawn
from tests.contracts.harness.ledger import Ledger
from tests.contracts.harness.play import HONEST, Round
from tests.contracts.harness.terms import EXPIRED, FINAL, PolicySpec, Terms
from tests.contracts.harness.world import SECRET, World

NAMES = ("deployer", "treasury", "gatekeeper", "client", "supplier", "stranger")


@pytest.fixture
def slow() -> World:
    """Five oracles, and a policy that draws three of them."""
    oracles = [f"oracle-{i}" for i in range(5)]
    world = World(evm=Ledger([Account.named(name) for name in (*NAMES, *oracles)]))
    world.policy = world.add_policy(PolicySpec("three", Terms(max_roster=3, dispute_blocks=1)))
    return world


def test_seed__real_block_hash__fixes_seed_and_roster_and_the_audit_runs_to_its_end(slow: World) -> None:
    audit = slow.request()
    requested = slow.board.audit(audit).requestBlock
    slow.board.open(audit, SECRET, sender=slow.client)
    block_hash = slow.evm.block_hash(requested)
    assert block_hash not in (b"\0" * 32, keccak(text=str(requested)))
    seed = audit_seed(block_hash, SECRET, audit)
    game = Round(slow, audit)
    assert game.state.seed == seed
    assert game.seats == drawn(range(5), range(5), seed, 3)
    game.play([HONEST] * 3)
    assert game.state.phase == FINAL
    slow.assert_solvent()


def test_open__real_chain__block_200_accepted_block_201_refused_and_expires(slow: World) -> None:
    first, second = slow.request(), slow.request()
    requested = slow.board.audit(first).requestBlock
    slow.evm.mine(requested + 200 - slow.evm.number)
    slow.board.open(first, SECRET, sender=slow.client)
    assert slow.board.audit(first).seed == audit_seed(slow.evm.block_hash(requested), SECRET, first)
    slow.evm.mine(1)
    with slow.refuses("NotOpenable", requested + 2, requested + 201):
        slow.board.open(second, SECRET, sender=slow.client)
    slow.board.expire(second, sender=slow.client)
    assert slow.board.audit(second).phase == EXPIRED
    assert slow.vault.owed(slow.treasury) == Terms().forfeit
    slow.assert_solvent()
