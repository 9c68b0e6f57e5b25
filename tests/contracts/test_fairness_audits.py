"""Fairness audits: which tables can be audited, which faults can be named, what an audit's end means to its table."""

from collections.abc import Sequence
from typing import Any

import pytest
from assay_chain.lanes import pack
from assay_oracles.audits.fairness.params import Params
from assay_oracles.protocol.consensus import Verdict, Vote

from tests.contracts.harness.play import FALSE, GONE, HONEST, SPEC, Round, fault, values
from tests.contracts.harness.tables import PENDING, REJECTED, VERIFIED, Tables
from tests.contracts.harness.terms import DECIDED, EXPIRED, FAIRNESS, FINAL, PolicySpec, Terms, fairness
from tests.contracts.harness.world import World

UINT32 = 2**32 - 1
TRUE = values(*[1] * 9)
NARROW = PolicySpec("narrow fairness", Terms(kind=FAIRNESS, min_rows=2))
OTHERS = [fault(3, 3, 2), fault(5, 3, 2), fault(4, 2, 2), fault(4, 4, 2), fault(4, 3, 1), fault(4, 3, 3)]


@pytest.fixture
def tables(world: World) -> Tables:
    world.policy = world.add_policy(fairness())
    return Tables(world)


@pytest.fixture
def table(tables: Tables) -> bytes:
    return tables.published()


def opened(world: World, table: bytes) -> Round:
    return Round.start(world, testSet=table)


def voted(world: World, table: bytes, votes: Sequence[Vote | None]) -> Round:
    """A round that waits to be closed."""
    game = opened(world, table)
    game.vote(votes)
    return game


def played(world: World, table: bytes, vote: Vote) -> Round:
    """A whole audit in which all agree."""
    game = opened(world, table)
    game.play([vote] * 5)
    return game


def closed_together(world: World, table: bytes, *ballots: Sequence[Vote | None]) -> list[Round]:
    """Audits of one table that were all requested before any was decided, and now wait to be finalized."""
    games = [opened(world, table) for _ in ballots]
    votes = [(game, i, vote) for game, ballot in zip(games, ballots, strict=True) for i, vote in enumerate(ballot)]
    for game, position, vote in votes:
        if vote is not None:
            game.commit(position, vote)
    games[-1].end_commits()
    for game, position, vote in votes:
        if vote is not None:
            game.reveal(position, vote)
    games[-1].end_reveals()
    for game in games:
        game.close()
    world.evm.mine(20)
    return games


def standing(world: World, table: bytes) -> tuple[int, int]:
    found = world.tables.table(table)
    return found.state, found.auditId


# ----------------------------------------------------------------------------------------------------------- request


def test_request__pending_and_verified_table__audited_and_its_id_kept(world: World, table: bytes) -> None:
    game = played(world, table, TRUE)
    assert standing(world, table) == (VERIFIED, game.audit)
    again = world.request(testSet=table)
    assert (world.board.audit(again).testSet, world.board.audit(again).roster) == (table, 0b11111)


@pytest.mark.parametrize("unknown", [bytes(32), b"\7" * 32])
def test_request__unknown_or_no_table__refused(world: World, tables: Tables, unknown: bytes) -> None:
    with world.refuses("UnknownTable", unknown):
        world.request(testSet=unknown)


@pytest.mark.parametrize("vote", [FALSE, SPEC])
def test_request__rejected_table__refused(world: World, table: bytes, vote: Vote) -> None:
    played(world, table, vote)
    with world.refuses("TableRejected", table):
        world.request(testSet=table)


def test_request__table_of_another_model__refused(world: World, table: bytes) -> None:
    other = world.register_model("another manifest")
    with world.refuses("WrongModel", table, other):
        world.request(testSet=table, modelId=other)


@pytest.mark.parametrize("uri", ["u", "store://table", "u" * 512, "u" * 513])
def test_request__table_with_a_uri__refused(world: World, table: bytes, uri: str) -> None:
    with world.refuses("BadRequest", "testSetUri"):
        world.request(testSet=table, testSetUri=uri)
    with world.refuses("BadRequest", "testSetUri"):
        world.request(testSet=bytes(32), testSetUri=uri)


