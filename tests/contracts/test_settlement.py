"""Who gets what, to the last unit, for every way an audit can end; the vault then owes or holds every token it has."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from assay_oracles.protocol.consensus import Verdict, Vote

from tests.contracts.harness.accounts import ZERO, Account
from tests.contracts.harness.play import FALSE, GONE, HONEST, SPEC, Round, fault, values
from tests.contracts.harness.tables import Tables
from tests.contracts.harness.terms import BOTH, DECIDED, EXPIRED, FINAL, OPEN, SERVICE, PolicySpec, Terms, fairness
from tests.contracts.harness.world import STAKE, World

BOND, FEE, INSPECTION, STIPEND = Terms().bond, Terms().fee_per_oracle, Terms().inspection_fee, Terms().stipend
ESCROW = 5 * FEE
NEAR = values(*HONEST.lanes[:3], 115, *HONEST.lanes[4:])
FAR = values(*HONEST.lanes[:3], 121, *HONEST.lanes[4:])


@dataclass(frozen=True)
class Case:
    """Votes by position, and what each position gains (slashed: minus the bond), the client gets back, and strikes."""

    name: str
    votes: Sequence[Vote | None]
    outcome: Verdict
    gains: Sequence[int]
    refund: int
    struck: Sequence[int] = ()
    fairness: bool = False
    binding: int | None = None
    """How many lanes are binding in an audit of a service; None: it is not one."""

    def play(self, world: World) -> Round:
        """The whole audit."""
        if self.fairness:
            game = Round.start(world, policyId=world.add_policy(fairness()), testSet=Tables(world).published())
        elif self.binding is not None:
            terms = Terms(kind=BOTH if self.binding else SERVICE)
            policy = world.add_policy(PolicySpec("service", terms, binding=self.binding))
            game = Round.start(world, policyId=policy)
        else:
            game = Round.start(world)
        game.play(self.votes)
        return game


TRUE, OTHER = values(*[1] * 9), fault(4, 3, 3)
CASES = [
    Case("unanimous", [HONEST] * 5, Verdict.VALUES, [FEE] * 5, 0),
    Case(
        "values: near gets nothing, far is slashed",
        [HONEST, HONEST, NEAR, HONEST, FAR],
        Verdict.VALUES,
        [FEE, FEE, 0, FEE, -BOND],
        2 * FEE,
    ),
    Case(
        "service: far is not paid, and loses nothing",
        [HONEST, FAR] * 2 + [HONEST],
        Verdict.VALUES,
        [FEE, 0] * 2 + [FEE],
        2 * FEE,
        binding=0,
    ),
    Case(
        "both: far in a count of its own queries loses nothing",
        [HONEST, FAR] * 2 + [HONEST],
        Verdict.VALUES,
        [FEE, 0] * 2 + [FEE],
        2 * FEE,
        binding=3,
    ),
    Case(
        "both: far in what all compute alike is slashed",
        [HONEST, FAR] * 2 + [HONEST],
        Verdict.VALUES,
        [FEE, -BOND] * 2 + [FEE],
        2 * FEE,
        binding=4,
    ),
    Case(
        "service: absent and who contradicts the specification are slashed",
        [HONEST, None, HONEST, SPEC, HONEST],
        Verdict.VALUES,
        [FEE, -BOND, FEE, -BOND, FEE],
        2 * FEE,
        binding=0,
    ),
    Case(
        "values: absent is slashed, unavailable is struck",
        [HONEST, None, HONEST, GONE, HONEST],
        Verdict.VALUES,
        [FEE, -BOND, FEE, 0, FEE],
        2 * FEE,
        struck=[3],
    ),
    Case(
        "values: who called the specification invalid contradicts a fact",
        [SPEC, HONEST, HONEST, HONEST, SPEC],
        Verdict.VALUES,
        [-BOND, FEE, FEE, FEE, -BOND],
        2 * FEE,
    ),
    Case(
        "invalid specification: majority paid the inspection, everything else as its opposite",
        [SPEC, SPEC, HONEST, SPEC, GONE],
        Verdict.INVALID_SPEC,
        [INSPECTION, INSPECTION, -BOND, INSPECTION, 0],
        ESCROW - 3 * INSPECTION,
        struck=[4],
    ),
    Case(
        "invalid specification: absent slashed",
        [SPEC, SPEC, None, SPEC, FAR],
        Verdict.INVALID_SPEC,
        [INSPECTION, INSPECTION, -BOND, INSPECTION, -BOND],
        ESCROW - 3 * INSPECTION,
    ),
    Case(
        "unavailable: everyone who revealed has the stipend, nobody a strike",
        [GONE, HONEST, GONE, SPEC, GONE],
        Verdict.UNAVAILABLE,
        [STIPEND] * 5,
        ESCROW - 5 * STIPEND,
    ),
    Case(
        "unavailable: absent slashed",
        [GONE, None, GONE, FAR, GONE],
        Verdict.UNAVAILABLE,
        [STIPEND, -BOND, STIPEND, STIPEND, STIPEND],
        ESCROW - 4 * STIPEND,
    ),
    Case(
        "no majority: client refunded in full, opinions unpunished, unavailable struck",
        [HONEST, HONEST, SPEC, SPEC, GONE],
        Verdict.NONE,
        [0] * 5,
        ESCROW,
        struck=[4],
    ),
    Case(
        "no majority: values far apart",
        [HONEST, FAR, values(5, 6, 7, 500, 200, 300, 1000, 2000), values(5, 6, 7, 900, 0, 0, 0, 0), HONEST],
        Verdict.NONE,
        [0] * 5,
        ESCROW,
    ),
    Case(
        "too few reveals: absent slashed, who worked goes unpaid but unharmed",
        [HONEST, HONEST, None, None, None],
        Verdict.NONE,
        [0, 0, -BOND, -BOND, -BOND],
        ESCROW,
    ),
    Case("nobody came: all slashed", [None] * 5, Verdict.NONE, [-BOND] * 5, ESCROW),
    Case(
        "true table: who called it false or malformed is slashed",
        [TRUE, FALSE, TRUE, SPEC, TRUE],
        Verdict.VALUES,
        [FEE, -BOND, FEE, -BOND, FEE],
        2 * FEE,
        fairness=True,
    ),
    Case(
        "false table: who named the fault has the whole fee, who named another is slashed, unavailable is struck",
        [FALSE, OTHER, FALSE, GONE, FALSE],
        Verdict.INVALID,
        [FEE, -BOND, FEE, 0, FEE],
        2 * FEE,
        struck=[3],
        fairness=True,
    ),
    Case(
        "false table: who called it true, malformed, or did not come is slashed",
        [TRUE, FALSE, FALSE, FALSE, SPEC],
        Verdict.INVALID,
        [-BOND, FEE, FEE, FEE, -BOND],
        2 * FEE,
        fairness=True,
    ),
    Case(
        "false table: absent slashed",
        [FALSE, FALSE, None, FALSE, None],
        Verdict.INVALID,
        [FEE, FEE, -BOND, FEE, -BOND],
        2 * FEE,
        fairness=True,
    ),
    Case(
        "malformed table: who called it true or false is slashed",
        [SPEC, SPEC, FALSE, SPEC, TRUE],
        Verdict.INVALID_SPEC,
        [INSPECTION, INSPECTION, -BOND, INSPECTION, -BOND],
        ESCROW - 3 * INSPECTION,
        fairness=True,
    ),
    Case(
        "unavailable table: who found a fault has the stipend too",
        [GONE, FALSE, GONE, TRUE, GONE],
        Verdict.UNAVAILABLE,
        [STIPEND] * 5,
        ESCROW - 5 * STIPEND,
        fairness=True,
    ),
    Case(
        "no majority for one fault: opinions unpunished, absent slashed",
        [FALSE, FALSE, OTHER, OTHER, None],
        Verdict.NONE,
        [0, 0, 0, 0, -BOND],
        ESCROW,
        fairness=True,
    ),
    Case(
        "no majority: two say false, two say true",
        [FALSE, FALSE, TRUE, TRUE, GONE],
        Verdict.NONE,
        [0] * 5,
        ESCROW,
        struck=[4],
        fairness=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_settlement__every_outcome__every_party_exact_to_the_unit(world: World, case: Case) -> None:
    game = case.play(world)
    for oracle, gain in zip(world.oracles, case.gains, strict=True):
        assert tuple(world.seat(oracle))[:2] == (STAKE + gain, 0)
    slashed = case.gains.count(-BOND)
    assert world.vault.owed(world.client) == case.refund
    assert world.vault.owed(world.treasury) == slashed * BOND
    assert world.vault.totalOwed() == case.refund + slashed * BOND
    assert world.vault.escrowed() == world.vault.bonded()
    assert [i for i, oracle in enumerate(world.oracles) if world.seat(oracle).strikes] == list(case.struck)
    state = game.state
    assert (state.phase, state.outcome) == (EXPIRED if case.outcome is Verdict.NONE else FINAL, case.outcome)
    assert state.escrow == 0


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_settlement__every_outcome__everyone_can_take_what_is_theirs(world: World, case: Case) -> None:
    case.play(world)
    for account in (world.client, world.treasury):
        due, before = world.vault.owed(account), world.token.balanceOf(account)
        if due:
            assert world.vault.withdraw(sender=account).value == due
        assert world.token.balanceOf(account) == before + due
        with world.refuses("NothingDue", 0):
            world.vault.withdraw(sender=account)
    assert world.vault.totalOwed() == 0


def test_settlement__events__say_what_happened(world: World) -> None:
    game = Round.start(world)
    game.vote([HONEST, HONEST, HONEST, GONE, FAR])
    game.close()
    game.end_dispute()
    receipt = game.finalize()
    assert receipt.only("Finalized") == {"auditId": game.audit, "paid": 0b00111, "slashed": 0b10000, "refund": 2 * FEE}
    assert receipt.all("Rewarded") == [{"seat": seat, "amount": FEE} for seat in (0, 1, 2)]
    assert receipt.only("Struck") == {"seat": 3, "strikes": 1, "jailedUntil": 0}
    assert receipt.only("Slashed") == {"seat": 4, "amount": BOND}
    assert receipt.all("Owed") == [
        {"account": world.treasury, "amount": BOND},
        {"account": world.client, "amount": 2 * FEE},
    ]


def test_finalize__in_the_dispute_window__refused_to_its_last_block(world: World) -> None:
    game = Round.start(world)
    game.vote([HONEST] * 5)
    game.close()
    end = game.state.disputeEnd
    with world.refuses("DisputeWindowOpen", end):
        game.finalize()
    world.evm.mine(end - world.evm.number)
    with world.refuses("DisputeWindowOpen", end):
        game.finalize()
    world.evm.mine()
    game.finalize()


def test_finalize__twice_or_undecided__refused(world: World) -> None:
    game = Round.start(world)
    with world.refuses("WrongPhase", OPEN):
        game.finalize()
    game.play([HONEST] * 5)
    with world.refuses("WrongPhase", FINAL):
        game.finalize()
    with world.refuses("WrongPhase", FINAL):
        game.close()
    with world.refuses("WrongPhase", 0):
        world.board.finalize(99)


def test_finalize__expired_audit__refused(world: World) -> None:
    game = Round.start(world)
    game.play([None] * 5)
    with world.refuses("WrongPhase", EXPIRED):
        game.finalize()


def test_close__withheld_reveal__slashed_like_never_having_committed(world: World) -> None:
    game = Round.start(world)
    for position in range(5):
        game.commit(position, HONEST)
    for position in range(4):
        game.reveal(position, HONEST)
    game.end_reveals()
    assert game.close().only("Decided")["slashed"] == 0b10000
    game.end_dispute()
    game.finalize()
    assert world.seat(world.oracles[4]).free == STAKE - BOND


def test_settlement__two_audits_of_one_stake__each_moves_its_own_bond_only(world: World) -> None:
    first, second = Round.start(world), Round.start(world)
    first.play([None, HONEST, HONEST, HONEST, HONEST])
    seat = world.seat(world.oracles[0])
    assert (seat.free, seat.locked) == (STAKE - 2 * BOND, BOND)
    assert world.vault.escrowed() == ESCROW
    second.end_reveals()
    second.close()
    assert (world.seat(world.oracles[0]).free, world.seat(world.oracles[0]).locked) == (STAKE - 2 * BOND, 0)
    assert world.seat(world.oracles[1]).free == STAKE + FEE - BOND


@pytest.mark.parametrize("call", ["deposit", "lock", "settle"])
def test_vault__anyone_but_the_board__cannot_move_money(world: World, call: str) -> None:
    game = Round.start(world)
    arguments = {
        "deposit": (world.client, 1, (0, 0, 0, b"\0" * 32, b"\0" * 32)),
        "lock": (1, 1),
        "settle": ((0b11111, 1, 0, 0, BOND, FEE, ESCROW, 0, world.client, 0, ZERO),),
    }[call]
    for caller in (world.gatekeeper, world.treasury, world.client, world.oracles[0], Account.named("stranger")):
        with world.refuses("NotBoard", caller):
            getattr(world.vault, call)(*arguments, sender=caller)
    assert game.state.phase == OPEN


def test_decided__result_is_provisional_until_final(world: World) -> None:
    game = Round.start(world)
    game.vote([HONEST] * 5)
    game.close()
    assert game.state.phase == DECIDED
    assert world.vault.escrowed() == ESCROW
    assert all(world.seat(oracle).locked == BOND for oracle in world.oracles)
