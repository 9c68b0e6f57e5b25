"""The disputes of the random network: refutations, demands, rebuttals, and bonds of tables.

A part of `network.Network`, which says what its moves are for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from assay_chain.lanes import unpack
from assay_oracles.protocol.consensus import Verdict, Vote
from hypothesis import strategies as st

from tests.contracts.harness.accounts import ZERO, Account
from tests.contracts.harness.disputes import LIE, SALT, Disputed, Fault, false_file, honest_file
from tests.contracts.harness.play import Round
from tests.contracts.harness.tables import PENDING, REFUTED, REJECTED, VERIFIED, Tables
from tests.contracts.harness.terms import DECIDED
from tests.contracts.harness.world import ANSWER_BLOCKS, DEMAND_BOND, TABLE_BOND, World

WATCHER = Account.named("watcher")
FILES = (honest_file, honest_file, honest_file, honest_file, honest_file, false_file, false_file)
DISPUTES = [
    "demand",
    "demand",
    "answer",
    "answer",
    "answer",
    "expire_demand",
    "refute",
    "rebut",
    "rebut",
    "rebut",
    "retire",
    "settle_bond",
]
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Quarrels:
    """What needs the tables' files."""

    world: ClassVar[World]
    files: ClassVar[dict[bytes, Disputed]]
    lies: ClassVar[set[bytes]]
    tables: ClassVar[list[bytes]]
    live: list[int]
    rounds: dict[int, Round]
    votes: dict[int, dict[int, Vote]]
    standing: dict[bytes, tuple[int, int]]
    succeeds: Callable[..., Any]
    refused: Callable[..., None]

    @classmethod
    def publish(cls, tables: Tables) -> None:
        """True tables and false ones."""
        cls.world.fund(WATCHER)
        disputed = [Disputed(tables, make(tables)) for make in FILES]
        cls.files = {each.id: each for each in disputed}
        cls.tables = list(cls.files)
        cls.lies = {each.id for each, make in zip(disputed, FILES, strict=True) if make is false_file}

    def begin(self) -> None:
        """No demand yet, every bond in the vault."""
        self.awaited: set[tuple[bytes, int]] = set()
        self.holding, self.retired = set(self.tables), dict[bytes, int]()
        self.rebutted: set[int] = set()

    def quarrel(self, draw: Draw) -> None:
        """One of the calls about a table."""
        act, table = draw(st.sampled_from(DISPUTES)), self.files[draw(st.sampled_from(self.tables))]
        getattr(self, act)(table, draw)

    def demand(self, table: Disputed, draw: Draw) -> None:
        row = draw(st.integers(1, 3))
        known = self.world.tables.demandOf(table.id, row).deadline
        if self.standing[table.id][0] not in (PENDING, VERIFIED) or table.id not in self.holding:
            self.refused("NotDemandable", table.demand, row, WATCHER)
        elif known:
            self.refused("AlreadyDemanded", table.demand, row, WATCHER)
        else:
            self.succeeds(table.demand, row, WATCHER)
            self.awaited.add((table.id, row))

    def answer(self, table: Disputed, draw: Draw) -> None:
        row = draw(st.sampled_from([row for id_, row in self.awaited if id_ == table.id] or [1]))
        if (table.id, row) not in self.awaited:
            self.refused("NoDemand", table.answer, row, self.world.supplier)
        elif self.world.evm.number > self.world.tables.demandOf(table.id, row).deadline:
            self.refused("AnswerTooLate", table.answer, row, self.world.supplier)
        else:
            self.succeeds(table.answer, row, self.world.supplier)
            self.awaited.remove((table.id, row))

    def expire_demand(self, table: Disputed, draw: Draw) -> None:
        row = draw(st.sampled_from([row for id_, row in self.awaited if id_ == table.id] or [1]))
        if (table.id, row) not in self.awaited:
            self.refused("NoDemand", table.expire, row, WATCHER)
            return
        demand, dead = self.world.tables.demandOf(table.id, row), self.standing[table.id][0] == REFUTED
        assert demand.demander != ZERO
        if self.world.evm.number <= demand.deadline and not dead:
            self.refused("StillAnswerable", table.expire, row, WATCHER)
        else:
            self.succeeds(table.expire, row, WATCHER)
            self.awaited.remove((table.id, row))
            self.standing[table.id] = REFUTED, self.standing[table.id][1]

    def refute(self, table: Disputed, draw: Draw) -> None:
        if self.standing[table.id][0] == REFUTED:
            self.refused("TableRefuted", table.refute, LIE, WATCHER)
            return
        commitment = self.world.tables.commitmentOf(WATCHER, table.id, LIE, SALT)
        if not self.world.tables.announcedAt(WATCHER, commitment):  # one whose check held is still good
            self.refused("NotAnnounced", table.refute, LIE, WATCHER)
        self.succeeds(self.world.tables.announce, commitment, sender=WATCHER)
        self.refused("NotAnnounced", table.refute, LIE, WATCHER)
        self.world.evm.mine()
        if table.id in self.lies:
            self.succeeds(table.refute, LIE, WATCHER)
            self.standing[table.id] = REFUTED, self.standing[table.id][1]
        else:
            self.refused("CheckHolds", table.refute, LIE, WATCHER)

    def rebut(self, table: Disputed, draw: Draw) -> None:
        board, call = self.world.board, self.world.tables.rebut
        found = [each for each in self.live if board.audit(each).outcome == Verdict.INVALID]
        audit = draw(st.sampled_from(found)) if found else board.count() + 1
        subject = self.files.get(bytes(board.audit(audit).testSet), table)
        if not found or board.audit(audit).phase != DECIDED or audit in self.rebutted:
            self.refused("NotRebuttable", call, audit, subject.evidence(LIE), sender=WATCHER)
            return
        named = Fault(*unpack(board.result(audit), 8)[:3])
        evidence = subject.evidence(named)
        if subject.id in self.lies and named == LIE:
            self.refused("CheckFails", call, audit, evidence, sender=WATCHER)
        else:
            self.succeeds(call, audit, evidence, sender=WATCHER)
            self.rebutted.add(audit)

    def retire(self, table: Disputed, draw: Draw) -> None:
        call = self.world.tables.retire
        if table.id in self.retired:
            self.refused("AlreadyRetired", call, table.id, sender=self.world.supplier)
        elif not draw(st.integers(0, 2)):
            self.succeeds(call, table.id, sender=self.world.supplier)
            self.retired[table.id] = int(table.state.releaseBlock)

    def settle_bond(self, table: Disputed, draw: Draw) -> None:
        call, number = self.world.tables.settleBond, self.world.evm.number
        state, audit = self.standing[table.id]
        found_false = state == REJECTED and self.world.board.audit(audit).outcome == Verdict.INVALID
        if table.id not in self.holding:
            self.refused("NotBonded", call, table.id)
        elif state == REFUTED or found_false:
            self.succeeds(call, table.id)
            self.holding.remove(table.id)
        elif number <= self.retired.get(table.id, number):
            self.refused("BondNotDue", call, table.id)
        elif any(id_ == table.id for id_, _ in self.awaited):
            self.refused("DemandsOpen", call, table.id)
        else:
            self.succeeds(call, table.id)
            self.holding.remove(table.id)

    # ------------------------------------------------------------------------------------- what other moves ask

    def unauditable(self, table: bytes) -> str | None:
        """Why a request for this table's audit is refused, if it is."""
        if table not in self.standing:
            return None
        refusals = {REJECTED: "TableRejected", REFUTED: "TableRefuted"}
        return refusals.get(self.standing[table][0]) or ("TableRetired" if table in self.retired else None)

    def held_until(self, audit: int) -> int:
        """Last block in which rows that are awaited hold the audit up; 0 if none does."""
        state = self.world.board.audit(audit)
        table = bytes(state.testSet)
        if state.outcome != Verdict.VALUES or table not in self.standing or self.standing[table][0] == REFUTED:
            return 0
        if not any(id_ == table for id_, _ in self.awaited):
            return 0
        last = max(self.world.tables.demandOf(table, row).deadline for row in (1, 2, 3))
        return int(min(last, state.disputeEnd + ANSWER_BLOCKS)) + ANSWER_BLOCKS

    def overruled(self, audit: int, table: bytes, decided: int) -> bool:
        """Whether a decision is void."""
        refuted = self.standing.get(table, (PENDING, 0))[0] == REFUTED
        return (decided == Verdict.VALUES and refuted) or (decided == Verdict.INVALID and audit in self.rebutted)

    def deposited(self) -> int:
        """What the fairness board's bonds must be."""
        return TABLE_BOND * len(self.holding) + DEMAND_BOND * len(self.awaited)

    def end_demands(self) -> None:
        """Ends every demand whose deadline passed, and retires what is not."""
        for id_, row in sorted(self.awaited):
            self.succeeds(self.files[id_].expire, row, WATCHER)
            self.standing[id_] = REFUTED, self.standing[id_][1]
        self.awaited.clear()
        for id_ in self.tables:
            if id_ not in self.retired:
                self.succeeds(self.world.tables.retire, id_, sender=self.world.supplier)

    def settle_bonds(self) -> None:
        """Takes every bond that is left."""
        for id_ in sorted(self.holding):
            self.succeeds(self.world.tables.settleBond, id_)
