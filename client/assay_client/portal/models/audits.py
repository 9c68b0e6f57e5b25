"""Audits: where they stand, who voted what, and what was found."""

from __future__ import annotations

from typing import Literal

from .common import Address, Amount, Answer, Digest, Document, TxHash
from .policies import Policy

Phase = Literal[
    "requested", "committing", "revealing", "closing", "dispute", "finalizing", "final", "expired", "overturned"
]
Kind = Literal["whitebox", "service", "both", "fairness"]
Outcome = Literal["none", "values", "invalid", "invalid-spec", "unavailable"]
Appeal = Literal["open", "replaced", "confirmed", "undecided"]
ClaimState = Literal["kept", "broken", "undecided"]


class Audit(Document):
    """Where one audit stands."""

    audit_id: int
    """Its number, from 1."""
    model_id: int
    """The audited model version."""
    model: str | None
    """The model's name in its manifest; null while the manifest cannot be read."""
    policy_id: int
    """The policy that sets lanes, phases and fees."""
    policy: str
    """The policy's name."""
    client: Address
    """Who requested and paid."""
    kind: Kind
    """What is audited."""
    table: Digest | None
    """Id of the fairness table; null for other kinds."""
    refuted: bool
    """Whether that table is refuted, whatever oracles found."""
    test_set: Digest | None
    """SHA-256 of the client's own test set; null for what the supplier published."""
    phase: Phase
    """What can happen next."""
    outcome: Outcome
    """The majority's verdict; `none` while undecided and for expired audits."""
    roster: int
    """How many oracles take part; before the draw, how many may be drawn."""
    seats: list[int]
    """Their seats, ascending, those that an appeal added last."""
    added: list[int]
    """The seats that an appeal added, ascending; empty without one."""
    appellant: Address | None
    """Who appealed."""
    appeal: Appeal | None
    """What came of the appeal; null without one."""
    committed: int
    """How many of them committed."""
    revealed: int
    """How many of them revealed."""
    deadline_block: int | None
    """Last block of the phase; null when time does not end it."""
    blocks_left: int | None
    """Blocks until then."""
    seconds_left: float | None
    """The same at the network's block time."""
    request_block: int
    """Block of the request."""


class Audits(Answer):
    """A page of audits, newest first."""

    audits: list[Audit]
    """At most `limit` of those asked for whose details the reader may see."""
    cursor: int | None
    """Give it as `cursor` for the next page; null when this is the last one. A page may hold fewer than `limit`."""


class Ballot(Document):
    """One oracle's part in one audit."""

    seat: int
    """Its permanent seat."""
    oracle: Address
    """Its address."""
    committed: bool
    """Whether it committed."""
    commitment: Digest | None
    """What it committed to."""
    commit_block: int | None
    """The block of the commitment."""
    commit_tx: TxHash | None
    """Its transaction."""
    verdict: Outcome
    """What it revealed; `none` when it did not."""
    reveal_block: int | None
    """The block of the reveal."""
    reveal_tx: TxHash | None
    """Its transaction."""
    evidence: Digest
    """Digest of the voter's evidence document; zeros before the reveal."""
    lanes: dict[str, int]
    """Raw lane numbers by name: value = (raw - offset) / 10^decimals; the policy has both."""
    standing: Literal["paid", "slashed", "neither", "open"]
    """What became of the vote; `open` while that is not decided."""
    joined: Literal["draw", "appeal"]
    """What made it vote."""
    paid: Amount
    """What it earned, once settled."""
    slashed: Amount
    """What it lost, once settled."""


class Moment(Document):
    """Something that happened to an audit or a table."""

    event: str
    """`requested`, `opened`, `committed`, `revealed`, `decided`, ...: the contract's event."""
    block: int
    """Its block."""
    tx: TxHash
    """Its transaction."""
    seat: int | None
    """Whose doing; null for events that are not of one oracle."""


class Metric(Document):
    """A verified number."""

    value: float | None
    """From the decided lanes; null where its denominator is zero."""
    unit: str
    """`ratio`, `nats`, `samples` or `rows`."""
    scale: int
    """Digits after the point that are meaningful."""
    min: float | None
    """Least value: that the spread of the paid votes allows, or at 95 % of a service's shares and a table's rates."""
    max: float | None
    """Greatest such value; null also where it has no bound."""


