"""A token that calls back in the middle of every transfer gains nothing: nested calls end like calls in a row."""

from collections.abc import Mapping
from typing import Any

import pytest
from assay_chain.artifacts import Artifact

from tests.contracts.harness.accounts import Permit
from tests.contracts.harness.contract import Contract, RevertedError, function_data
from tests.contracts.harness.play import HONEST, Round
from tests.contracts.harness.terms import UNIT, PolicySpec, Terms
from tests.contracts.harness.world import FORTUNE, SECRET, STAKE, UNBONDING_BLOCKS, World, role_id

pytestmark = pytest.mark.xdist_group("solidity")


class Hostile:
    """A world on the hostile token; its puppet is client and oracle, is owed a refund, has stake due and may appeal."""

    def __init__(self, compiled: Mapping[str, Artifact]) -> None:
        self.world = world = World(make_token=lambda w: w.create_from(compiled["HostileToken"], w.treasury))
        self.puppet: Contract = world.create_from(compiled["Puppet"])
        for role in ("CLIENT", "ORACLE"):
            world.membership.grantRole(role_id(role), self.puppet.address, sender=world.gatekeeper)
        world.token.mint(self.puppet.address, FORTUNE, sender=world.treasury)
        self.forward(world.token, "approve", world.vault.address, 2**256 - 1)
        self.forward(world.vault, "stake", STAKE, Permit())
        self.forward(world.vault, "unbond", STAKE)
        self.forward(world.board, "request", world.request_fields(), Permit())
        world.evm.mine()
        world.board.open(1, SECRET)
        Round(world, 1).play([HONEST] * 3 + [None] * 2)
        self.forward(world.board, "request", world.request_fields(), Permit())
        world.evm.mine(UNBONDING_BLOCKS + 1)
        self.forward(world.board, "request", world.request_fields(), Permit())
        world.evm.mine()
        decided = Round.start(world, policyId=world.add_policy(PolicySpec("three", Terms(max_roster=3))))
        decided.vote([HONEST] * 3)
        decided.close()

    def forward(self, contract: Contract, name: str, *values: Any) -> None:
        """The puppet calls a contract."""
        self.puppet.forward(contract.address, function_data(contract.abi, name, *values))

    def arm(self, contract: Contract, name: str, *values: Any) -> None:
        """The next transfer makes the puppet call a contract."""
        call = function_data(contract.abi, name, *values)
        self.world.token.arm(self.puppet.address, function_data(self.puppet.abi, "forward", contract.address, call))

    def call(self, name: str) -> tuple[Contract, str, tuple[Any, ...]]:
        """What the puppet can do, by name."""
        world = self.world
        return {
            "withdraw": (world.vault, "withdraw", ()),
            "release": (world.vault, "release", ()),
            "stake": (world.vault, "stake", (7 * UNIT, Permit())),
            "unbond": (world.vault, "unbond", (STAKE // 2,)),
            "unbond nothing": (world.vault, "unbond", (0,)),
            "activate": (world.vault, "activate", ()),
            "request": (world.board, "request", (world.request_fields(), Permit())),
            "open": (world.board, "open", (3, SECRET)),
            "expire": (world.board, "expire", (2,)),
            "finalize": (world.board, "finalize", (1,)),
            "appeal": (world.board, "appeal", (4, Permit())),
        }[name]

    def outcome(self) -> tuple[Any, ...]:
        """Everything that anyone could have gained."""
        world, me = self.world, self.puppet.address
        return (world.state(), world.token.balanceOf(me), world.vault.owed(me))


@pytest.fixture(scope="module")
def hostile(compiled: Mapping[str, Artifact]) -> Hostile:
    return Hostile(compiled)


INNER = (
    "withdraw",
    "release",
    "stake",
    "unbond",
    "unbond nothing",
    "activate",
    "request",
    "open",
    "expire",
    "finalize",
    "appeal",
)


@pytest.mark.parametrize("outer", ["withdraw", "release", "stake", "request", "appeal"])
@pytest.mark.parametrize("inner", INNER)
def test_reentrancy__any_call_inside_any_transfer__ends_like_the_two_in_a_row(
    hostile: Hostile, outer: str, inner: str
) -> None:
    first, second = hostile.call(outer), hostile.call(inner)
    with hostile.world.sandbox():
        hostile.forward(first[0], first[1], *first[2])
        try:
            hostile.forward(second[0], second[1], *second[2])
            allowed = True
        except RevertedError:
            allowed = False
        in_a_row = hostile.outcome()
    with hostile.world.sandbox():
        hostile.arm(second[0], second[1], *second[2])
        hostile.forward(first[0], first[1], *first[2])
        assert hostile.world.token.reentered()
        assert hostile.world.token.succeeded() == allowed
        assert hostile.outcome() == in_a_row
        hostile.world.assert_solvent()


@pytest.mark.parametrize("call", ["withdraw", "release"])
def test_reentrancy__taking_out_twice__paid_once(hostile: Hostile, call: str) -> None:
    target = hostile.call(call)
    with hostile.world.sandbox():
        balance = hostile.world.token.balanceOf(hostile.puppet.address)
        due = STAKE if call == "release" else hostile.world.vault.owed(hostile.puppet.address)
        assert due > 0
        hostile.arm(target[0], target[1])
        hostile.forward(target[0], target[1])
        assert hostile.world.token.reentered()
        assert not hostile.world.token.succeeded()
        assert hostile.world.token.balanceOf(hostile.puppet.address) == balance + due
