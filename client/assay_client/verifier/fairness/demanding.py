"""Asking for rows of a table that cannot be had, and showing those that somebody asked for (design section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay_chain.amounts import format_amount
from assay_chain.errors import Refused, Reverted
from assay_chain.session import Session
from assay_chain.wrappers.disputes import Demand, Demanded, Disputes
from assay_chain.wrappers.fairness import Published, Tables, TableState
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.refute import openings
from assay_oracles.node.published import record_of

from assay_client.specs import malformed

from . import showing
from .checking import table_file
from .refuting import settle_bond


@dataclass(frozen=True)
class Asked:
    """One demand as of one block.

    Attributes:
        row: that was asked for.
        demand: its state on the board; without a demander and unanswered when it expired.
        refuted: whether its table is refuted.
        block: as of when.
    """

    row: int
    demand: Demand
    refuted: bool
    block: int

    @property
    def state(self) -> str:
        """`refuted`, `answered` or `awaited`."""
        return "refuted" if self.refuted else "answered" if self.demand.answered else "awaited"

    @property
    def overdue(self) -> bool:
        """Whether nobody can answer it any more, and nobody has ended it."""
        return self.demand.demander is not None and self.block > self.demand.deadline


def look(session: Session, table_id: bytes, row: int, block: int) -> Asked:
    """Where the demand for a row stands."""
    state = Tables(session).table(table_id, block).state
    return Asked(row, Disputes(session).demand_of(table_id, row, block), state is TableState.REFUTED, block)


def demand(session: Session, table_id: bytes, row: int) -> Asked:
    """Ask for a row as the session's account, which deposits the bond; what was asked before is not asked again.

    Raises:
        Refused: the account has less than the bond, or the board takes no demand for this row.
    """
    assert session.account is not None, "a demand is signed"
    disputes, block = Disputes(session), session.latest().number
    before = look(session, table_id, row, block)
    if before.demand.deadline or before.refuted:
        return before
    bond = disputes.demand_bond(block)
    balance = Token(session).balance_of(session.account.address, block)
    if balance < bond:
        raise Refused(
            f"{session.account.address} has {format_amount(balance)}, less than the bond of {format_amount(bond)}",
            code="insufficient-funds",
            culprit="local",
            hint="Whoever answers is paid with it; unanswered, it comes back. Get tokens from the treasury.",
        )
    disputes.demand(table_id, row, Vault(session).permit(bond))
    return look(session, table_id, row, session.latest().number)


def expire(session: Session, asked: Asked, table_id: bytes) -> Asked:
    """End an overdue demand: the table is refuted, its bond paid out. Nothing happens when somebody did before."""
    try:
        Disputes(session).expire_demand(table_id, asked.row)
    except Reverted as error:
        if error.name != "NoDemand":
            raise
    settle_bond(session, table_id)
    return look(session, table_id, asked.row, session.latest().number)


def awaited(session: Session, block: int) -> list[Demanded]:
    """Every demand that can still be answered, the most urgent first."""
    models = Models(session)
    if not models.count(block):
        return []
    disputes, since = Disputes(session), models.model(1, block).registered_at
    asked = disputes.demanded(since, block)
    live = [event for event in asked if event.deadline > block]
    return sorted(
        (event for event in live if disputes.demand_of(event.table_id, event.row, block).demander),
        key=lambda event: event.deadline,
    )


def answer(session: Session, event: Published, row: int, path: Path) -> bytes:
    """Show a row that was asked for, out of its table's file; return the transaction.

    Raises:
        MalformedInput: the file does not hold the rows that were published.
        Refused: nobody waits for the row, or it is too late.
    """
    try:
        with table_file(path) as stream:
            (opening,) = openings(stream, record_of(event), row)
    except SpecError as error:
        raise malformed(error, path) from error
    receipt = Disputes(session).answer(event.table_id, showing.opening(opening), opening.row.branches)
    return bytes(receipt["transactionHash"])
