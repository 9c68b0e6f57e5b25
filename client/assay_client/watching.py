"""Where an audit stands, and following it until it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assay_chain.errors import Inconclusive, MalformedInput
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Phase, Verdict
from assay_chain.wrappers.fairness import Tables, TableState
from assay_chain.wrappers.policies import Kind, Policies
from assay_oracles.protocol.roster import Progress, members, seats
from assay_oracles.protocol.round import Round, Stage

ENDED = frozenset({Stage.FINAL, Stage.EXPIRED, Stage.OVERTURNED})


@dataclass(frozen=True)
class Status:
    """One audit as of one block.

    Attributes:
        audit_id, model_id, policy_id: numbers, from 1.
        client: who requested and paid.
        kind: what is audited.
        test_set: SHA-256 of the client's own test set, or None for what the supplier published.
        table: id of the fairness table that is audited; None for other kinds.
        refuted: whether that table is refuted, which overturns whoever verified it.
        stage: what can happen next; `outcome` says how it was decided.
        outcome: the majority's verdict; `Verdict.NONE` while undecided and for expired audits.
        roster: seats that take part, ascending, those that an appeal added last; before the draw, those that may be
            drawn.
        committed, revealed: how many of them did.
        deadline_block: last block of the stage; None when time does not end it.
        request_block: block of the request.
        block: the block that this describes.
        added: seats that an appeal added, ascending; empty without one.
        appellant: who appealed, if anybody did.
    """

    audit_id: int
    model_id: int
    policy_id: int
    client: str
    kind: Kind
    test_set: bytes | None
    table: bytes | None
    refuted: bool
    stage: Stage
    outcome: Verdict
    roster: tuple[int, ...]
    committed: int
    revealed: int
    deadline_block: int | None
    request_block: int
    block: int
    added: tuple[int, ...] = ()
    appellant: str | None = None

    @property
    def blocks_left(self) -> int | None:
        """Blocks until the stage ends, or None when time does not end it."""
        return None if self.deadline_block is None else max(0, self.deadline_block - self.block)

    @property
    def appeal(self) -> Literal["open", "replaced", "confirmed", "undecided"] | None:
        """What came of an appeal: whether its decision replaced or confirmed the first one; None without an appeal."""
        if self.appellant is None:
            return None
        ends: dict[Stage, Literal["replaced", "confirmed", "undecided"]] = {
            Stage.OVERTURNED: "replaced",
            Stage.FINAL: "confirmed",
            Stage.EXPIRED: "undecided",
        }
        return ends.get(self.stage, "open")

    @property
    def ended(self) -> bool:
        """Whether nothing can change any more."""
        return self.stage in ENDED

    @property
    def provisional(self) -> bool:
        """Whether there is a result that the dispute window, or an appeal, could still change."""
        return not self.ended and self.outcome is not Verdict.NONE


def round_of(audit: Audit) -> Round:
    """The audit in the plain numbers of the protocol."""
    return Round(
        phase=audit.phase,
        request_block=audit.request_block,
        commit_end=audit.commit_end,
        reveal_end=audit.reveal_end,
        dispute_end=audit.dispute_end,
        roster=audit.roster,
        progress=Progress.unpack(audit.progress),
        added=audit.added,
    )


def describe(session: Session, audit: Audit, kind: Kind, block: int) -> Status:
    """Describe an audit that was read at `block`, as a transaction in the next block would find it."""
    state = round_of(audit)
    subject = audit.test_set if any(audit.test_set) else None
    return Status(
        audit_id=audit.id,
        model_id=audit.model_id,
        policy_id=audit.policy_id,
        client=audit.client,
        kind=kind,
        test_set=None if kind is Kind.FAIRNESS else subject,
        table=subject if kind is Kind.FAIRNESS else None,
        refuted=kind is Kind.FAIRNESS and Tables(session).table(audit.test_set, block).state is TableState.REFUTED,
        stage=state.stage(block + 1),
        outcome=audit.outcome,
        roster=members(audit.roster, audit.added),
        committed=state.progress.committed.bit_count(),
        revealed=state.progress.revealed.bit_count(),
        deadline_block=state.deadline(block + 1),
        request_block=audit.request_block,
        block=block,
        added=seats(audit.added),
        appellant=audit.appellant if audit.added else None,
    )


def look(session: Session, audit_id: int, block: int) -> Status:
    """Where an audit stands at `block`; raises like `read`."""
    audit = read(session, audit_id, block)
    return describe(session, audit, Policies(session).kind(audit.policy_id, block), block)


def read(session: Session, audit_id: int, block: int) -> Audit:
    """Read an audit at `block`.

    Raises:
        MalformedInput: there is no such audit; culprit local.
    """
    audit = Board(session).audit(audit_id, block) if 0 < audit_id < 1 << 256 else None
    if audit is None or audit.phase is Phase.NONE:
        raise MalformedInput(
            f"there is no audit {audit_id} on this network",
            code="unknown-audit",
            culprit="local",
            hint="`assay audit list` shows the audits of a model",
        )
    return audit


def follow(session: Session, audit_id: int, *, timeout: float | None = None) -> Iterator[Status]:
    """Yield the audit's status at once and whenever it changes, until it ended; polls twice a block.

    Raises:
        Inconclusive: it has not ended after `timeout` seconds.
    """
    started = time.monotonic()
    last: Status | None = None
    while True:
        block = session.head().number
        if last is None or block != last.block:
            last = look(session, audit_id, block)
            yield last
            if last.ended:
                return
        if timeout is not None and time.monotonic() - started > timeout:
            raise Inconclusive(
                f"audit {audit_id} is still {last.stage.value} after {timeout:g} s",
                code="timeout",
                culprit="local",
                hint="wait again with a longer --timeout; if its deadline has passed, `assay audit settle` ends it",
            )
        time.sleep(pause(session))


def pause(session: Session) -> float:
    """Seconds between two looks at the chain: half a block, at least 0.25 s, at most 2 s."""
    return min(2.0, max(0.25, session.book.block_time / 2))
