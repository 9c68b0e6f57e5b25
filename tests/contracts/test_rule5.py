"""Settlement rule 5 on the real contracts: its proof as properties, and agreement with the Python reference; for
whitebox audits, and for fairness audits of true and of false tables.

The reference's own properties, on many more examples, are in tests/oracles/protocol/test_consensus.py.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import pytest
from assay_chain.lanes import pack
from assay_oracles.protocol.consensus import Decision, Verdict, Vote, decide
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.harness.play import FALSE, Round, masks
from tests.contracts.harness.tables import PENDING, REJECTED, VERIFIED, Tables
from tests.contracts.harness.terms import BOTH, EXPIRED, FAIRNESS, FINAL, SERVICE, WHITEBOX, PolicySpec, Terms
from tests.contracts.harness.votes import FAULTS, TOLERANCES, TOP, anything, majorities
from tests.contracts.harness.world import STAKE, World

BOND, FEE = Terms().bond, Terms().fee_per_oracle
SIZES = (1, 2, 3, 4, 5, 6, 7, 10, 16, 31)
SPEC = PolicySpec("rule 5", Terms(min_roster=1, forfeit=1), maxima=(TOP,) * 4, tolerances=TOLERANCES, orders=())
LANES_TO_WIDEN = 9
WIDE = PolicySpec(
    "rule 5, wide",
    Terms(min_roster=1, forfeit=1),
    maxima=(TOP,) * (4 + LANES_TO_WIDEN),
    tolerances=(0,) * LANES_TO_WIDEN + TOLERANCES,
    orders=(),
)
many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Arena:
    """One policy, in worlds with as many oracles as there are votes."""

    wide: bool
    kind: int = WHITEBOX
    loose: int = 0
    """How many of the last lanes are not binding."""

    @property
    def spec(self) -> PolicySpec:
        """The policy in use."""
        spec = WIDE if self.wide else SPEC
        terms = spec.terms._replace(kind=self.kind, min_rows=2 * (self.kind == FAIRNESS))
        return replace(spec, terms=terms, binding=spec.lanes - self.loose)

    @contextmanager
    def played(self, votes: Sequence[Vote | None]) -> Iterator[tuple[Round, Decision | None]]:
        """One whole audit; the decision as the chain published it, None when it expired. Then all is undone."""
        world, table = network(len(votes))
        with world.sandbox():
            policy = world.add_policy(self.spec)
            game = Round.start(world, policyId=policy, testSet=table if self.kind == FAIRNESS else bytes(32))
            game.vote([self.widened(vote) for vote in votes])
            closed = game.close().all("Decided")
            if not closed:
                yield game, None
                return
            (event,) = closed
            game.end_dispute()
            game.finalize()
            yield (
                game,
                Decision(
                    Verdict(event["outcome"]),
                    paid=positions(event["paid"]),
                    slashed=positions(event["slashed"]),
                    struck=frozenset(),
                    result=event["result"],
                    lowest=event["lowest"],
                    highest=event["highest"],
                ),
            )

    def widened(self, vote: Vote | None) -> Vote | None:
        """The same vote behind nine lanes of zeros, when the policy is wide."""
        if vote is None or not self.wide or vote.verdict is not Verdict.VALUES:
            return vote
        return Vote(vote.verdict, (0,) * LANES_TO_WIDEN + vote.lanes)


def positions(mask: int) -> frozenset[int]:
    return frozenset(i for i in range(32) if mask >> i & 1)


@cache
def network(oracles: int) -> tuple[World, bytes]:
    """A world with so many oracles, and a table in it that is pending."""
    world = World(oracles=oracles)
    return world, Tables(world).published()


def state_of_table(game: Round) -> int:
    """The state of the table that was audited."""
    return int(game.world.tables.table(game.state.testSet).state)


@pytest.fixture(scope="module", params=[False, True], ids=["one word", "two words"])
def arena(request: pytest.FixtureRequest) -> Arena:
    return Arena(request.param)


@pytest.fixture(scope="module", params=[False, True], ids=["one word", "two words"])
def fair(request: pytest.FixtureRequest) -> Arena:
    """One in which the pending table is audited."""
    return Arena(request.param, FAIRNESS)


@pytest.fixture(scope="module", params=[(False, 2), (False, 4), (True, 2)], ids=["both", "service", "both, two words"])
def served(request: pytest.FixtureRequest) -> Arena:
    """One in which a service is audited: the last two lanes are counts of an oracle's own queries, or all four."""
    wide, loose = request.param
    return Arena(wide, SERVICE if loose == len(TOLERANCES) else BOTH, loose)


@many
@given(case=majorities(SIZES, all_reveal=False))
def test_rule_5__honest_majority__no_revealed_honest_vote_loses_stake(
    arena: Arena, case: tuple[list[Vote | None], frozenset[int]]
) -> None:
    votes, honest = case
    with arena.played(votes) as (game, _):
        for position in honest:
            seat = game.world.vault.seat(position)
            assert seat.locked == 0
            assert seat.free >= (STAKE if votes[position] is not None else STAKE - BOND)


@many
@given(case=majorities(SIZES, all_reveal=True))
def test_rule_5__all_of_an_honest_majority_reveal__decided_and_every_honest_paid(
    arena: Arena, case: tuple[list[Vote | None], frozenset[int]]
) -> None:
    votes, honest = case
    with arena.played(votes) as (game, _):
        assert (game.state.phase, game.state.outcome) == (FINAL, Verdict.VALUES)
        assert all(game.world.vault.seat(position).free == STAKE + FEE for position in honest)