class Claim(Document):
    """One promise of the supplier and what became of it."""

    metric: str
    """The metric's name."""
    op: Literal[">=", "<="]
    """Direction of the bound."""
    bound: float
    """What was promised, in the metric's unit."""
    tolerance: float
    """The slack that the supplier declared."""
    verified: float | None
    """The verified value."""
    state: ClaimState
    """What became of it."""
    reason: str
    """Why; empty where the numbers say it."""
    audit_id: int | None
    """The audit that it was judged by; null when none measured it."""


class FalseRow(Document):
    """What is false about a fairness table; its supplier is to blame."""

    kind: str
    """Which check fails; docs/fairness.md, section 6."""
    row: int
    """The row, from 1."""
    branch: int
    """The branch of its proof."""
    sentence: str
    """For people."""
    culprit: str
    """`supplier`."""


class TableFinding(Document):
    """What oracles agreed on about a fairness table."""

    table_id: Digest
    """The table."""
    refuted: bool
    """Whether it is refuted, whatever they agreed on."""
    rebutted: bool
    """Whether the fault that they named was shown not to be there."""
    counts: list[int] | None
    """Rows of every permutation k = 4 * group + 2 * actual + predicted; null when the table is refuted."""
    model_counts: list[int] | None
    """The same recomputed from the open model, where the policy compares."""
    differences: list[int] | None
    """Table less model."""
    fault: FalseRow | None
    """What is false."""


class Evenness(Document):
    """Whether all met the same service."""

    p_values: dict[str, float]
    """Chance of counts at least as uneven, by event."""
    uneven: bool
    """Whether they did not, at 5 % together."""


class Objective(Document):
    """One objective of the supplier's agreement."""

    objective: str
    """Its name."""
    op: Literal[">=", "<="]
    """Direction."""
    share: float
    """Share of trials that must meet it."""
    confidence: float
    """Of the interval."""
    successes: int
    """Trials that did."""
    trials: int
    """Trials."""
    interval: list[float]
    """Clopper-Pearson, both ends."""
    state: ClaimState
    """What became of it."""
    reason: str
    """Why."""


class ServiceFinding(Document):
    """What an audit found about a service."""

    oracles: int
    """Whose counts are pooled."""
    asked: int
    """Their queries."""
    answered: int
    """Those answered."""
    evenness: dict[str, Evenness]
    """Between `oracles`, and between `halves` of their runs."""
    objectives: list[Objective]
    """Of the supplier's agreement."""


class Finding(Document):
    """What an audit verified."""

    audit_id: int
    """The audit."""
    model_id: int
    """The model version."""
    block: int
    """As of this block."""
    state: Literal["final", "provisional", "overturned"]
    """Provisional until the dispute window has passed."""
    outcome: Outcome
    """The majority's verdict."""
    appeal: Appeal | None
    """What came of an appeal; null without one."""
    kind: Kind
    """What was audited."""
    test_set: Digest | None
    """The client's own test set, if any."""
    table: TableFinding | None
    """What was found about the table of a fairness audit."""
    audits: int
    """How many audits of this model were ever requested: none is hidden."""
    metrics: dict[str, Metric]
    """By name; empty unless the outcome is `values`."""
    claims: list[Claim]
    """Every claim of the model version."""
    service: ServiceFinding | None
    """What was found about the service."""
    voters: list[Address]
    """The oracles whose votes carry the outcome."""


class Settlement(Document):
    """How the money of an audit went."""

    event: Literal["finalized", "expired", "overruled"]
    """What settled it."""
    block: int
    """When."""
    tx: TxHash
    """The transaction."""
    paid: Amount
    """To oracles, in all."""
    slashed: Amount
    """From oracles to the treasury, in all."""
    refund: Amount
    """To the client."""
    forfeit: Amount
    """Kept of the client's payment, because it never opened its request."""


class AuditDetail(Answer):
    """One audit's full evidence."""

    audit: Audit
    """Where it stands."""
    policy: Policy
    """The rules that it follows; lanes in the order of every ballot's."""
    seed: Digest | None
    """The audit's seed; null until it is opened."""
    escrow: Amount
    """What the client paid."""
    test_set_uri: str | None
    """Where the client's own test set is found."""
    ballots: list[Ballot]
    """One a member of the roster, by seat; empty before the draw."""
    finding: Finding | None
    """What was decided; null before."""
    problem: str | None
    """Why the finding cannot be shown although there is one: what it needs cannot be fetched."""
    settlement: Settlement | None
    """How the money went; null before."""
    timeline: list[Moment]
    """What happened, in the order of the chain."""
