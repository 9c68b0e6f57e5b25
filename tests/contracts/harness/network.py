"""A network at random: every entry point, honest and hostile actors, books checked after every call, everyone leaves.

Moves that the rules allow must succeed; moves that they forbid must be refused for the right reason; neither may lose a
token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from assay_oracles.protocol.consensus import Verdict, Vote
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.contract import outcome
from tests.contracts.harness.play import FALSE, GONE, HONEST, SPEC, Round, fault, values
from tests.contracts.harness.quarrels import WATCHER, Quarrels
from tests.contracts.harness.tables import PENDING, REFUTED, REJECTED, VERIFIED, Tables
from tests.contracts.harness.terms import DECIDED, OPEN, OVERTURNED, REQUESTED, UNIT, PolicySpec, Terms, fairness, wide
from tests.contracts.harness.world import MINIMUM_STAKE, SECRET, STAKE, UNBONDING_BLOCKS, World, role_id

ORACLES = 8
SEATS = range(ORACLES)
ALL_SEATS = 2**ORACLES - 1
WIDE_POLICY, FAIRNESS_POLICY = 3, 4
FINDINGS = {Verdict.VALUES: VERIFIED, Verdict.INVALID: REJECTED, Verdict.INVALID_SPEC: REJECTED}
# Most agree, in an appeal perhaps on something else than before; the rest are near, far, of another verdict,
# or stay away.
COLLUDING = values(*[9_999] * 8)
RARE_VOTES = (HONEST, values(5, 6, 7, 115, 0, 0, 0, 0), COLLUDING, SPEC, GONE, None)
NARROW_VOTES = tuple((*[mostly] * 30, *RARE_VOTES) for mostly in (HONEST, COLLUDING))
WIDE_VOTES = ((*[values(*[100] * 20)] * 18, values(*[115] * 20), values(*[9_999] * 20), SPEC, GONE, GONE, None),)
TRUE = values(*[1] * 9)
RARE_TABLE_VOTES = (TRUE, values(*[2] * 9), FALSE, fault(4, 3, 3), SPEC, GONE, GONE, None)
TABLE_VOTES = tuple((*[mostly] * 18, *RARE_TABLE_VOTES) for mostly in (TRUE, TRUE, TRUE, FALSE, SPEC))
VOTES = {WIDE_POLICY: WIDE_VOTES, FAIRNESS_POLICY: TABLE_VOTES}
seats = st.sampled_from(SEATS)
# How often each move is tried: mostly audits, so that the other moves happen while audits are under way.
MOVES = [
    move
    for move, weight in {
        "advance": 14,
        "quarrel": 6,
        "request": 4,
        "stake_or_activate": 2,
        "unbond": 1,
        "release_and_withdraw": 2,
        "govern": 2,
        "wait": 1,
        "trespass": 2,
    }.items()
    for _ in range(weight)
]
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Network(Quarrels, RuleBasedStateMachine):
    """Eight oracles, two clients, four policies, some tables; `world` is shared and put back after every run."""

    world: ClassVar[World]
    terms: ClassVar[dict[int, Terms]]
    tables: ClassVar[list[bytes]]
    concluded: ClassVar[Counter[int]] = Counter()
    succeeded: ClassVar[Counter[str]] = Counter()
    refusals: ClassVar[Counter[str]] = Counter()

    @classmethod
    def prepare(cls) -> None:
        """Deploys once for all runs."""
        cls.succeeded.clear()
        cls.refusals.clear()
        cls.concluded.clear()
        cls.world = World(oracles=ORACLES)
        cls.world.admit("client two", "CLIENT")
        cls.world.fund(Account.named("client two"))
        few, broad = (
            PolicySpec("few", Terms(min_roster=2, max_roster=2, bond=300 * UNIT)),
            wide(20, max_roster=5, dispute_blocks=1),
        )
        cls.terms = {1: PolicySpec().terms, cls.world.add_policy(few): few.terms}
        cls.terms[cls.world.add_policy(broad)] = broad.terms
        cls.terms[cls.world.add_policy(fairness(max_roster=5))] = fairness(max_roster=5).terms
        assert list(cls.terms) == [1, 2, WIDE_POLICY, FAIRNESS_POLICY]
        cls.publish(Tables(cls.world))

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = self.world.sandbox()
        self.sandbox.__enter__()
        self.clients = [self.world.client, Account.named("client two")]
        self.creditors = [*self.clients, self.world.treasury, self.world.supplier, WATCHER, *self.world.oracles]
        self.live: list[int] = []
        self.rounds: dict[int, Round] = {}
        self.snapshots: dict[int, int] = {}
        self.votes: dict[int, dict[int, Vote]] = {}
        self.standing = dict.fromkeys(self.tables, (PENDING, 0))
        self.begin()

    def teardown(self) -> None:
        """Everyone leaves: audits end, stakes and debts are paid out, and the vault is empty."""
        try:
            self.leave()
        finally:
            self.sandbox.__exit__(None, None, None)

    # ----------------------------------------------------------------------------------------------------- audits

    @rule(move=st.sampled_from(MOVES), data=st.data())
    def act(self, move: str, data: st.DataObject) -> None:
        getattr(self, move)(data.draw)

    def request(self, draw: Draw) -> None:
        who, policy = draw(st.sampled_from(self.clients)), draw(st.sampled_from(list(self.terms)))
        world = self.world
        table = draw(st.sampled_from(self.tables)) if policy == FAIRNESS_POLICY else bytes(32)
        call = (world.board.request, world.request_fields(policyId=policy, testSet=table), Permit())
        if world.board.paused():
            self.refused("EnforcedPause", *call, sender=who)
            self.succeeds(world.board.unpause, sender=world.gatekeeper)
        elif world.policies.head(policy)[1]:
            self.refused("PolicyRetired", *call, sender=who)
            self.succeeds(world.policies.retire, policy, False, sender=world.gatekeeper)
        elif why := self.unauditable(table):
            self.refused(why, *call, sender=who)
        elif world.vault.activeMask().bit_count() < self.terms[policy].min_roster:
            self.refused("RosterTooSmall", *call, sender=who)
        else:
            self.live.append(self.succeeds(*call, sender=who).value)

    def advance(self, draw: Draw) -> None:
        """Moves one live audit on, perhaps to its end; whoever is impatient tries too early first."""
        if self.live:
            audit = draw(st.sampled_from(self.live))
            for _ in range(draw(st.sampled_from([1, 2, 6]))):
                self.move(audit, draw)
        else:
            self.request(draw)

    def move(self, audit: int, draw: Draw) -> None:
        state = self.world.board.audit(audit)
        if state.phase == REQUESTED:
            self.open_or_expire(audit, state.requestBlock)
        elif state.phase == DECIDED and not draw(st.integers(0, 2)):
            self.appeal(audit, draw)
        elif state.phase == DECIDED:
            if state.outcome == Verdict.INVALID and draw(st.booleans()):
                self.rebut(self.files[bytes(state.testSet)], draw)
            self.finalize(audit)
        elif state.phase != OPEN:
            return
        elif self.world.evm.number > state.revealEnd:
            self.succeeds(self.rounds[audit].close)
        elif not self.acting(audit) & self.votes[audit].keys() and draw(st.integers(0, 9)):
            self.commit(audit, draw)
        else:
            self.reveal(audit, draw)

    def open_or_expire(self, audit: int, requested: int) -> None:
        board, evm = self.world.board, self.world.evm
        if evm.number > requested + 200:
            self.refused("NotOpenable", board.open, audit, SECRET)
            self.succeeds(board.expire, audit)
            return
        self.refused("StillOpenable", board.expire, audit)
        self.snapshots[audit] = board.audit(audit).roster
        evm.mine(1 if evm.number == requested else 0)
        self.succeeds(board.open, audit, SECRET)
        self.rounds[audit], self.votes[audit] = Round(self.world, audit), {}

    def commit(self, audit: int, draw: Draw) -> None:
        game, call = self.rounds[audit], self.world.board.commit
        narrow = NARROW_VOTES[:: -1 if game.state.added else 1]  # early choices are drawn more often
        ballots = draw(st.sampled_from(VOTES.get(game.state.policyId, narrow)))
        late = self.world.evm.number > game.state.commitEnd
        acting = sorted(self.acting(audit))
        for position in acting:
            voter, vote = game.voters[position], draw(st.sampled_from(ballots))
            if vote is None:
                continue
            digest = game.commitment(position, vote)
            if late:
                self.refused("CommitPhaseOver", call, audit, digest, sender=voter)
                continue
            self.succeeds(call, audit, digest, sender=voter)
            self.votes[audit][position] = vote
            if position == acting[0]:
                self.refused("AlreadyCommitted", call, audit, digest, sender=voter)

    def reveal(self, audit: int, draw: Draw) -> None:
        game, acting = self.rounds[audit], self.acting(audit)
        votes = {position: vote for position, vote in self.votes[audit].items() if position in acting}
        patient, withheld = draw(st.booleans()), draw(st.sets(seats, max_size=1))
        if len(votes) < len(acting):
            if votes and not patient and self.world.evm.number <= game.state.commitEnd:
                self.refused("CommitPhaseNotOver", game.reveal, *next(iter(votes.items())))
            game.end_commits()
        for position, vote in votes.items():
            if position not in game.revealed and position not in withheld:
                self.succeeds(game.reveal, position, vote)
                if position == min(acting):
                    self.refused("NothingToReveal", game.reveal, position, vote)
        for position in self.votes[audit].keys() - acting - game.revealed.keys():
            self.refused("NotInRoster", game.reveal, position, self.votes[audit][position])
        if not acting <= game.revealed.keys():
            self.refused("RevealPhaseNotOver", game.close)
            game.end_reveals()
        elif not patient:
            self.succeeds(game.close)

    def acting(self, audit: int) -> set[int]:
        """Positions that can commit and reveal."""
        state = self.world.board.audit(audit)
        return set(range(state.roster.bit_count() if state.added else 0, len(self.rounds[audit].seats)))

    def appeal(self, audit: int, draw: Draw) -> None:
        world, game = self.world, self.rounds[audit]
        who = draw(st.sampled_from([*self.clients, *world.oracles]))
        state = game.state
        mask = self.snapshots[audit] & world.vault.activeMask() & ~state.roster
        addable = world.vault.eligible(mask & ~seats_of(world, who), self.terms[state.policyId].bond)
        if state.policyId == FAIRNESS_POLICY:
            self.refused("NotAppealable", game.appeal, who)
        elif state.added:
            self.refused("AlreadyAppealed", game.appeal, who)
        elif world.evm.number > state.disputeEnd:
            self.refused("DisputeWindowOver", game.appeal, who)
        elif not addable:
            self.refused("NobodyToAdd", game.appeal, who)
        else:
            self.succeeds(game.appeal, who)
            assert game.state.added == addable
            if draw(st.integers(0, 3)):  # left to later moves, most of those added would be late
                self.commit(audit, draw)
                self.reveal(audit, draw)

    def finalize(self, audit: int) -> None:
        game = self.rounds[audit]
        if self.world.evm.number <= game.state.disputeEnd:
            self.refused("DisputeWindowOpen", game.finalize)
            game.end_dispute()
        table, decided = game.state.testSet, game.state.outcome
        if (until := self.held_until(audit)) >= self.world.evm.number:
            self.refused("RowsAwaited", game.finalize)
            self.world.evm.mine(until + 1 - self.world.evm.number)
        self.succeeds(game.finalize)
        if self.overruled(audit, table, decided):
            assert (game.state.phase, game.state.outcome) == (OVERTURNED, Verdict.NONE)
            self.concluded[REFUTED] += 1
            return
        finding = FINDINGS.get(decided)
        if table in self.standing and finding and self.standing[table][0] not in (finding, REJECTED, REFUTED):
            self.standing[table] = finding, audit
            self.concluded[finding] += 1

    # ----------------------------------------------------------------------------------------------------- stakes

    def stake_or_activate(self, draw: Draw) -> None:
        seat, amount = draw(seats), draw(st.sampled_from([0, 1, UNIT, STAKE]))
        world, who = self.world, self.world.oracles[seat]
        call = (world.vault.stake, amount, Permit()) if amount else (world.vault.activate,)
        if not self.is_oracle(seat):
            self.refused("NotOracle", *call, sender=who)
        elif amount or self.qualifies(seat):
            self.succeeds(*call, sender=who)
        else:
            self.refused("CannotActivate", *call, sender=who)

    def unbond(self, draw: Draw) -> None:
        seat, share = draw(seats), draw(st.sampled_from([0, 1, 25, 50, 100, 101]))
        call, who = self.world.vault.unbond, self.world.oracles[seat]
        stake = self.world.vault.seat(seat)
        amount = (stake.free + stake.locked) * share // 100
        if amount <= stake.free + stake.locked:
            self.succeeds(call, amount, sender=who)
        else:
            self.refused("InsufficientStake", call, amount, sender=who)

    def release_and_withdraw(self, draw: Draw) -> None:
        seat, account = draw(seats), draw(st.sampled_from(self.creditors))
        vault, operator = self.world.vault, self.world.oracles[seat]
        amount, due = vault.unbonding(seat)
        if min(amount, vault.seat(seat).free) and self.world.evm.number > due:
            self.succeeds(vault.release, sender=operator)
        else:
            self.refused("NothingDue", vault.release, sender=operator)
        if vault.owed(account):
            self.succeeds(vault.withdraw, sender=account)
        else:
            self.refused("NothingDue", vault.withdraw, sender=account)

    # ------------------------------------------------------------------------------------- governance, time, trespass

    def govern(self, draw: Draw) -> None:
        world, gatekeeper = self.world, self.world.gatekeeper
        act, seat = draw(st.sampled_from(["revoke", "admit", "admit", "retire", "pause"])), draw(seats)
        outsiders = [i for i in SEATS if not self.is_oracle(i)]
        if act == "retire":
            self.succeeds(world.policies.retire, draw(st.sampled_from(list(self.terms))), True, sender=gatekeeper)
        elif act == "pause" and not world.board.paused():
            self.succeeds(world.board.pause, sender=gatekeeper)
        elif act == "revoke" and self.is_oracle(seat):
            self.refused("StillOracle", world.vault.deactivate, seat)
            self.succeeds(world.revoke, world.oracles[seat], "ORACLE")
            self.succeeds(world.vault.deactivate, seat)
        elif act == "admit" and outsiders:
            self.succeeds(world.admit, f"oracle-{outsiders[0]}", "ORACLE")
            self.succeeds(world.vault.stake, STAKE, Permit(), sender=world.oracles[outsiders[0]])

    def wait(self, draw: Draw) -> None:
        self.world.evm.mine(draw(st.sampled_from([1, 5, 20, 201, UNBONDING_BLOCKS + 1])))

    def trespass(self, draw: Draw) -> None:
        """What an oracle may never do."""
        world, who = self.world, self.world.oracles[draw(seats)]
        settlement = (ALL_SEATS, ALL_SEATS, 0, 0, 0, UNIT, 0, 0, who, 0, who)
        trespasses = (
            ("NotBoard", world.vault.settle, settlement),
            ("NotAuditBoard", world.tables.conclude, self.tables[0], 1, Verdict.VALUES),
            ("NotBoard", world.vault.disburse, UNIT, who, UNIT),
            ("NotOwner", world.tables.retire, self.tables[0]),
            ("NotBoard", world.vault.lock, ALL_SEATS, 1),
            ("NotBoard", world.vault.deposit, world.client, UNIT, Permit()),
            ("NotTreasury", world.token.mint, who, UNIT),
            ("ERC20InsufficientAllowance", world.token.transferFrom, world.vault.address, who, 1),
            ("NotGatekeeper", world.board.pause),
            ("AccessControlUnauthorizedAccount", world.membership.grantRole, role_id("CLIENT"), who),
        )
        self.refused(*draw(st.sampled_from(trespasses)), sender=who)

    # -------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def books_balance(self) -> None:
        """Locked stake and escrow are exactly what the live audits need; debts and the active mask are consistent."""
        board, vault = self.world.board, self.world.vault
        audits = {audit: board.audit(audit) for audit in self.live}
        live = {audit: state for audit, state in audits.items() if state.phase in (REQUESTED, OPEN, DECIDED)}
        assert all(state.escrow == state.deposit == 0 for audit, state in audits.items() if audit not in live)
        assert vault.escrowed() - vault.bonded() == sum(state.escrow + state.deposit for state in live.values())
        assert vault.bonded() == self.deposited()
        assert vault.totalOwed() == sum(vault.owed(account) for account in self.creditors)
        assert vault.activeMask() <= ALL_SEATS
        bonded = [state for state in live.values() if state.phase != REQUESTED]
        for seat in SEATS:
            holding = [state for state in bonded if (state.roster | state.added) >> seat & 1]
            needed = sum(self.terms[state.policyId].bond for state in holding)
            stake = vault.seat(seat)
            assert stake.locked == needed
            assert vault.unbonding(seat)[0] <= stake.free + stake.locked
            assert self.qualifies(seat) or not vault.activeMask() >> seat & 1
        for state in bonded:
            committed, *verdicts = [state.progress >> 32 * i & (2**32 - 1) for i in range(5)]
            assert committed < 2 ** (state.roster | state.added).bit_count()
            assert sum(verdicts) & ~committed == 0
            assert sum(each.bit_count() for each in verdicts) == sum(verdicts).bit_count()
        self.live = list(live)

    @invariant()
    def tables_follow_their_audits(self) -> None:
        """A table's state is what its audits found, rejected for good; whatever was ever verified is listed once."""
        board = self.world.tables
        states = {table: board.table(table) for table in self.tables}
        assert {table: (state.state, state.auditId) for table, state in states.items()} == self.standing
        listed = [board.tableAt(i) for i in range(board.count())]
        assert len(set(listed)) == len(listed)
        assert {table for table, (state, _) in self.standing.items() if state == VERIFIED} <= set(listed)
        assert not {table for table, (state, _) in self.standing.items() if state == PENDING} & set(listed)

    def succeeds(self, call: Callable[..., Any], *arguments: Any, **sender: Any) -> Any:
        """A move that the rules allow."""
        answer = call(*arguments, **sender)
        self.succeeded[call.__name__] += 1
        self.world.assert_solvent()
        return answer

    def refused(self, error: str, call: Callable[..., Any], *arguments: Any, **sender: Any) -> None:
        """A move that the rules forbid, and why."""
        assert outcome(lambda: call(*arguments, **sender)) == error
        self.refusals[error] += 1
        self.world.assert_solvent()

    def qualifies(self, seat: int) -> bool:
        """Whether a seat may be drawable."""
        stake = self.world.vault.seat(seat)
        staying = stake.free + stake.locked - self.world.vault.unbonding(seat)[0]
        return bool(staying >= MINIMUM_STAKE and self.world.evm.number >= stake.jailedUntil)

    def is_oracle(self, seat: int) -> bool:
        """Whether the operator of a seat is admitted."""
        return bool(self.world.membership.hasRole(role_id("ORACLE"), self.world.oracles[seat]))

    def leave(self) -> None:
        """Ends every audit and takes everything out."""
        board, vault, evm = self.world.board, self.world.vault, self.world.evm
        evm.mine(UNBONDING_BLOCKS + 1)
        for audit in self.live:
            if board.audit(audit).phase == REQUESTED:
                self.succeeds(board.expire, audit)
            if board.audit(audit).phase == OPEN:
                self.succeeds(self.rounds[audit].close)
            if board.audit(audit).phase == DECIDED:
                self.finalize(audit)
        self.end_demands()
        for seat, operator in enumerate(self.world.oracles):
            self.succeeds(vault.unbond, vault.seat(seat).free, sender=operator)
        evm.mine(UNBONDING_BLOCKS + 1)
        self.settle_bonds()
        for seat, operator in enumerate(self.world.oracles):
            if vault.seat(seat).free:
                self.succeeds(vault.release, sender=operator)
        for account in self.creditors:
            if vault.owed(account):
                self.succeeds(vault.withdraw, sender=account)
        assert self.world.token.balanceOf(vault.address) == 0


def seats_of(world: World, account: Account) -> int:
    """An account's seat as a mask."""
    number = int(world.vault.numberOf(account))
    return 1 << number - 1 if number else 0
