"""`AuditBoard`: audits from request to verified metric. Words stay inside; lanes are tuples of raw numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from assay_chain import events
from assay_chain import lanes as packed
from assay_chain.wrappers.audit_types import (
    FAULT_LANES,
    Appealed,
    AppealQuote,
    Audit,
    BoardEvent,
    Committed,
    Decided,
    Expired,
    Finalized,
    Opened,
    Overruled,
    Phase,
    Quote,
    Request,
    Requested,
    Revealed,
    Verdict,
)
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Permit

if TYPE_CHECKING:
    from web3.types import EventData, TxReceipt

    from assay_chain.session import Session

__all__ = [
    "AppealQuote",
    "Appealed",
    "Audit",
    "Board",
    "BoardEvent",
    "Committed",
    "Decided",
    "Expired",
    "Finalized",
    "Opened",
    "Overruled",
    "Phase",
    "Quote",
    "Request",
    "Requested",
    "Revealed",
    "Verdict",
]

_Event = TypeVar("_Event", bound=BoardEvent)


class Board:
    """The network's audits."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("AuditBoard")
        self._policies = Policies(session)
        self._lane_counts: dict[int, int] = {}  # by audit; neither an audit's policy nor a policy's lanes ever change

    @property
    def address(self) -> str:
        """Where the contract is; part of what a commitment covers."""
        return self._contract.address

    # Transactions

    def request(self, request: Request, permit: Permit) -> tuple[int, TxReceipt]:
        """Request and pay an audit. Clients only.

        Returns:
            Its number, and the receipt.
        """
        asked = (
            request.model_id,
            request.policy_id,
            request.test_set,
            request.test_set_uri,
            request.secret_hash,
            request.max_fee,
        )
        receipt = self._session.send(self._contract.functions.request(asked, permit.abi()))
        (event,) = events.in_receipt(self._contract.events.Requested(), receipt)
        return int(event["args"]["auditId"]), receipt

    def open(self, audit_id: int, secret: bytes) -> TxReceipt:
        """Fix the seed and draw the roster; ends the audit with a full refund when too few oracles are eligible."""
        return self._session.send(self._contract.functions.open(audit_id, secret))

    def commit(self, audit_id: int, commitment: bytes) -> TxReceipt:
        """Commit the session's vote. Members of the roster only, once; after an appeal those that it added."""
        return self._session.send(self._contract.functions.commit(audit_id, commitment))

    def reveal(
        self, audit_id: int, voter: str, verdict: Verdict, lanes: Sequence[int], evidence: bytes, salt: bytes
    ) -> TxReceipt:
        """Open a commitment; anyone may do so for its voter. `lanes` are those of the verdict, none for most."""
        words = packed.pack(lanes)
        return self._session.send(self._contract.functions.reveal(audit_id, voter, verdict, words, evidence, salt))

    def close(self, audit_id: int, median: Sequence[int], votes: Sequence[Sequence[int]] = ()) -> TxReceipt:
        """Decide the audit, or expire it when no majority agrees. Anyone, after the reveal phase.

        Args:
            audit_id: the audit.
            median: lower median, lane by lane, of the revealed values when a majority revealed values, of the revealed
                faults when a majority revealed ``INVALID``; else empty.
            votes: the lanes of every such vote in order of position. The contract is told them again only where it kept
                their digest alone: for more than eight lanes.
        """
        words = [packed.pack(vote) for vote in votes] if len(median) > packed.LANES_PER_WORD else []
        return self._session.send(self._contract.functions.close(audit_id, packed.pack(median), words))

    def appeal(self, audit_id: int, permit: Permit) -> TxReceipt:
        """Have more oracles vote on a decided whitebox audit, at the cost of the session's account. Anyone, once."""
        return self._session.send(self._contract.functions.appeal(audit_id, permit.abi()))

    def finalize(self, audit_id: int) -> TxReceipt:
        """Settle a decided audit after the dispute window. Anyone."""
        return self._session.send(self._contract.functions.finalize(audit_id))

    def expire(self, audit_id: int) -> TxReceipt:
        """Refund a request that was not opened in time, less the policy's forfeit. Anyone."""
        return self._session.send(self._contract.functions.expire(audit_id))

    def pause(self) -> TxReceipt:
        """Stop new requests. Gatekeepers only."""
        return self._session.send(self._contract.functions.pause())

    def unpause(self) -> TxReceipt:
        """Allow new requests again. Gatekeepers only."""
        return self._session.send(self._contract.functions.unpause())

    # Reads

    def quote(self, model_id: int, policy_id: int, client: str, block: int) -> Quote:
        """What a request would escrow, and the roster size it pays for."""
        return Quote(*self._read("quote", model_id, policy_id, client, block=block))

    def quote_appeal(self, audit_id: int, appellant: str, block: int) -> AppealQuote:
        """What an appeal would deposit, and the seats it would add.

        Raises:
            Reverted: the audit cannot be appealed; the error's name says why.
        """
        return AppealQuote(*self._read("quoteAppeal", audit_id, appellant, block=block))

    def count(self, block: int) -> int:
        """Number of audits; they are numbered from 1."""
        return int(self._read("count", block=block))

    def paused(self, block: int) -> bool:
        """Whether new requests are stopped."""
        return bool(self._read("paused", block=block))

    def audit(self, audit_id: int, block: int) -> Audit:
        """The state of an audit; of phase ``NONE`` when there is no such audit."""
        phase, outcome, *fields = self._read("audit", audit_id, block=block)
        return Audit(audit_id, Phase(phase), Verdict(outcome), *fields)

    def result(self, audit_id: int, block: int) -> tuple[int, ...]:
        """The decided lanes: of the policy, or those of a fault; empty until decided or when the outcome has none."""
        words = self._read("result", audit_id, block=block)
        return self._lanes(audit_id, self.audit(audit_id, block).outcome, words, block)

    def vote_of(self, audit_id: int, seat: int, block: int) -> bytes:
        """The stored word of a seat: its commitment, then its packed vote, or the vote's digest for wide policies."""
        return bytes(self._read("voteOf", audit_id, seat, block=block))

    def audits_of(self, model_id: int, block: int) -> tuple[int, ...]:
        """Every audit ever requested of a model, oldest first."""
        count = self._read("auditCountOf", model_id, block=block)
        return tuple(int(self._read("auditOf", model_id, index, block=block)) for index in range(count))

    # Events: of one audit or of all, in a range of blocks, both ends included, oldest first

    def requested(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Requested, ...]:
        """Requests."""
        return self._events(Requested, audit_id, from_block, to_block)

    def opened(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Opened, ...]:
        """Seeds and rosters."""
        return self._events(Opened, audit_id, from_block, to_block)

    def committed(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Committed, ...]:
        """Commitments."""
        return self._events(Committed, audit_id, from_block, to_block)

    def revealed(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Revealed, ...]:
        """Votes."""
        return self._events(Revealed, audit_id, from_block, to_block)

    def votes(self, audit: Audit, to_block: int) -> list[Revealed]:
        """Every vote of an audit that was revealed up to a block, in order of position."""
        revealed = self.revealed(audit.id, audit.request_block, to_block)
        return sorted(revealed, key=lambda vote: (audit.added >> vote.seat & 1, vote.seat))

    def decided(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Decided, ...]:
        """Results and their spread."""
        return self._events(Decided, audit_id, from_block, to_block)

    def overruled(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Overruled, ...]:
        """Fairness audits whose decision was shown to be wrong."""
        return self._events(Overruled, audit_id, from_block, to_block)

    def appealed(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Appealed, ...]:
        """Appeals."""
        return self._events(Appealed, audit_id, from_block, to_block)

    def finalized(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Finalized, ...]:
        """Settlements."""
        return self._events(Finalized, audit_id, from_block, to_block)

    def expired(self, audit_id: int | None, from_block: int, to_block: int) -> tuple[Expired, ...]:
        """Ends without a result."""
        return self._events(Expired, audit_id, from_block, to_block)

    def _events(self, kind: type[_Event], audit_id: int | None, from_block: int, to_block: int) -> tuple[_Event, ...]:
        event = self._contract.events[kind.__name__]
        filters = {} if audit_id is None else {"auditId": audit_id}
        entries = self._session.logs(event, from_block, to_block, filters)
        return tuple(kind(**self._fields(entry, to_block)) for entry in entries)

    def _fields(self, entry: EventData, block: int) -> dict[str, Any]:
        fields = events.fields(entry)
        for name in fields.keys() & {"verdict", "outcome"}:
            fields[name] = Verdict(fields[name])
        for name, value in fields.items():
            if isinstance(value, list | tuple):
                verdict = fields["verdict" if name == "words" else "outcome"]
                fields[name] = self._lanes(fields["audit_id"], verdict, value, block)
        if "words" in fields:  # of a vote
            fields["lanes"] = fields.pop("words")
        return fields

    def _lanes(self, audit_id: int, verdict: Verdict, words: Sequence[int], block: int) -> tuple[int, ...]:
        if not words:
            return ()
        if verdict is Verdict.INVALID:
            return packed.unpack(words, len(FAULT_LANES))
        if audit_id not in self._lane_counts:
            policy_id = self.audit(audit_id, block).policy_id
            self._lane_counts[audit_id] = self._policies.lane_count(policy_id, block)
        return packed.unpack(words, self._lane_counts[audit_id])

    def _read(self, function: str, *args: Any, block: int) -> Any:
        return self._session.call(self._contract.functions[function](*args), block)
