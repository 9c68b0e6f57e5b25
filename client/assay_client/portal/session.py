"""A session for many readers: every event is fetched once, and every call made once a block."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from assay_chain.session import BlockRef, Session
from assay_chain.wrappers.audit_types import Phase

from .logs import LogIndex

if TYPE_CHECKING:
    from web3.contract.contract import ContractEvent, ContractFunction
    from web3.types import EventData

_BLOCKS: Final = 4
_Answers: TypeAlias = dict[Hashable, Any]
_SETTLED: Final[dict[tuple[str, str], Callable[[Any], bool]]] = {
    ("AuditBoard", "audit"): lambda audit: audit[0] in (Phase.FINAL, Phase.EXPIRED, Phase.OVERTURNED),
    ("AuditBoard", "auditOf"): lambda number: True,
    ("ModelRegistry", "claims"): lambda claims: True,
    ("ModelRegistry", "model"): lambda model: True,
    ("Policies", "labels"): lambda labels: True,
    ("Policies", "lanes"): lambda lanes: True,
    ("Policies", "terms"): lambda terms: True,
    ("Vault", "minimumStake"): lambda amount: True,
    ("Vault", "operatorOf"): lambda operator: int(operator, 16) != 0,
    ("Vault", "treasury"): lambda account: True,
    ("Vault", "unbondingBlocks"): lambda blocks: True,
}
"""By contract and function: whether an answer is one that no later block can change."""


class SharedSession(Session):
    """Reads like any session; what several readers ask of one block is asked of the node once."""

    def __init__(self, *args: Any) -> None:
        """Use `SharedSession.connect`."""
        super().__init__(*args)
        self._index: LogIndex | None = None
        self._settled: dict[Hashable, tuple[int, Any]] = {}  # with the block that it was read at
        self._answers: dict[int, _Answers] = {}
        contracts = self.book.contracts
        self._settles = {(contracts[name], function): test for (name, function), test in _SETTLED.items()}

    def head(self) -> BlockRef:
        """The newest block that counts as settled; events up to it are indexed."""
        head = super().head()
        if not self._logs().follow(head):
            self._settled, self._answers = {}, {}
        return head

    def call(self, fn: ContractFunction, block: int) -> Any:
        """Call a view function on the state after a block, unless the answer is known."""
        key = (fn.address, fn.signature, repr(fn.args))
        since, answer = self._settled.get(key, (block + 1, None))
        if block >= since:
            return answer
        answers = self._of_block(block)
        if key not in answers:
            answers[key] = answer = super().call(fn, block)
            settles = self._settles.get((str(fn.address), str(fn.fn_name)))
            if settles and settles(answer):
                self._settled[key] = block, answer
        return answers[key]

    def logs(
        self, event: ContractEvent, from_block: int, to_block: int, filters: Mapping[str, Any] | None = None
    ) -> list[EventData]:
        """Every such event in a range of blocks, both ends included, oldest first; from the index."""
        return self._logs().find(event, from_block, to_block, filters or {})

    def _of_block(self, block: int) -> _Answers:
        answers = self._answers.get(block)
        if answers is None:
            answers, known = {}, self._answers
            # A new dictionary, never a changed one: other threads may be reading it.
            self._answers = {number: known[number] for number in sorted(known)[1 - _BLOCKS :]} | {block: answers}
        return answers

    def _logs(self) -> LogIndex:
        if self._index is None:
            self._index = LogIndex(self)
        return self._index
