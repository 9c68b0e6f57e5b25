"""A token that calls back in the middle of every transfer gains nothing: nested calls end like calls in a row."""

from collections.abc import Mapping
from typing import Any

import pytest
from assay_chain.artifacts import Artifact
from eth_utils import keccak

from tests.contracts.harness.accounts import Permit
from tests.contracts.harness.contract import Contract, RevertedError, function_data
from tests.contracts.harness.disputes import LIE, SALT, Disputed, false_file, honest_file
from tests.contracts.harness.play import HONEST, Round
from tests.contracts.harness.tables import Tables
from tests.contracts.harness.terms import UNIT, PolicySpec, Terms
from tests.contracts.harness.world import ANSWER_BLOCKS, FORTUNE, SECRET, STAKE, UNBONDING_BLOCKS, World, role_id

pytestmark = pytest.mark.xdist_group("solidity")


class Hostile:
    """A world on the hostile token; its puppet is client and oracle, is owed a refund, has stake due and may appeal.

    It has asked for rows of tables, of which one can still be shown, one is overdue, and one table it has refuted. It
    cannot publish: a contract signs nothing.
    """

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
        self.tables = tables = Tables(world)
        self.unpublished = tables.honest((3, 0, 6), nonce=keccak(text="unpublished"))
        self.overdue, self.open, self.refuted = (
            Disputed(tables, make(tables, nonce=keccak(text=name)))
            for name, make in (("overdue", honest_file), ("open", honest_file), ("refuted", false_file))
        )
        self.forward(world.tables, "demand", self.overdue.id, 2, Permit())
        world.evm.mine(ANSWER_BLOCKS)
        self.forward(
            world.tables, "announce", world.tables.commitmentOf(self.puppet.address, self.refuted.id, LIE, SALT)
        )
        world.evm.mine()
        self.forward(world.tables, "refute", self.refuted.id, LIE, SALT, self.refuted.evidence(LIE))
        decided = Round.start(world, policyId=world.add_policy(PolicySpec("three", Terms(max_roster=3))))
        decided.vote([HONEST] * 3)
        decided.close()
        self.forward(world.tables, "demand", self.open.id, 2, Permit())

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
            "demand": (world.tables, "demand", (self.open.id, 1, Permit())),
            "answer": (world.tables, "answer", (self.open.id, self.open.opening(2), self.open.branches(2))),
            "expire a demand": (world.tables, "expireDemand", (self.overdue.id, 2)),
            "settle a bond": (world.tables, "settleBond", (self.refuted.id,)),
        }[name]

    def act(self, name: str) -> None:
        """The puppet does it; publishing is for the supplier, whose account signs."""
        if name == "publish":
            self.tables.publish(self.unpublished)
            return
        contract, function, values = self.call(name)
        self.forward(contract, function, *values)

    def outcome(self) -> tuple[Any, ...]:
        """Everything that anyone could have gained."""
        world, me = self.world, self.puppet.address
        tables = [
            (table.state, world.tables.demandOf(table.id, 2)) for table in (self.overdue, self.open, self.refuted)
        ]
        return (
            world.state(),
            tables,
            world.tables.demandOf(self.open.id, 1),
            world.token.balanceOf(me),
            world.vault.owed(me),
        )


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
    "demand",
    "answer",
    "expire a demand",
    "settle a bond",
)


@pytest.mark.parametrize("outer", ["withdraw", "release", "stake", "request", "appeal", "demand", "publish"])
@pytest.mark.parametrize("inner", INNER)
def test_reentrancy__any_call_inside_any_transfer__ends_like_the_two_in_a_row(
    hostile: Hostile, outer: str, inner: str
) -> None:
    with hostile.world.sandbox():
        hostile.act(outer)
        try:
            hostile.act(inner)
            allowed = True
        except RevertedError:
            allowed = False
        in_a_row = hostile.outcome()
    with hostile.world.sandbox():
        contract, function, values = hostile.call(inner)
        hostile.arm(contract, function, *values)
        hostile.act(outer)
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