def test_request__fewer_rows_than_the_policy_wants__refused_and_its_edge_passes(world: World, tables: Tables) -> None:
    """Pads are no rows."""
    world.policy = world.add_policy(fairness("four rows", min_rows=4))
    short = tables.published((3, 0, 6))
    with world.refuses("TooFewRows", 3, 4):
        world.request(testSet=short)
    padded = tables.published((3, 0, 6, 8, 8), Params(pads=True))
    with world.refuses("TooFewRows", 3, 4):
        world.request(testSet=padded)
    world.request(testSet=tables.published((3, 0, 6, 6)))


def test_request__smaller_cell_than_the_policy_wants__refused_and_its_edge_passes(world: World, tables: Tables) -> None:
    world.policy = world.add_policy(fairness("two a cell", min_cell=2))
    uneven = tables.published((*range(8), 0, 1, 2, 3, 4, 6, 7))
    with world.refuses("CellTooSmall", 5, 1, 2):
        world.request(testSet=uneven)
    world.request(testSet=tables.published((*range(8), *range(8))))


def test_request__table_under_a_whitebox_policy__refused_as_a_test_set_that_is_nowhere(
    world: World, table: bytes
) -> None:
    with world.refuses("BadRequest", "testSetUri"):
        world.request(testSet=table, policyId=1)


@pytest.mark.parametrize("vote", [HONEST, SPEC])
def test_whitebox_audit__of_a_test_set_named_like_a_table__concludes_nothing_about_the_table(
    world: World, table: bytes, vote: Vote
) -> None:
    game = Round.start(world, policyId=1, testSet=table, testSetUri="store://test set")
    game.play([vote] * 5)
    assert game.state.phase == FINAL
    assert standing(world, table) == (PENDING, 0)


# ------------------------------------------------------------------------------------------------------------ reveal


@pytest.mark.parametrize(
    "vote",
    [*(fault(kind, 3) for kind in range(1, 9)), fault(4, 1), fault(8, UINT32, UINT32), fault(1, UINT32, 0)],
    ids=lambda vote: str(vote.lanes),
)
def test_reveal__well_formed_fault__kept_as_its_word(world: World, table: bytes, vote: Vote) -> None:
    game = opened(world, table)
    game.commit(1, vote)
    game.end_commits()
    event = game.reveal(1, vote).only("Revealed")
    (word,) = pack(vote.lanes)
    assert (event["verdict"], event["words"]) == (Verdict.INVALID, (word,))
    assert world.board.voteOf(game.audit, game.seats[1]) == word.to_bytes(32, "big")
    assert game.state.progress == 1 << 1 | 1 << (64 + 1)


@pytest.mark.parametrize(
    "lanes",
    [
        (),
        (4, 3, 2, 0, 0, 0, 0, 0, 0),
        (4, 3, 2, 0, 0, 0, 0, 0) * 2,
        (0, 3, 2),
        (9, 3, 2),
        (UINT32, 3, 2),
        (4, 0, 2),
        (0, 0, 0),
        *((4, 3, 2, *(0,) * i, 1) for i in range(5)),
        (4, 3, 2, 1 << 31),
    ],
    ids=str,
)
def test_reveal__malformed_fault__refused(world: World, table: bytes, lanes: tuple[int, ...]) -> None:
    assert_refused(opened(world, table), Vote(Verdict.INVALID, lanes), "BadVerdict", Verdict.INVALID)


def test_reveal__fault_in_a_whitebox_audit__refused(world: World) -> None:
    assert_refused(Round.start(world), FALSE, "BadVerdict", Verdict.INVALID)


def test_reveal__fault_in_a_whitebox_audit_of_a_test_set__refused(world: World, table: bytes) -> None:
    game = Round.start(world, policyId=1, testSet=table, testSetUri="store://test set")
    assert_refused(game, FALSE, "BadVerdict", Verdict.INVALID)


def test_reveal__fault_with_another_verdict__refused(world: World, table: bytes) -> None:
    for verdict in (Verdict.NONE, Verdict.INVALID_SPEC, Verdict.UNAVAILABLE):
        with world.sandbox():
            assert_refused(opened(world, table), Vote(verdict, FALSE.lanes), "BadVerdict", verdict)
    assert_refused(opened(world, table), Vote(Verdict.VALUES, FALSE.lanes), "WrongLength", 1, 2)


