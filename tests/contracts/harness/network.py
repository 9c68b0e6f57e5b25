"""A network at random: every entry point, honest and hostile actors, books checked after every call, everyone leaves.

Moves that the rules allow must succeed; moves that they forbid must be refused; neither may lose a token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from assay_oracles.protocol.consensus import Vote
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.contract import outcome
from tests.contracts.harness.play import GONE, HONEST, SPEC, Round, values
from tests.contracts.harness.terms import DECIDED, OPEN, REQUESTED, UNIT, PolicySpec, Terms, wide
from tests.contracts.harness.world import SECRET, STAKE, UNBONDING_BLOCKS, World

ORACLES = 8
SEATS = range(ORACLES)
LIVE = (REQUESTED, OPEN, DECIDED)
NARROW_VOTES = (HONEST, HONEST, HONEST, HONEST, values(5, 6, 7, 115, 0, 0, 0, 0), values(*[9_999] * 8), SPEC, GONE)
WIDE_VOTES = (*[values(*[100] * 20)] * 4, values(*[115] * 20), values(*[9_999] * 20), SPEC, GONE)
pick = st.integers(0, 10**6)


class Network(RuleBasedStateMachine):
    """Eight oracles, two clients, three policies; `world` is shared and put back after every run."""

    world: ClassVar[World]
    policies: ClassVar[dict[int, Terms]]
    calls: ClassVar[Counter[str]] = Counter()

    @classmethod
    def prepare(cls) -> None:
        """Deploys once for all runs."""
        cls.world = world = World(oracles=ORACLES)
        world.admit("client two", "CLIENT")
        world.fund(Account.named("client two"))
        specs = (
            PolicySpec("few", Terms(max_roster=4, bond=300 * UNIT)),
            wide(20, min_roster=2, max_roster=5, dispute_blocks=1),
        )
        cls.policies = {1: PolicySpec().terms} | {world.add_policy(spec): spec.terms for spec in specs}

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = self.world.sandbox()
        self.sandbox.__enter__()
        self.people = [*self.world.oracles, self.world.client, Account.named("client two"), self.world.treasury]
        self.rounds: dict[int, Round] = {}
        self.votes: dict[tuple[int, int], Vote] = {}

    def teardown(self) -> None:
        """Everyone leaves: audits end, stakes and debts are paid out, and the vault is empty."""
        try:
            self.leave()
        finally:
            self.sandbox.__exit__(None, None, None)

    # ---------------------------------------------------------------------------------------------------- audits

    @rule(client=st.booleans(), policy=st.integers(1, 3))
    def request(self, client: bool, policy: int) -> None:
        who = self.world.client if client else Account.named("client two")
        pool = (self.world.vault.activeMask() & (2**ORACLES - 1)).bit_count()
        fields = self.world.request_fields(policyId=policy)
        if self.world.board.paused():
            self.refused("EnforcedPause", self.world.board.request, fields, Permit(), sender=who)
        elif self.world.policies.head(policy)[1]:
            self.refused("PolicyRetired", self.world.board.request, fields, Permit(), sender=who)
        elif pool < self.policies[policy].min_roster:
            self.refused("RosterTooSmall", self.world.board.request, fields, Permit(), sender=who)
        else:
            self.succeeds(self.world.board.request, fields, Permit(), sender=who)

    @rule(which=pick)
    def open_or_expire(self, which: int) -> None:
        for audit in self.one(which, REQUESTED):
            age = self.world.evm.number - self.world.board.audit(audit).requestBlock
            if age > 200:
                self.refused("NotOpenable", self.world.board.open, audit, SECRET)
                self.succeeds(self.world.board.expire, audit)
            else:
                self.refused("StillOpenable", self.world.board.expire, audit)
                self.world.evm.mine(1 if age == 0 else 0)
                self.succeeds(self.world.board.open, audit, SECRET)
                self.rounds[audit] = Round(self.world, audit)

    @rule(which=pick, choices=st.lists(st.integers(0, 8), min_size=ORACLES, max_size=ORACLES))
    def commit(self, which: int, choices: list[int]) -> None:
        for audit in self.one(which, OPEN):
            game, state = self.rounds[audit], self.world.board.audit(audit)
            ballots = WIDE_VOTES if state.policyId == 3 else NARROW_VOTES
            for position, choice in enumerate(choices[: len(game.seats)]):
                if choice == len(ballots):
                    continue
                digest = game.commitment(position, ballots[choice])
                call, voter = self.world.board.commit, game.voters[position]
                if self.world.evm.number > state.commitEnd:
                    self.refused("CommitPhaseOver", call, audit, digest, sender=voter)
                elif (audit, position) in self.votes:
                    self.refused("AlreadyCommitted", call, audit, digest, sender=voter)
                else:
                    self.succeeds(call, audit, digest, sender=voter)
                    self.votes[audit, position] = ballots[choice]

    @rule(which=pick, withheld=st.sets(st.integers(0, ORACLES), max_size=2), wait=st.booleans())
    def reveal(self, which: int, withheld: set[int], wait: bool) -> None:
        for audit in self.one(which, OPEN):
            game = self.rounds[audit]
            if wait:
                game.end_commits()
            if self.world.evm.number <= game.state.commitEnd or self.world.evm.number > game.state.revealEnd:
                continue
            for position in range(len(game.seats)):
                vote = self.votes.get((audit, position))
                if vote is None or position in withheld:
                    continue
                if position in game.revealed:
                    self.refused("NothingToReveal", game.reveal, position, vote)
                else:
                    self.succeeds(game.reveal, position, vote)

    @rule(which=pick, wait=st.booleans())
    def close(self, which: int, wait: bool) -> None:
        for audit in self.one(which, OPEN):
            game = self.rounds[audit]
            if wait:
                game.end_reveals()
            over = self.world.evm.number > game.state.revealEnd or len(game.revealed) == len(game.seats)
            if over:
                self.succeeds(game.close)
            else:
                self.refused("RevealPhaseNotOver", game.close)

    @rule(which=pick)
    def finalize(self, which: int) -> None:
        for audit in self.one(which, DECIDED):
            game = self.rounds[audit]
            if self.world.evm.number <= game.state.disputeEnd:
                self.refused("DisputeWindowOpen", game.finalize)
                game.end_dispute()
            self.succeeds(game.finalize)

    # ---------------------------------------------------------------------------------------------------- stakes

    @rule(seat=st.sampled_from(SEATS), amount=st.sampled_from([0, 1, UNIT, STAKE]))
    def stake(self, seat: int, amount: int) -> None:
        who = self.world.oracles[seat]
        if self.is_oracle(who):
            self.succeeds(self.world.vault.stake, amount, Permit(), sender=who)
        else:
            self.refused("NotOracle", self.world.vault.stake, amount, Permit(), sender=who)

    @rule(seat=st.sampled_from(SEATS), share=st.sampled_from([0, 1, 50, 100]))
    def unbond(self, seat: int, share: int) -> None:
        self.succeeds(self.world.vault.unbond, self.total(seat) * share // 100, sender=self.world.oracles[seat])

    @rule(seat=st.sampled_from(SEATS))
    def unbond_too_much(self, seat: int) -> None:
        who = self.world.oracles[seat]
        self.refused("InsufficientStake", self.world.vault.unbond, self.total(seat) + 1, sender=who)

    @rule(seat=st.sampled_from(SEATS))
    def release(self, seat: int) -> None:
        amount, due = self.world.vault.unbonding(seat)
        who = self.world.oracles[seat]
        if min(amount, self.world.vault.seat(seat).free) and self.world.evm.number > due:
            self.succeeds(self.world.vault.release, sender=who)
        else:
            self.refused("NothingDue", self.world.vault.release, sender=who)

    @rule(who=pick)
    def withdraw(self, who: int) -> None:
        account = self.people[who % len(self.people)]
        if self.world.vault.owed(account):
            self.succeeds(self.world.vault.withdraw, sender=account)
        else:
            self.refused("NothingDue", self.world.vault.withdraw, sender=account)

    @rule(seat=st.sampled_from(SEATS))
    def activate(self, seat: int) -> None:
        who = self.world.oracles[seat]
        if not self.is_oracle(who):
            self.refused("NotOracle", self.world.vault.activate, sender=who)
        elif self.qualifies(seat):
            self.succeeds(self.world.vault.activate, sender=who)
        else:
            self.refused("CannotActivate", self.world.vault.activate, sender=who)

    # ------------------------------------------------------------------------------------------------ governance

    @rule(seat=st.sampled_from(SEATS))
    def revoke_or_admit(self, seat: int) -> None:
        who = self.world.oracles[seat]
        if self.is_oracle(who):
            self.refused("StillOracle", self.world.vault.deactivate, seat)
            self.world.revoke(who, "ORACLE")
            self.succeeds(self.world.vault.deactivate, seat)
        else:
            self.world.admit(f"oracle-{seat}", "ORACLE")

    @rule(policy=st.integers(1, 3), retired=st.sampled_from([False, False, True]))
    def retire(self, policy: int, retired: bool) -> None:
        self.succeeds(self.world.policies.retire, policy, retired, sender=self.world.gatekeeper)

    @rule()
    def pause_and_unpause(self) -> None:
        board, gatekeeper = self.world.board, self.world.gatekeeper
        self.succeeds(board.unpause if board.paused() else board.pause, sender=gatekeeper)

    @rule(blocks=st.sampled_from([1, 5, 20, 20, 201, UNBONDING_BLOCKS + 1]))
    def wait(self, blocks: int) -> None:
        self.world.evm.mine(blocks)

    # -------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def books_balance(self) -> None:
        """Locked stake and escrow are exactly what the live audits need; debts and the active mask are consistent."""
        board, vault = self.world.board, self.world.vault
        audits = [board.audit(i) for i in range(1, board.count() + 1)]
        live = [audit for audit in audits if audit.phase in LIVE]
        assert vault.escrowed() == sum(audit.escrow for audit in live)
        assert all(audit.escrow == 0 for audit in audits if audit.phase not in LIVE)
        assert vault.totalOwed() == sum(vault.owed(account) for account in self.people)
        bonded = [audit for audit in live if audit.phase != REQUESTED]
        for seat in SEATS:
            needed = sum(self.policies[audit.policyId].bond for audit in bonded if audit.roster >> seat & 1)
            assert vault.seat(seat).locked == needed
            assert vault.unbonding(seat)[0] <= self.total(seat)
            assert self.qualifies(seat) or not vault.activeMask() >> seat & 1
        assert vault.activeMask() < 2**ORACLES
        for audit in audits:
            committed, *verdicts = [audit.progress >> 32 * i & (2**32 - 1) for i in range(5)]
            assert committed < 2 ** audit.roster.bit_count()
            assert sum(verdicts) & ~committed == 0
            assert sum(each.bit_count() for each in verdicts) == sum(verdicts).bit_count()

    def succeeds(self, call: Callable[..., Any], *values: Any, **sender: Any) -> None:
        """A move that the rules allow."""
        call(*values, **sender)
        self.calls["succeeded"] += 1
        self.world.assert_solvent()

    def refused(self, error: str, call: Callable[..., Any], *values: Any, **sender: Any) -> None:
        """A move that the rules forbid, and why."""
        assert outcome(lambda: call(*values, **sender)) == error
        self.calls["refused"] += 1
        self.world.assert_solvent()

    # ----------------------------------------------------------------------------------------------------- helpers

    def one(self, which: int, phase: int) -> list[int]:
        """One audit in a phase, if there is any."""
        board = self.world.board
        there = [i for i in range(1, board.count() + 1) if board.audit(i).phase == phase]
        return [there[which % len(there)]] if there else []

    def total(self, seat: int) -> int:
        stake = self.world.vault.seat(seat)
        return int(stake.free + stake.locked)

    def qualifies(self, seat: int) -> bool:
        staying = self.total(seat) - self.world.vault.unbonding(seat)[0]
        jailed = self.world.vault.seat(seat).jailedUntil
        return bool(staying >= self.world.vault.minimumStake() and self.world.evm.number >= jailed)

    def is_oracle(self, who: Account) -> bool:
        return bool(self.world.membership.hasRole(self.world.membership.ORACLE(), who))

    def leave(self) -> None:
        """Ends every audit and takes everything out."""
        board, vault, evm = self.world.board, self.world.vault, self.world.evm
        evm.mine(UNBONDING_BLOCKS + 1)
        for audit in range(1, board.count() + 1):
            if board.audit(audit).phase == REQUESTED:
                self.succeeds(board.expire, audit)
            if board.audit(audit).phase == OPEN:
                self.succeeds(self.rounds[audit].close)
            if board.audit(audit).phase == DECIDED:
                self.rounds[audit].end_dispute()
                self.succeeds(board.finalize, audit)
        for seat in SEATS:
            self.succeeds(vault.unbond, self.total(seat), sender=self.world.oracles[seat])
        evm.mine(UNBONDING_BLOCKS + 1)
        for seat in SEATS:
            if self.total(seat):
                self.succeeds(vault.release, sender=self.world.oracles[seat])
        for account in self.people:
            if vault.owed(account):
                self.succeeds(vault.withdraw, sender=account)
        assert self.world.token.balanceOf(vault.address) == 0
