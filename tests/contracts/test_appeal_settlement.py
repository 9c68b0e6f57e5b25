"""Who pays and who is paid when an appeal ends, to the last unit: in examples, and against the reference for any votes.

The union of both rosters is settled by rule 5 like any roster; tests/contracts/test_rule5.py has its other properties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from assay_chain.lanes import pack
from assay_oracles.protocol.appeal import Ending, ending, shares
from assay_oracles.protocol.consensus import Verdict, Vote, decide
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.play import GONE, HONEST, SPEC, Round, masks, values
from tests.contracts.harness.terms import EXPIRED, FINAL, OVERTURNED, UNIT, PolicySpec, Terms
from tests.contracts.harness.votes import TOLERANCES, TOP, adversarial, anything, honest
from tests.contracts.harness.world import FORTUNE, STAKE, World

BOND, FEE, INSPECTION, STIPEND = Terms().bond, Terms().fee_per_oracle, Terms().inspection_fee, Terms().stipend
PHASES = {Ending.WON: OVERTURNED, Ending.LOST: FINAL, Ending.UNDECIDED: EXPIRED}
WRONG = values(5, 6, 7, 900, 200, 300, 1000, 2000)
AT_TOLERANCE = values(*HONEST.lanes[:3], 110, *HONEST.lanes[4:])
OVER_IT = values(*HONEST.lanes[:3], 111, *HONEST.lanes[4:])


@dataclass(frozen=True)
class Case:
    """Votes by position of three and of those added; what each gains, the client and the appellant are owed."""

    name: str
    first: Sequence[Vote | None]
    added: Sequence[Vote | None]
    how: Ending
    gains: Sequence[int]
    refund: int
    returned: int
    bond: int = BOND


CASES = [
    Case(
        "won: the appellant has everything back, of the bonds of those who were wrong",
        [WRONG] * 3,
        [HONEST] * 4,
        Ending.WON,
        [-BOND] * 3 + [FEE] * 4,
        3 * FEE,
        4 * FEE,
    ),
    Case(
        "won: who was right at first is paid by the client, who was right later by the appellant",
        [WRONG, WRONG, HONEST],
        [HONEST] * 4 + [None],
        Ending.WON,
        [-BOND, -BOND, FEE] + [FEE] * 4 + [-BOND],
        2 * FEE,
        5 * FEE,
    ),
    Case(
        "won: slashed bonds are too small to give everything back",
        [WRONG] * 3,
        [HONEST] * 4,
        Ending.WON,
        [-3 * UNIT] * 3 + [FEE] * 4,
        3 * FEE,
        9 * UNIT,
        bond=3 * UNIT,
    ),
    Case(
        "won: the bounty takes bonds of those added when the first roster's do not suffice",
        [WRONG, WRONG, HONEST],
        [HONEST] * 4 + [None, WRONG],
        Ending.WON,
        [-3 * UNIT, -3 * UNIT, FEE] + [FEE] * 4 + [-3 * UNIT, -3 * UNIT],
        2 * FEE,
        2 * FEE + 12 * UNIT,
        bond=3 * UNIT,
    ),
    Case(
        "won: values instead of an invalid specification",
        [SPEC] * 3,
        [HONEST] * 4,
        Ending.WON,
        [-BOND] * 3 + [FEE] * 4,
        3 * FEE,
        4 * FEE,
    ),
    Case(
        "won: an invalid specification instead of values, which earns the inspection fee",
        [WRONG] * 3,
        [SPEC] * 4,
        Ending.WON,
        [-BOND] * 3 + [INSPECTION] * 4,
        3 * FEE,
        4 * FEE,
    ),
    Case(
        "won: artifacts that are there after all; nobody is slashed, so nobody repays the appellant",
        [GONE] * 3,
        [HONEST] * 4,
        Ending.WON,
        [0] * 3 + [FEE] * 4,
        3 * FEE,
        0,
    ),
    Case(
        "won: the median moved by one more than the tolerance; it is nobody's fault, and the appellant pays",
        [HONEST] * 3,
        [OVER_IT] * 4,
        Ending.WON,
        [0] * 3 + [FEE] * 4,
        3 * FEE,
        0,
    ),
    Case(
        "lost: the median moved by the tolerance, as honest votes may",
        [HONEST] * 3,
        [AT_TOLERANCE] * 4,
        Ending.LOST,
        [FEE] * 7,
        0,
        0,
    ),
    Case(
        "lost: what the added did not earn is the treasury's",
        [HONEST] * 3,
        [HONEST, HONEST, WRONG, None],
        Ending.LOST,
        [FEE] * 5 + [-BOND] * 2,
        0,
        0,
    ),
    Case(
        "lost: invalid specification confirmed",
        [SPEC] * 3,
        [SPEC] * 3 + [GONE],
        Ending.LOST,
        [INSPECTION] * 6 + [0],
        3 * (FEE - INSPECTION),
        0,
    ),
    Case(
        "lost: unavailable confirmed, everyone who came has the stipend",
        [GONE] * 3,
        [GONE, GONE, HONEST, None],
        Ending.LOST,
        [STIPEND] * 6 + [-BOND],
        3 * (FEE - STIPEND),
        0,
    ),
    Case(
        "lost: those added could not have the artifacts, so nobody contradicts the decision; they are not paid",
        [HONEST] * 3,
        [GONE] * 4,
        Ending.LOST,
        [FEE] * 3 + [0] * 4,
        0,
        0,
    ),
    Case(
        "won: who could not have the artifacts does not count",
        [WRONG] * 3,
        [HONEST] * 4 + [GONE] * 4,
        Ending.WON,
        [-BOND] * 3 + [FEE] * 4 + [0] * 4,
        3 * FEE,
        8 * FEE,
    ),
    Case(
        "undecided: client and appellant have all their money back, absentees of both rounds are slashed",
        [WRONG, WRONG, None],
        [HONEST, HONEST, None],
        Ending.UNDECIDED,
        [0, 0, -BOND, 0, 0, -BOND],
        3 * FEE,
        3 * FEE,
    ),
    Case(
        "undecided: nobody came to the appeal; who decided before goes unpaid",
        [HONEST] * 3,
        [None] * 4,
        Ending.UNDECIDED,
        [0] * 3 + [-BOND] * 4,
        3 * FEE,
        4 * FEE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_appeal__every_ending__every_party_exact_to_the_unit(world: World, case: Case) -> None:
    world.oracles = world.oracles + [world.seat_oracle(f"oracle-{i}") for i in range(5, 3 + len(case.added))]
    for oracle in world.oracles[3 + len(case.added) :]:
        world.revoke(oracle, "ORACLE")
    terms = Terms(max_roster=3, bond=case.bond)
    who, game = play(world, PolicySpec("three", terms), case.first, case.added)
    gains = [world.vault.seat(seat).free - STAKE for seat in game.seats]
    assert gains == list(case.gains)
    assert all(world.vault.seat(seat).locked == 0 for seat in game.seats)
    assert world.vault.owed(world.client) == case.refund
    assert world.vault.owed(who) == case.returned
    paid_in = FEE * (3 + len(case.added))
    assert world.vault.owed(world.treasury) == paid_in - sum(gains) - case.refund - case.returned
    assert world.vault.escrowed() == 0
    state = game.state
    assert (state.phase, state.escrow, state.deposit) == (PHASES[case.how], 0, 0)
    struck = [position for position, seat in enumerate(game.seats) if world.vault.seat(seat).strikes]
    gone = [position for position, vote in enumerate(case.first) if vote is GONE]
    assert struck == ([] if state.outcome == Verdict.UNAVAILABLE else gone)


@pytest.mark.parametrize(
    ("added", "ended", "won", "returned"),
    [
        ([HONEST] * 4, "Finalized", True, 4 * FEE),
        ([WRONG, WRONG, None, None], "Finalized", False, 0),
        ([None] * 4, "Expired", False, 4 * FEE),
    ],
    ids=["won", "lost", "undecided"],
)
def test_appeal__every_ending__events_say_what_came_of_it(
    world: World, added: Sequence[Vote | None], ended: str, won: bool, returned: int
) -> None:
    world.oracles = world.oracles + [world.seat_oracle(f"oracle-{i}") for i in (5, 6)]
    who, game = begin(world, PolicySpec("three", Terms(max_roster=3)), [WRONG] * 3)
    game.vote(added, first=3)
    receipt = game.close()
    if receipt.all("Decided"):
        game.end_dispute()
        receipt = game.finalize()
    assert receipt.only("AppealSettled") == {
        "auditId": game.audit,
        "appellant": who,
        "won": won,
        "returned": returned,
    }
    slashed = sum(2**position for position in ((0, 1, 2) if won else [3 + i for i, v in enumerate(added) if v is None]))
    assert receipt.only(ended)["slashed"] == slashed
    assert len(receipt.all("Slashed")) == slashed.bit_count()


def test_appeal__won_and_settled__everyone_can_take_what_is_theirs(world: World) -> None:
    world.oracles = world.oracles + [world.seat_oracle(f"oracle-{i}") for i in (5, 6)]
    who, _ = play(world, PolicySpec("three", Terms(max_roster=3)), [WRONG] * 3, [HONEST] * 4)
    for account in (who, world.client, world.treasury):
        due = world.vault.owed(account)
        assert due
        assert world.vault.withdraw(sender=account).value == due
    assert world.token.balanceOf(who) == FORTUNE
    assert world.vault.totalOwed() == 0


@pytest.fixture(scope="module", params=[False, True], ids=["one word", "two words"])
def large(request: pytest.FixtureRequest) -> tuple[World, bool]:
    """A world with 31 oracles, and whether votes take two words."""
    return World(oracles=31), request.param


ADDED = anything([1, 2, 3, 6, 16])


@st.composite
def appealed(draw: st.DrawFn) -> tuple[list[Vote | None], list[Vote | None]]:
    """A first roster that mostly agrees, on anything; any votes of those added, or one vote of a majority of all."""
    size = draw(st.sampled_from([1, 2, 3, 5, 8, 15]))
    agreed = draw(honest() | adversarial(()))
    others = draw(st.lists(adversarial(()), max_size=(size - 1) // 2))
    first = draw(st.permutations([agreed] * (size - len(others)) + others))
    overruled = draw(st.sampled_from([False, False, False, True]))
    return first, [draw(honest() | adversarial(()))] * (size + 1) if overruled else draw(ADDED)


@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
@given(votes=appealed())
def test_appeal__any_votes__contract_and_reference_agree_on_decision_and_money(
    large: tuple[World, bool], votes: tuple[list[Vote | None], list[Vote | None]]
) -> None:
    world, wide = large
    first, added = ([_widened(vote, wide) for vote in part] for part in votes)
    tolerances = (0,) * 9 * wide + TOLERANCES
    before, union = decide(first, tolerances), decide([*first, *added], tolerances, first=len(first))
    assume(before.outcome is not Verdict.NONE)
    how = ending(before, union, tolerances)
    terms = Terms(min_roster=1, forfeit=1, max_roster=len(first))
    with world.sandbox():
        for oracle in world.oracles[len(first) + len(added) :]:
            world.revoke(oracle, "ORACLE")
        who, game = play(world, PolicySpec("any", terms, (TOP,) * len(tolerances), tolerances, ()), first, added)
        state = game.state
        assert (state.phase, state.outcome) == (PHASES[how], union.outcome)
        assert (state.progress >> 160 & 0xFFFFFFFF, state.progress >> 192) == masks(union)
        assert world.board.result(game.audit) == pack(union.result)
        reward = {
            Verdict.VALUES: FEE,
            Verdict.INVALID_SPEC: INSPECTION,
            Verdict.UNAVAILABLE: STIPEND,
        }.get(union.outcome, 0)
        for position, seat in enumerate(game.seats):
            gain = reward * (position in union.paid) - BOND * (position in union.slashed)
            stake = world.vault.seat(seat)
            assert (stake.free, stake.locked) == (STAKE + gain, 0)
            assert bool(stake.strikes) == (position in union.struck)
        due = shares(how, union, len(first), deposit=FEE * len(added), reward=reward, bond=BOND)
        refund = FEE * len(first) - reward * sum(position < len(first) for position in union.paid)
        assert world.vault.owed(who) == due.returned
        assert world.vault.owed(world.client) == refund
        assert world.vault.owed(world.treasury) == BOND * len(union.slashed) - due.bounty + due.kept
        assert world.vault.escrowed() == 0
        world.assert_solvent()


def test_appealed__the_generator__reaches_every_ending() -> None:
    """A differential test on appeals that all expire would prove nothing."""
    seen: Counter[Ending] = Counter()

    @settings(max_examples=300, database=None, derandomize=True)
    @given(appealed())
    def collect(votes: tuple[list[Vote | None], list[Vote | None]]) -> None:
        before, union = decide(votes[0], TOLERANCES), decide([*votes[0], *votes[1]], TOLERANCES, first=len(votes[0]))
        if before.outcome is not Verdict.NONE:
            seen[ending(before, union, TOLERANCES)] += 1

    collect()
    assert all(seen[each] >= 20 for each in Ending), seen


@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_appeal__honest_majority_of_the_union__truth_stands_and_every_honest_vote_is_paid(
    large: tuple[World, bool], data: st.DataObject
) -> None:
    """Whatever a colluding first roster decided."""
    world, wide = large
    size = data.draw(st.sampled_from([3, 5, 8]), "first roster")
    liars = data.draw(st.integers(size // 2 + 1, size), "liars")
    lie = data.draw(adversarial(()).filter(lambda vote: vote is not None), "lie")
    truth = data.draw(st.lists(honest(), min_size=size - liars, max_size=size - liars), "honest at first")
    first = [lie] * liars + truth
    assume(decide(first, TOLERANCES).outcome is not Verdict.NONE)
    more = data.draw(st.lists(adversarial(()), max_size=4), "dishonest among the added")
    enough = liars + len(more) + 1 - len(truth)
    added = [*more, *data.draw(st.lists(honest(), min_size=enough, max_size=enough), "honest among the added")]
    with world.sandbox():
        for oracle in world.oracles[size + len(added) :]:
            world.revoke(oracle, "ORACLE")
        terms, tolerances = Terms(min_roster=1, forfeit=1, max_roster=size), (0,) * 9 * wide + TOLERANCES
        votes = [[_widened(vote, wide) for vote in part] for part in (first, added)]
        _, game = play(world, PolicySpec("any", terms, (TOP,) * len(tolerances), tolerances, ()), *votes)
        assert game.state.outcome == Verdict.VALUES
        sincere = [*range(liars, size), *range(size + len(more), size + len(added))]
        assert all(world.vault.seat(game.seats[position]).free == STAKE + FEE for position in sincere)


def begin(world: World, spec: PolicySpec, first: Sequence[Vote | None]) -> tuple[Account, Round]:
    """Decided and appealed, and who appealed."""
    who = Account.named("appellant")
    world.fund(who)
    game = Round.start(world, policyId=world.add_policy(spec))
    game.vote(first)
    assert game.close().all("Decided")
    game.appeal(who)
    return who, game


def play(
    world: World, spec: PolicySpec, first: Sequence[Vote | None], added: Sequence[Vote | None]
) -> tuple[Account, Round]:
    """A whole appealed audit, and who appealed."""
    who, game = begin(world, spec, first)
    game.vote(added, first=len(first))
    if game.close().all("Decided"):
        game.end_dispute()
        game.finalize()
    return who, game


def _widened(vote: Vote | None, wide: bool) -> Vote | None:
    """The same vote behind nine lanes of zeros, when votes take two words."""
    if vote is None or not wide or vote.verdict is not Verdict.VALUES:
        return vote
    return Vote(vote.verdict, (0,) * 9 + vote.lanes)
