"""What the audit board tells: the state of audits, and its events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

FAULT_LANES: Final = ("kind", "row", "branch")
"""What a vote ``INVALID`` carries, whatever the policy: the first fault of a table (docs/fairness.md, section 6)."""


class Phase(IntEnum):
    """Stored phases; committing and revealing are derived from ``OPEN``, the deadlines and the votes."""

    NONE = 0
    REQUESTED = 1
    OPEN = 2
    DECIDED = 3
    FINAL = 4
    EXPIRED = 5
    OVERTURNED = 6


class Verdict(IntEnum):
    """What a vote says."""

    NONE = 0
    VALUES = 1
    INVALID = 2
    INVALID_SPEC = 3
    UNAVAILABLE = 4


@dataclass(frozen=True)
class Request:
    """What a client asks for.

    Attributes:
        model_id: the registered model version.
        policy_id: the policy that sets lanes, phases and fees.
        secret_hash: keccak256 of the 32-byte secret that opening the audit discloses.
        max_fee: the request is refused when it would cost more.
        test_set: SHA-256 of the client's own test set, or zeros for the one that the manifest declares; the id of the
            table for a fairness audit.
        test_set_uri: where the client's test set is found; empty without one.
    """

    model_id: int
    policy_id: int
    secret_hash: bytes
    max_fee: int
    test_set: bytes = bytes(32)
    test_set_uri: str = ""


@dataclass(frozen=True)
class Quote:
    """What a request would cost now, and the size of the roster that it pays for."""

    fee: int
    roster_size: int


@dataclass(frozen=True)
class Audit:
    """The state of one audit; the fields are those of `types/AuditTypes.sol`.

    Attributes:
        id: its number, from 1.
        phase: ``NONE`` when there is no such audit.
        outcome: the majority's verdict once decided.
        policy_id: the policy cited.
        commit_end: last block of the commit phase.
        reveal_end: last block of the reveal phase.
        dispute_end: last block of the dispute window.
        escrow: what the client paid and has not been settled.
        roster: bitmap of seats: the active ones at the request, the drawn ones from opening on.
        progress: seven masks of 32 bits over positions: the roster's seats ascending, then those added, ascending.
        seed: keccak256 of the client's secret until opened, the audit's seed from then on.
        client: who requested and paid.
        model_id: the audited model version.
        request_block: block of the request.
        test_set: SHA-256 of the client's own test set, or zeros; the id of the table in a fairness audit.
        added: bitmap of the seats that an appeal added; zero without one.
        appellant: who appealed; the zero address when nobody did.
        deposit: what the appellant paid and has not been settled.
    """

    id: int
    phase: Phase
    outcome: Verdict
    policy_id: int
    commit_end: int
    reveal_end: int
    dispute_end: int
    escrow: int
    roster: int
    progress: int
    seed: bytes
    client: str
    model_id: int
    request_block: int
    test_set: bytes
    added: int
    appellant: str
    deposit: int


@dataclass(frozen=True)
class BoardEvent:
    """Common to all events: which audit, in which block and transaction."""

    audit_id: int
    block: int
    tx_hash: bytes


@dataclass(frozen=True)
class Requested(BoardEvent):
    """A client requested and paid an audit."""

    model_id: int
    client: str
    policy_id: int
    escrow: int
    active_mask: int
    test_set: bytes
    test_set_uri: str


@dataclass(frozen=True)
class Opened(BoardEvent):
    """The seed is fixed, the roster drawn and its bonds locked."""

    seed: bytes
    roster: int
    commit_end: int
    reveal_end: int


@dataclass(frozen=True)
class Committed(BoardEvent):
    """A member of the roster committed to a vote."""

    seat: int
    commitment: bytes


@dataclass(frozen=True)
class Revealed(BoardEvent):
    """A commitment was opened; `lanes` are raw numbers: the policy's for values, `FAULT_LANES` for invalid, or none."""

    seat: int
    verdict: Verdict
    lanes: tuple[int, ...]
    evidence: bytes


@dataclass(frozen=True)
class Decided(BoardEvent):
    """A majority agreed. `lowest` and `highest` span the paid votes, lane by lane. Masks are over positions."""

    outcome: Verdict
    result: tuple[int, ...]
    lowest: tuple[int, ...]
    highest: tuple[int, ...]
    paid: int
    slashed: int
    dispute_end: int


@dataclass(frozen=True)
class Finalized(BoardEvent):
    """The dispute window passed; everyone was paid or slashed."""

    paid: int
    slashed: int
    refund: int


@dataclass(frozen=True)
class Overruled(BoardEvent):
    """A fairness audit was shown to be wrong: nobody is paid, and the refuter is owed a bounty of the slashes."""

    refuter: str
    slashed: int
    refund: int
    bounty: int


@dataclass(frozen=True)
class Appealed(BoardEvent):
    """A decision was appealed: the seats of the bitmap `added` vote too, until the new deadlines."""

    appellant: str
    deposit: int
    added: int
    commit_end: int
    reveal_end: int


@dataclass(frozen=True)
class AppealQuote:
    """What an appeal would deposit now, and the bitmap of the seats that it would add."""

    deposit: int
    added: int


@dataclass(frozen=True)
class Expired(BoardEvent):
    """The audit ended without a result."""

    slashed: int
    refund: int
    forfeit: int