@many
@given(case=majorities(SIZES, all_reveal=False, truth=st.just(FALSE), faults=FAULTS))
def test_rule_5__honest_majority_on_a_false_table__no_revealed_honest_vote_loses_stake(
    fair: Arena, case: tuple[list[Vote | None], frozenset[int]]
) -> None:
    votes, honest = case
    with fair.played(votes) as (game, _):
        for position in honest:
            seat = game.world.vault.seat(position)
            assert seat.locked == 0
            assert seat.free >= (STAKE if votes[position] is not None else STAKE - BOND)
        assert state_of_table(game) != VERIFIED


@many
@given(case=majorities(SIZES, all_reveal=True, truth=st.just(FALSE), faults=FAULTS))
def test_rule_5__all_of_an_honest_majority_reveal_a_false_table__rejected_and_every_honest_paid(
    fair: Arena, case: tuple[list[Vote | None], frozenset[int]]
) -> None:
    votes, honest = case
    with fair.played(votes) as (game, _):
        assert (game.state.phase, game.state.outcome) == (FINAL, Verdict.INVALID)
        assert game.world.board.result(game.audit) == pack(FALSE.lanes)
        assert state_of_table(game) == REJECTED
        assert all(game.world.vault.seat(position).free == STAKE + FEE for position in honest)


@many
@given(case=majorities(SIZES, all_reveal=True, faults=FAULTS))
def test_rule_5__all_of_an_honest_majority_reveal_a_true_table__verified_and_every_honest_paid(
    fair: Arena, case: tuple[list[Vote | None], frozenset[int]]
) -> None:
    votes, honest = case
    with fair.played(votes) as (game, _):
        assert (game.state.phase, game.state.outcome) == (FINAL, Verdict.VALUES)
        assert state_of_table(game) == VERIFIED
        assert all(game.world.vault.seat(position).free == STAKE + FEE for position in honest)


@many
@given(votes=anything(SIZES))
def test_rule_5__any_votes__contract_and_reference_agree_on_everything(arena: Arena, votes: list[Vote | None]) -> None:
    assert_agreement(arena, votes)


@many
@given(votes=anything(SIZES))
def test_rule_5__any_votes_on_a_service__contract_and_reference_agree_on_everything(
    served: Arena, votes: list[Vote | None]
) -> None:
    assert_agreement(served, votes)


@many
@given(case=majorities(SIZES, all_reveal=True), loose=st.lists(st.integers(0, TOP), min_size=62, max_size=62))
def test_rule_5__honest_majority_with_any_service_counts__no_honest_vote_loses_stake(
    served: Arena, case: tuple[list[Vote | None], frozenset[int]], loose: list[int]
) -> None:
    """Lanes that are not binding may say anything at all: that costs the fee, never the bond."""
    votes, honest = case
    far = [
        Vote(vote.verdict, (*vote.lanes[:2], *loose[2 * i : 2 * i + 2])) if vote and i in honest else vote
        for i, vote in enumerate(votes)
    ]
    with served.played(far) as (game, _):
        assert all(game.world.vault.seat(position).free >= STAKE for position in honest)


@many
@given(votes=anything(SIZES, FAULTS))
def test_rule_5__any_votes_on_a_table__contract_and_reference_agree_on_everything(
    fair: Arena, votes: list[Vote | None]
) -> None:
    assert_agreement(fair, votes)


def assert_agreement(arena: Arena, votes: list[Vote | None]) -> None:
    expected = decide([arena.widened(vote) for vote in votes], arena.spec.tolerances, arena.spec.binding)
    with arena.played(votes) as (game, published):
        assert (game.state.progress >> 160 & 0xFFFFFFFF, game.state.progress >> 192) == masks(expected)
        assert game.state.outcome == expected.outcome
        if published is None:
            assert (game.state.phase, expected.outcome) == (EXPIRED, Verdict.NONE)
        else:
            assert published == Decision(
                expected.outcome,
                expected.paid,
                expected.slashed,
                frozenset(),
                pack(expected.result),
                pack(expected.lowest),
                pack(expected.highest),
            )
        struck = {i for i in range(len(votes)) if game.world.vault.seat(i).strikes}
        assert struck == expected.struck
        game.world.assert_solvent()
        if arena.kind == FAIRNESS:
            states = {Verdict.VALUES: VERIFIED, Verdict.INVALID: REJECTED, Verdict.INVALID_SPEC: REJECTED}
            assert state_of_table(game) == states.get(expected.outcome, PENDING)


def test_anything__the_generator__reaches_every_outcome() -> None:
    """A differential test on rounds that all expire would prove nothing."""
    seen: Counter[Verdict] = Counter()
    divided = 0

    @settings(max_examples=300, database=None, derandomize=True)
    @given(anything(SIZES, FAULTS))
    def collect(votes: list[Vote | None]) -> None:
        nonlocal divided
        decision = decide(votes, TOLERANCES)
        seen[decision.outcome] += 1
        named = {vote for vote in votes if vote and vote.verdict is Verdict.INVALID}
        divided += decision.outcome is Verdict.INVALID and len(named) > 1

    collect()
    assert all(seen[each] >= 10 for each in Verdict), seen
    assert divided >= 5