def test_reveal__values_beyond_the_policy__refused(world: World, table: bytes) -> None:
    assert_refused(opened(world, table), values(2**31, *[0] * 8), "LaneOutOfRange", 0, 2**31, 2**31 - 1)


def assert_refused(game: Round, vote: Vote, error: str, *args: Any) -> None:
    """A vote that was committed to, but must not be revealed."""
    game.commit(0, vote)
    game.end_commits()
    with game.world.refuses(error, *args):
        game.reveal(0, vote)


# ------------------------------------------------------------------------------------------------------------- close


@pytest.mark.parametrize("spec", [fairness("two words"), NARROW], ids=lambda spec: spec.name)
def test_close__fault_majority__decides_the_fault(world: World, tables: Tables, spec: PolicySpec) -> None:
    world.policy = world.add_policy(spec)
    true = values(*[1] * spec.lanes)
    game = voted(world, tables.published(), [FALSE, fault(4, 3, 3), FALSE, true, FALSE])
    event = game.close().only("Decided")
    word = pack(FALSE.lanes)
    assert event == {
        "auditId": game.audit,
        "outcome": Verdict.INVALID,
        "result": word,
        "lowest": word,
        "highest": word,
        "paid": 0b10101,
        "slashed": 0b01010,
        "disputeEnd": world.evm.number + 10,
    }
    assert (game.state.phase, game.state.outcome) == (DECIDED, Verdict.INVALID)
    assert world.board.result(game.audit) == word


@pytest.mark.parametrize("other", OTHERS, ids=lambda vote: str(vote.lanes))
def test_close__hint_is_another_fault__refused(world: World, table: bytes, other: Vote) -> None:
    """Neither a neighbour of the fault nor one that somebody did name: a wrong hint must not expire the audit."""
    (lane,) = [i for i in range(3) if other.lanes[i] != FALSE.lanes[i]]
    game = voted(world, table, [FALSE, FALSE, FALSE, other, TRUE])
    with world.refuses("WrongMedian"):
        game.close(pack(other.lanes))
    unanimous = voted(world, table, [FALSE] * 5)
    below, not_above = (0, 0) if other.lanes[lane] < FALSE.lanes[lane] else (5, 5)
    with world.refuses("WrongMedian", lane, below, not_above):
        unanimous.close(pack(other.lanes))
    assert game.close().only("Decided")["result"] == pack(FALSE.lanes)


@pytest.mark.parametrize("lane", range(3, 8))
def test_close__dirty_lane_in_the_fault_hint__refused(world: World, table: bytes, lane: int) -> None:
    game = voted(world, table, [FALSE] * 5)
    with world.refuses("WrongMedian", lane, 5, 5):
        game.close(pack([*FALSE.lanes, *[0] * (lane - 3), 1]))


def test_close__fault_hint_missing_or_too_long__refused(world: World, table: bytes) -> None:
    game = voted(world, table, [FALSE] * 5)
    with world.refuses("WrongLength", 0, 1):
        game.close(())
    with world.refuses("WrongLength", 2, 1):
        game.close((*pack(FALSE.lanes), 0))


def test_close__fault_majority__ignores_resupplied_votes(world: World, table: bytes) -> None:
    game = voted(world, table, [FALSE] * 3 + [TRUE] * 2)
    game.close(votes=[(1, 2), (3,), ()])
    assert game.state.outcome == Verdict.INVALID


def test_close__values_majority__fault_cannot_be_the_hint(world: World, table: bytes) -> None:
    game = voted(world, table, [FALSE] * 2 + [TRUE] * 3)
    with world.refuses("WrongLength", 1, 2):
        game.close(pack(FALSE.lanes))
    game.close()
    assert (game.state.outcome, world.board.result(game.audit)) == (Verdict.VALUES, pack(TRUE.lanes))


@pytest.mark.parametrize("other", OTHERS, ids=lambda vote: str(vote.lanes))
def test_close__most_found_faults_but_no_one_fault_has_half__expires(world: World, table: bytes, other: Vote) -> None:
    game = voted(world, table, [FALSE, other, FALSE, other, TRUE])
    game.close()
    assert (game.state.phase, game.state.outcome) == (EXPIRED, Verdict.NONE)
    assert world.board.result(game.audit) == ()
    assert standing(world, table) == (PENDING, 0)


