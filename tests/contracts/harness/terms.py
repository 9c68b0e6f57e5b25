"""Policies as tests write them: lanes as plain numbers, sensible terms, every field replaceable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assay_chain.lanes import pack

UNIT = 10**18
WHITEBOX, SERVICE, BOTH, FAIRNESS = range(4)
REQUESTED, OPEN, DECIDED, FINAL, EXPIRED, OVERTURNED = range(1, 7)


class Terms(NamedTuple):
    """`Terms` of types/PolicyTypes.sol, in its order; all amounts differ, so that a mix-up shows."""

    kind: int = WHITEBOX
    development: bool = True
    min_roster: int = 3
    max_roster: int = 31
    commit_blocks: int = 20
    reveal_blocks: int = 15
    dispute_blocks: int = 10
    bond: int = 100 * UNIT
    fee_per_oracle: int = 10 * UNIT + 7
    inspection_fee: int = 4 * UNIT + 3
    stipend: int = 1 * UNIT + 1
    forfeit: int = 2 * UNIT + 5
    min_rows: int = 0
    min_cell: int = 0


@dataclass(frozen=True)
class PolicySpec:
    """One policy before it is added; lane i has `maxima[i]`, `tolerances[i]`; `orders` are (lesser, greater) pairs."""

    name: str = "narrow"
    terms: Terms = field(default_factory=Terms)
    maxima: Sequence[int] = (10_000,) * 6 + (2**32 - 1,) * 2
    tolerances: Sequence[int] = (0, 0, 0, 10, 10, 10, 50, 50)
    orders: Sequence[tuple[int, int]] = ((0, 1), (1, 2))
    binding: int | None = None
    """All lanes by default."""

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return len(self.maxima)

    def arguments(self) -> tuple[Any, ...]:
        """What `Policies.add` takes."""
        labels = [(f"lane-{i}".encode().ljust(32, b"\0"), b"count".ljust(24, b"\0"), 0, 0) for i in range(self.lanes)]
        binding = self.lanes if self.binding is None else self.binding
        lanes = (self.lanes, binding, pack(self.maxima), pack(self.tolerances), pack_orders(self.orders))
        return self.name.encode().ljust(32, b"\0"), tuple(self.terms), lanes, labels


def fairness(name: str = "fairness", **changes: Any) -> PolicySpec:
    """A policy for tables of two groups: eight counts and a digest, two words."""
    terms = Terms(**{"kind": FAIRNESS, "min_rows": 2, **changes})
    return PolicySpec(name, terms, maxima=(2**31 - 1,) * 8 + (2**32 - 1,), tolerances=(0,) * 9, orders=())


def pack_orders(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Sixteen pairs of bytes to a word, from the most significant; zero pairs are padding."""
    data = b"".join(bytes(pair) for pair in pairs)
    data += b"\0" * (-len(data) % 32)
    return tuple(int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32))


def wide(lanes: int = 20, **changes: Any) -> PolicySpec:
    """A policy whose votes take more than one word."""
    return PolicySpec(
        name="wide",
        terms=Terms(**changes),
        maxima=(10_000,) * lanes,
        tolerances=(10,) * lanes,
        orders=(),
    )
