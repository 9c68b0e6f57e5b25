"""Fairness tables as the board has them, and the one that an audit is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assay_chain.errors import MalformedInput, Refused, Usage
from assay_chain.session import Session
from assay_chain.wrappers.board import Board
from assay_chain.wrappers.fairness import Published, Table, Tables, TableState
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policy
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.release import Release


@dataclass(frozen=True)
class Posted:
    """One published table as of one block.

    Attributes:
        table: its state on the board.
        event: how it was published: where its file is, and what the file must say.
        audits: every audit ever requested of it, oldest first.
    """

    table: Table
    event: Published
    audits: tuple[int, ...]

    @property
    def state(self) -> str:
        """`pending`, `verified`, `rejected` or `refuted`."""
        return self.table.state.name.lower()

    @property
    def retired(self) -> bool:
        """Whether its supplier retired it: then it stays in its state, for no audit of it can be requested."""
        return self.table.release_block != 0

    @property
    def false(self) -> bool:
        """Whether oracles or a refuter found it false: what it declares is not to be repeated."""
        return self.table.state in (TableState.REJECTED, TableState.REFUTED)

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows of every permutation: what the supplier declares, until oracles have verified the table."""
        return Params.from_word(self.table.params).counts(self.table.tally)

    @property
    def groups(self) -> int:
        """Number of protected groups."""
        return Params.from_word(self.table.params).groups


class FairnessBoard:
    """Reads the fairness board of one network."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        self._session = session
        self._tables = Tables(session)

    def get(self, table_id: bytes, block: int) -> Posted:
        """One table.

        Raises:
            MalformedInput: nobody published a table of this id.
        """
        table = self._tables.table(table_id, block)
        if table.state is TableState.NONE:
            raise MalformedInput(
                f"there is no table {table_id.hex()} on this network's fairness board",
                code="unknown-table",
                culprit="local",
                hint="`assay fairness board` lists all tables. A file that is on no board: `assay fairness verify`.",
            )
        return self.post([self._tables.published_event(table)], block)[0]

    def of_model(self, model_id: int, block: int) -> list[Posted]:
        """Every table of a model version, oldest first."""
        since = Models(self._session).model(model_id, block).registered_at
        return self.post(self._tables.published(since, block, model_id=model_id), block)

    def all(self, block: int) -> list[Posted]:
        """Every table ever published, oldest first."""
        return self.post(self._tables.published(self._beginning(block), block), block)

    def of_supplier(self, supplier: str, block: int) -> tuple[Published, ...]:
        """How every table of a supplier was published, oldest first."""
        return self._tables.published(self._beginning(block), block, supplier=supplier)

    def to_audit(self, model_id: int, table_id: bytes | None, block: int) -> Posted:
        """The table that an audit of a model is about: the named one, or the newest pending one.

        Raises:
            MalformedInput: there is none.
            Usage: it is of another model.
            Refused: it was found false already, or its supplier retired it.
        """
        if table_id is None:
            return self._newest_pending(model_id, block)
        posted = self.get(table_id, block)
        if posted.table.model_id != model_id:
            raise Usage(
                f"table {table_id.hex()} is of model {posted.table.model_id}, not of model {model_id}",
                code="other-model",
                culprit="local",
                hint=f"`assay fairness board --model {model_id}` lists the tables of the model.",
            )
        if posted.table.state is TableState.REJECTED:
            raise Refused(
                f"audit {posted.table.audit_id} found table {table_id.hex()} false; it cannot be audited again",
                code="table-rejected",
                culprit="supplier",
                hint=f"`assay metrics {model_id} --audit {posted.table.audit_id}` says why; ask the supplier for a new "
                "table.",
            )
        if posted.table.state is TableState.REFUTED:
            raise Refused(
                f"table {table_id.hex()} is refuted; it cannot be audited",
                code="table-refuted",
                culprit="supplier",
                hint=f"`assay fairness refute {table_id.hex()}` shows how; ask the supplier for a new table.",
            )
        if posted.retired:
            raise Refused(
                f"the supplier of table {table_id.hex()} retired it and takes its bond back; it cannot be audited",
                code="table-retired",
                culprit="supplier",
                hint="Ask the supplier for a new table.",
            )
        return posted

    def _newest_pending(self, model_id: int, block: int) -> Posted:
        posted = self.of_model(model_id, block)
        pending = [found for found in posted if found.table.state is TableState.PENDING and not found.retired]
        if pending:
            return pending[-1]
        raise MalformedInput(
            f"none of the {len(posted)} tables of model {model_id} is pending"
            if posted
            else f"the supplier has published no fairness table of model {model_id}",
            code="no-table",
            culprit="local" if posted else "supplier",
            hint="--table ID audits a verified one again; `assay fairness board` lists them."
            if posted
            else "Its supplier publishes one with `assay fairness publish`.",
        )

    def _beginning(self, block: int) -> int:
        """The first block that can have a table: nothing is published before the first model is registered."""
        models = Models(self._session)
        return models.model(1, block).registered_at if models.count(block) else block

    def post(self, events: Iterable[Published], block: int) -> list[Posted]:
        """The tables that were so published, in the same order."""
        published = list(events)
        if not published:
            return []
        audits: dict[bytes, list[int]] = {}
        for request in Board(self._session).requested(None, published[0].block, block):
            audits.setdefault(request.test_set, []).append(request.audit_id)
        return [
            Posted(self._tables.table(event.table_id, block), event, tuple(audits.get(event.table_id, ())))
            for event in published
        ]


def check_minima(posted: Posted, policy: Policy) -> None:
    """Refuse a table that is too small for a policy, before anything is paid.

    Raises:
        Refused: it has too few real rows, or a permutation has; culprit supplier.
    """
    terms = policy.terms
    if reason := Release(terms.min_rows, terms.min_cell).violation(posted.counts):
        raise Refused(
            f"table {posted.table.id.hex()} is too small for the policy {policy.name}: {reason}",
            code="table-too-small",
            culprit="supplier",
            hint="Ask the supplier for a larger table, or choose a policy with lower minima (`assay policy list`).",
        )
