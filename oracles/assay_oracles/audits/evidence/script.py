"""A method written as a generator: it yields queries and receives the replies, so its code reads from top to bottom."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from typing import TypeVar

from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target

Script = Generator[Query, Answer | Failure, None]
T = TypeVar("T")


class Scripted(ABC):
    """`ask` and `tell` for a `_script`; what the replies mean is state that the script keeps for `result`."""

    def __init__(self) -> None:
        """Nothing is asked before the first `ask`."""
        self.queries: Counter[Target] = Counter()
        self._steps = self._script()
        self._next: Query | None = None
        self._started = self._waiting = False

    @abstractmethod
    def _script(self) -> Script:
        """Yield every query in turn; return when nothing more would be learnt."""

    def ask(self) -> Query | None:
        """See `Method`."""
        assert not self._waiting, "the last query has no reply yet"
        if not self._started:
            self._started, self._next = True, next(self._steps, None)
        self._waiting = self._next is not None
        return self._next

    def tell(self, reply: Answer | Failure) -> None:
        """See `Method`."""
        assert self._waiting, "nothing was asked"
        assert self._next is not None
        self._waiting = False
        self.queries[self._next.target] += len(self._next.inputs)
        try:
            self._next = self._steps.send(reply)
        except StopIteration:
            self._next = None


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in their order, `size` at a time, the last ones perhaps fewer."""
    return (items[start : start + size] for start in range(0, len(items), size))