@pytest.mark.parametrize(
    ("votes", "phase"),
    [
        ([FALSE, FALSE, TRUE, TRUE], EXPIRED),
        ([FALSE, FALSE, SPEC, SPEC], EXPIRED),
        ([FALSE, FALSE, None, None], EXPIRED),
        ([FALSE, FALSE, FALSE, TRUE], DECIDED),
        ([FALSE, FALSE, FALSE, None], DECIDED),
    ],
)
def test_close__even_roster__half_is_no_majority(
    world: World, table: bytes, votes: list[Vote | None], phase: int
) -> None:
    world.revoke(world.oracles[2], "ORACLE")
    game = voted(world, table, votes)
    game.close()
    assert game.state.phase == phase


# --------------------------------------------------------------------------------------------------------- the table


@pytest.mark.parametrize(
    ("vote", "state", "event"),
    [(TRUE, VERIFIED, "Appended"), (FALSE, REJECTED, "Rejected"), (SPEC, REJECTED, "Rejected")],
)
def test_finalize__outcome__concludes_once_and_not_before(
    world: World, table: bytes, vote: Vote, state: int, event: str
) -> None:
    game = voted(world, table, [vote] * 5)
    assert not game.close().all(event)
    assert standing(world, table) == (PENDING, 0)
    game.end_dispute()
    said = game.finalize().only(event)
    assert (said["tableId"], said["modelId"], said["auditId"]) == (table, world.model, game.audit)
    assert standing(world, table) == (state, game.audit)
    assert world.tables.count() == (state == VERIFIED)
    with world.refuses("WrongPhase", FINAL):
        game.finalize()


def test_finalize__rejection__says_why(world: World, tables: Tables) -> None:
    for vote in (FALSE, SPEC):
        game = voted(world, tables.published(), [vote] * 5)
        game.close()
        game.end_dispute()
        assert game.finalize().only("Rejected")["outcome"] == vote.verdict


@pytest.mark.parametrize("before", [None, TRUE, FALSE])
@pytest.mark.parametrize("votes", [[GONE] * 5, [None] * 5, [TRUE, TRUE, FALSE, FALSE, SPEC]])
def test_audit__unavailable_or_expired__leaves_the_table_as_it_was(
    world: World, table: bytes, before: Vote | None, votes: list[Vote | None]
) -> None:
    first, game = closed_together(world, table, [before] * 5, votes)
    if before:
        first.finalize()
    was = standing(world, table)
    assert was[0] == {None: PENDING, TRUE: VERIFIED, FALSE: REJECTED}[before]
    if game.state.phase == DECIDED:
        game.finalize()
    assert game.state.phase in (FINAL, EXPIRED)
    assert standing(world, table) == was


@pytest.mark.parametrize("last", [FALSE, SPEC])
def test_audit__verified_table_found_false_later__rejected_for_ever(world: World, table: bytes, last: Vote) -> None:
    first, second, third, fourth = closed_together(world, table, *([vote] * 5 for vote in (TRUE, last, TRUE, FALSE)))
    first.finalize()
    assert standing(world, table) == (VERIFIED, first.audit)
    second.finalize()
    for late in (third, fourth):
        assert standing(world, table) == (REJECTED, second.audit)
        late.finalize()
        assert late.state.phase == FINAL
    assert standing(world, table) == (REJECTED, second.audit)
    assert world.tables.count() == 1


def test_audit__verified_table_verified_again__stays_with_its_first_audit(world: World, table: bytes) -> None:
    first = played(world, table, TRUE)
    second = played(world, table, TRUE)
    assert second.state.phase == FINAL
    assert standing(world, table) == (VERIFIED, first.audit)
    assert world.tables.count() == 1


def test_conclude__anyone_but_the_audit_board__refused(world: World, table: bytes) -> None:
    game = voted(world, table, [FALSE] * 5)
    game.close()
    for caller in (world.client, world.supplier, world.gatekeeper, world.treasury, world.oracles[0]):
        with world.refuses("NotAuditBoard", caller):
            world.tables.conclude(table, game.audit, Verdict.VALUES, sender=caller)


def test_wiring__audit_board_and_fairness_board__name_each_other(world: World) -> None:
    assert world.board.tables() == world.tables.address
    assert world.tables.auditBoard() == world.board.address
