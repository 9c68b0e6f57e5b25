"""The fairness board."""

from __future__ import annotations

from typing import Literal

from .audits import Moment
from .common import Address, Answer, Digest, Document, TxHash


class Estimate(Document):
    """A number with its interval at 95 %."""

    value: float | None
    """Null where undefined."""
    low: float | None
    """Lower end."""
    high: float | None
    """Upper end; null also where there is no bound."""


class Table(Document):
    """One published fairness table."""

    table_id: Digest
    """Its id."""
    model_id: int
    """Whose predictions the rows hold."""
    supplier: Address
    """Who published it."""
    state: Literal["pending", "verified", "rejected", "refuted"]
    """The counts of a pending table are its supplier's word."""
    retired: bool
    """Whether its supplier retired it: no audit of it can be requested any more."""
    audit_id: int | None
    """The audit that verified or rejected it."""
    refuter: Address | None
    """Who refuted it; null for nobody."""
    audits: list[int]
    """Every audit ever requested of it, oldest first."""
    n: int
    """Rows, pads included."""
    groups: int
    """Protected groups."""
    pads: int | None
    """Rows that count for nothing; null when the counts are false."""
    counts: list[int] | None
    """Rows of every permutation k = 4 * group + 2 * actual + predicted; null when they are false."""
    metrics: dict[str, Estimate]
    """Fairness between groups, by name."""
    rates: list[dict[str, Estimate]]
    """Rates of each group, by name."""
    file: Digest
    """SHA-256 of the table's file."""
    uri: str
    """Where the file is found."""
    block: int
    """Block of its publication."""
    tx: TxHash
    """Transaction of its publication."""


class Tables(Answer):
    """A page of tables, newest first."""

    tables: list[Table]
    """At most `limit`."""
    cursor: int | None
    """Give it as `cursor` for the next page; null when this is the last one."""


class TableDetail(Answer):
    """One table."""

    table: Table
    """It."""
    timeline: list[Moment]
    """What happened to it, in the order of the chain."""
