"""The parts of a policy, as files declare it and as the chain keeps it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What an audit asks of its oracles."""

    WHITEBOX = 0
    SERVICE = 1
    BOTH = 2
    FAIRNESS = 3


@dataclass(frozen=True)
class LaneSpec:
    """One number of a vote: ``value = (raw - offset) / 10**decimals`` in ``unit``.

    Attributes:
        name: at most 32 ASCII characters, unique within a policy.
        unit: at most 24 ASCII characters.
        decimals: fixed-point digits.
        offset: subtracted from the raw number, so that signed quantities fit.
        maximum: largest admissible raw number.
        tolerance: largest difference between the raw numbers of two honest votes.
        binding: whether every honest vote fills it from the same bytes, so that missing the result by more than twice
            the tolerance is slashed; if not, it counts what came of an oracle's own queries to a service.
    """

    name: str
    unit: str
    decimals: int
    offset: int
    maximum: int
    tolerance: int
    binding: bool = True


@dataclass(frozen=True)
class Terms:
    """What an audit costs, how long it takes and what it is for: `types/PolicyTypes.sol`.

    Amounts are in the token's smallest unit. A fairness audit is refused for a table of fewer than `min_rows` real rows
    or with fewer than `min_cell` rows of a permutation; both are 0 for other kinds.
    """

    kind: Kind
    development: bool
    min_roster: int
    max_roster: int
    commit_blocks: int
    reveal_blocks: int
    dispute_blocks: int
    bond: int
    fee_per_oracle: int
    inspection_fee: int
    stipend: int
    forfeit: int
    min_rows: int
    min_cell: int


@dataclass(frozen=True)
class Length:
    """How long a phase lasts: a number of blocks, or of seconds that each network turns into blocks."""

    blocks: int | None = None
    seconds: int | None = None

    def in_blocks(self, block_seconds: float) -> int:
        """Blocks that last at least as long, at that block time."""
        if self.blocks is not None:
            return self.blocks
        assert self.seconds is not None
        return math.ceil(self.seconds / block_seconds)


@dataclass(frozen=True)
class TermsSpec:
    """Terms before the network's block time is known."""

    development: bool
    min_roster: int
    max_roster: int
    commit: Length
    reveal: Length
    dispute: Length
    bond: int
    fee_per_oracle: int
    inspection_fee: int
    stipend: int
    forfeit: int
    min_rows: int
    min_cell: int


@dataclass(frozen=True)
class PolicySpec:
    """A policy as its file declares it.

    Attributes:
        name: at most 32 ASCII characters.
        kind: what is audited.
        terms: costs and lengths.
        lanes: in the order in which a vote packs them.
        orders: pairs of lane indices: the first lane never exceeds the second.
    """

    name: str
    kind: Kind
    terms: TermsSpec
    lanes: tuple[LaneSpec, ...]
    orders: tuple[tuple[int, int], ...]

    def terms_at(self, block_seconds: float) -> Terms:
        """The terms on a network with that block time."""
        terms = self.terms
        return Terms(
            kind=self.kind,
            development=terms.development,
            min_roster=terms.min_roster,
            max_roster=terms.max_roster,
            commit_blocks=terms.commit.in_blocks(block_seconds),
            reveal_blocks=terms.reveal.in_blocks(block_seconds),
            dispute_blocks=terms.dispute.in_blocks(block_seconds),
            bond=terms.bond,
            fee_per_oracle=terms.fee_per_oracle,
            inspection_fee=terms.inspection_fee,
            stipend=terms.stipend,
            forfeit=terms.forfeit,
            min_rows=terms.min_rows,
            min_cell=terms.min_cell,
        )
