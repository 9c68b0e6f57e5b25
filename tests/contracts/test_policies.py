"""Policies: gatekeepers only, every field checked, never changed but for the retired flag; votes are held to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from assay_chain.lanes import pack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.contract import outcome
from tests.contracts.harness.terms import BOTH, FAIRNESS, SERVICE, UNIT, WHITEBOX, PolicySpec, pack_orders
from tests.contracts.harness.world import BLOCK_SECONDS, MINIMUM_STAKE, UNBONDING_BLOCKS, World

FRESH = PolicySpec(name="fresh")
UINT96 = 2**96 - 1


def add(world: World, spec: PolicySpec, sender: Account | None = None) -> int:
    return int(world.policies.add(*spec.arguments(), sender=sender or world.gatekeeper).value)


def with_terms(**changes: Any) -> PolicySpec:
    return replace(FRESH, terms=FRESH.terms._replace(**changes))


def test_add__valid__stores_every_field(world: World) -> None:
    policy = add(world, FRESH)
    name, terms, lanes, labels = FRESH.arguments()
    assert policy == world.policies.count() == world.policies.idOf(name)
    assert tuple(world.policies.head(policy)) == (name, False)
    assert tuple(world.policies.terms(policy)) == terms
    assert tuple(world.policies.lanes(policy)) == lanes
    assert [tuple(label) for label in world.policies.labels(policy)] == labels
    assert tuple(world.policies.tolerances(policy)) == (lanes[3], lanes[1])


@pytest.mark.parametrize("who", ["client", "supplier", "oracle-0", "treasury", "deployer"])
def test_add_and_retire__not_a_gatekeeper__refused(world: World, who: str) -> None:
    caller = Account.named(who)
    with world.refuses("NotGatekeeper", caller):
        add(world, FRESH, caller)
    with world.refuses("NotGatekeeper", caller):
        world.policies.retire(world.policy, True, sender=caller)


def test_add__name_taken__refused_even_when_retired(world: World) -> None:
    world.policies.retire(world.policy, True, sender=world.gatekeeper)
    with world.refuses("NameTaken", b"narrow".ljust(32, b"\0"), world.policy):
        add(world, PolicySpec())


LONGEST = (UNBONDING_BLOCKS - 200) // 2  # with an appeal, in blocks; must stay below the unbonding period


@pytest.mark.parametrize(
    ("field", "bad", "good"),
    [
        ("minRows", {"kind": FAIRNESS, "min_rows": 0}, {"kind": FAIRNESS, "min_rows": 2}),
        (
            "minRows",
            {"kind": FAIRNESS, "min_rows": 1},
            {"kind": FAIRNESS, "min_rows": 2**32 - 1, "min_cell": 2**32 - 1},
        ),
        ("minRows", {"min_rows": 1}, {"min_rows": 0}),
        ("minRows", {"min_rows": 2}, {}),
        ("minCell", {"min_cell": 1}, {"min_cell": 0}),
        ("minRoster", {"min_roster": 0}, {"min_roster": 1, "forfeit": 1}),
        ("minRoster", {"development": False, "min_roster": 2}, {"min_roster": 2}),
        ("maxRoster", {"max_roster": 2}, {"max_roster": 3}),
        ("maxRoster", {"max_roster": 32}, {"max_roster": 31}),
        ("commitBlocks", {"commit_blocks": 0}, {"commit_blocks": 1}),
        ("revealBlocks", {"reveal_blocks": 0}, {"reveal_blocks": 1}),
        ("disputeBlocks", {"dispute_blocks": 0}, {"dispute_blocks": 1}),
        ("unbondingBlocks", {"commit_blocks": LONGEST - 25}, {"commit_blocks": LONGEST - 26}),
        ("unbondingBlocks", {"reveal_blocks": 2**32 - 1}, {}),
        ("bond", {"bond": 0}, {"bond": 1}),
        ("bond", {"bond": MINIMUM_STAKE + 1}, {"bond": MINIMUM_STAKE}),
        ("feePerOracle", {"fee_per_oracle": 0}, {"fee_per_oracle": UINT96 // 31}),
        ("feePerOracle", {"fee_per_oracle": UINT96 // 31 + 1}, {}),
        ("inspectionFee", {"inspection_fee": 10 * UNIT + 8}, {"inspection_fee": 10 * UNIT + 7}),
        ("stipend", {"stipend": 10 * UNIT + 8}, {"stipend": 10 * UNIT + 7}),
        ("forfeit", {"forfeit": 0}, {"forfeit": 1}),
        ("forfeit", {"forfeit": 30 * UNIT + 22}, {"forfeit": 30 * UNIT + 21}),
    ],
)
def test_add__term_out_of_range__names_it_and_its_edge_passes(
    world: World, field: str, bad: dict[str, Any], good: dict[str, Any]
) -> None:
    with world.refuses("BadPolicy", field):
        add(world, with_terms(**bad))
    add(world, with_terms(**good))


@pytest.mark.parametrize(
    ("kind", "binding"),
    [(WHITEBOX, [8]), (FAIRNESS, [8]), (SERVICE, [0]), (BOTH, range(1, 8))],
    ids=["whitebox", "fairness", "service", "both"],
)
def test_add__binding_lanes__as_many_as_the_kind_computes_from_published_bytes(
    world: World, kind: int, binding: Sequence[int]
) -> None:
    terms = FRESH.terms._replace(kind=kind, min_rows=2 * (kind == FAIRNESS))
    for lanes in (*range(10), 255):
        spec = replace(FRESH, name=f"{kind} {lanes}", terms=terms, binding=lanes)
        if lanes in binding:
            assert world.policies.tolerances(add(world, spec)).binding == lanes
        else:
            with world.refuses("BadPolicy", "binding"):
                add(world, spec)


@pytest.mark.parametrize("field", ["commit_blocks", "reveal_blocks", "dispute_blocks"])
def test_add__real_policy_with_a_phase_below_120_seconds__refused(world: World, field: str) -> None:
    shortest = 120 // BLOCK_SECONDS
    phases = dict.fromkeys(("commit_blocks", "reveal_blocks", "dispute_blocks"), shortest)
    solidity = field.replace("_blocks", "Blocks")
    with world.refuses("BadPolicy", solidity):
        add(world, with_terms(development=False, **{**phases, field: shortest - 1}))
    add(world, with_terms(development=False, **phases))


def changed_arguments(change: Callable[[list[Any], list[Any]], None]) -> list[Any]:
    """The arguments of `add` after a change of the list itself or of its lanes struct."""
    arguments: list[Any] = list(FRESH.arguments())
    lanes = list(arguments[2])
    change(arguments, lanes)
    arguments[2] = tuple(lanes)
    return arguments


def label(name: bytes = b"x", decimals: int = 0) -> tuple[bytes, bytes, int, int]:
    return name.ljust(32, b"\0"), b"count".ljust(24, b"\0"), decimals, 0


def set_lane(index: int, value: Any) -> Callable[[list[Any], list[Any]], None]:
    return lambda _arguments, lanes: lanes.__setitem__(index, value)


def set_labels(change: Callable[[list[Any]], list[Any]]) -> Callable[[list[Any], list[Any]], None]:
    return lambda arguments, _lanes: arguments.__setitem__(3, change(list(arguments[3])))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", lambda arguments, _lanes: arguments.__setitem__(0, b"\0" * 32)),
        ("count", set_lane(0, 0)),
        ("count", set_lane(0, 97)),
        ("labels", set_labels(lambda labels: labels[:-1])),
        ("labels", set_labels(lambda labels: [*labels, label()])),
        ("labels", set_labels(lambda labels: [*labels[:-1], label(b"")])),
        ("labels", set_labels(lambda labels: [*labels[:-1], labels[0]])),
        ("decimals", set_labels(lambda labels: [*labels[:-1], label(decimals=19)])),
        ("maxima", set_lane(2, ())),
        ("maxima", set_lane(2, pack([1] * 16))),
        ("maxima", set_lane(0, 7)),  # the eighth maximum is then padding, and not zero
        ("tolerances", set_lane(3, ())),
        ("tolerances", set_lane(3, pack([0] * 16))),
        ("tolerances", set_lane(3, pack([10_001] + [0] * 7))),
        ("orders", set_lane(4, pack_orders([(0, 8)]))),
        ("orders", set_lane(4, pack_orders([(8, 0)]))),
        ("orders", set_lane(4, pack_orders([(1, 2)] * 16 + [(0, 255)]))),
        ("orders", set_lane(4, (0,) * 13)),
    ],
)
def test_add__lanes_or_labels_out_of_range__names_the_field(
    world: World, field: str, change: Callable[[list[Any], list[Any]], None]
) -> None:
    with world.refuses("BadPolicy", field):
        world.policies.add(*changed_arguments(change), sender=world.gatekeeper)


def test_add__largest_policy__fits(world: World) -> None:
    orders = [(i, 95) for i in range(95)] + [(0, 95)] * 97
    spec = PolicySpec("largest", maxima=[2**32 - 1] * 96, tolerances=[2**32 - 1] * 96, orders=orders)
    policy = add(world, spec)
    assert tuple(world.policies.lanes(policy)) == spec.arguments()[2]


@pytest.mark.parametrize("read", ["head", "terms", "lanes", "labels", "tolerances"])
@pytest.mark.parametrize("policy", [0, 2, 2**32 - 1])
def test_reads__unknown_policy__refused(world: World, read: str, policy: int) -> None:
    with world.refuses("UnknownPolicy", policy):
        getattr(world.policies, read)(policy)


def test_retire__unknown_policy__refused(world: World) -> None:
    with world.refuses("UnknownPolicy", 9):
        world.policies.retire(9, True, sender=world.gatekeeper)


SHUFFLED = PolicySpec(
    "shuffled",
    maxima=(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 200),
    tolerances=(0,) * 11,
    orders=((0, 9), (9, 10), (3, 8), (8, 2)),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.integers(0, 11), min_size=11, max_size=11),
    st.lists(st.sampled_from([0] * 9 + [1]), min_size=5, max_size=5),
)
def test_check__random_votes__refused_exactly_when_a_bound_order_or_padding_breaks(
    world: World, lanes: list[int], padding: list[int]
) -> None:
    """Differential: the rule in two lines of Python."""
    with world.sandbox():
        policy = add(world, SHUFFLED)
        fits = all(lane <= top for lane, top in zip(lanes, SHUFFLED.maxima, strict=True)) and not any(padding)
        fine = fits and all(lanes[i] <= lanes[j] for i, j in SHUFFLED.orders)
        verdict = outcome(lambda: world.policies.check(policy, pack([*lanes, *padding])))
        assert verdict == ("fine" if fine else "LaneOrderBroken" if fits else "LaneOutOfRange")


@pytest.mark.parametrize("pairs", [1, 2, 13, 14, 15, 16, 17, 31, 32, 192])
def test_check__only_the_last_of_many_orders_broken__refused(world: World, pairs: int) -> None:
    """Orders are kept in different places when they are few: none may be lost."""
    orders = [(0, 1)] * (pairs - 1) + [(2, 3)]
    policy = add(world, PolicySpec("ordered", maxima=(9,) * 4, tolerances=(0,) * 4, orders=orders))
    world.policies.check(policy, pack((1, 2, 3, 3)))
    with world.refuses("LaneOrderBroken", 2, 3):
        world.policies.check(policy, pack((1, 2, 4, 3)))


def test_check__padding_before_and_between_orders__skipped_over(world: World) -> None:
    orders = [(0, 0), (0, 0), (0, 1), (1, 1), (2, 2), (1, 2)]
    policy = add(world, PolicySpec("padded", maxima=(9,) * 3, tolerances=(0,) * 3, orders=orders))
    world.policies.check(policy, pack((1, 1, 1)))
    with world.refuses("LaneOrderBroken", 1, 2):
        world.policies.check(policy, pack((1, 2, 1)))


def test_check__order_across_words__compared(world: World) -> None:
    policy = add(world, PolicySpec("across", maxima=(9,) * 20, tolerances=(0,) * 20, orders=[(19, 0), (7, 8)]))
    world.policies.check(policy, pack((5,) * 20))
    with world.refuses("LaneOrderBroken", 19, 0):
        world.policies.check(policy, pack((5,) * 19 + (6,)))
    with world.refuses("LaneOrderBroken", 7, 8):
        world.policies.check(policy, pack((5,) * 8 + (4,) * 11 + (5,)))


def test_check__unknown_policy_or_wrong_length__refused(world: World) -> None:
    with world.refuses("UnknownPolicy", 9):
        world.policies.check(9, (0,))
    with world.refuses("WrongLength", 2, 1):
        world.policies.check(world.policy, (0, 0))
