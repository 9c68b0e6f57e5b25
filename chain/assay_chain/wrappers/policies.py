"""`Policies`: the append-only rules that audits cite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay_chain import lanes as packed
from assay_chain.events import in_receipt
from assay_chain.policies.types import Kind, LaneSpec, PolicySpec, Terms
from assay_chain.text import from_bytes, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3.contract.contract import ContractFunction
    from web3.types import TxReceipt

    from assay_chain.session import Session

__all__ = ["Kind", "LaneSpec", "Policies", "Policy", "Terms"]


@dataclass(frozen=True)
class Policy:
    """A policy of the chain; all but `retired` never changes.

    Attributes:
        id: its number, from 1.
        name: what people call it; unique.
        retired: whether it no longer accepts requests.
        terms: costs and lengths.
        lanes: in the order in which a vote packs them.
        orders: pairs of lane indices: the first lane never exceeds the second.
    """

    id: int
    name: str
    retired: bool
    terms: Terms
    lanes: tuple[LaneSpec, ...]
    orders: tuple[tuple[int, int], ...]


class Policies:
    """The network's policies."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("Policies")

    def count(self, block: int) -> int:
        """Number of policies; they are numbered from 1."""
        return int(self._session.call(self._contract.functions.count(), block))

    def get(self, policy_id: int, block: int) -> Policy:
        """One policy.

        Raises:
            Reverted: ``UnknownPolicy``.
        """
        functions, call = self._contract.functions, self._session.call
        name, retired = call(functions.head(policy_id), block)
        terms, lanes = call(functions.terms(policy_id), block), call(functions.lanes(policy_id), block)
        return assemble(policy_id, name, retired, terms, lanes, call(functions.labels(policy_id), block))

    def kind(self, policy_id: int, block: int) -> Kind:
        """What audits under a policy are about.

        Raises:
            Reverted: ``UnknownPolicy``.
        """
        return Kind(self._session.call(self._contract.functions.terms(policy_id), block)[0])

    def by_name(self, name: str, block: int) -> Policy | None:
        """The policy of that name, retired or not, if there is one; names are never used twice."""
        policy_id = self._session.call(self._contract.functions.idOf(to_bytes(name, 32)), block)
        return self.get(policy_id, block) if policy_id else None

    def lane_count(self, policy_id: int, block: int) -> int:
        """Number of lanes of a vote under a policy."""
        return int(self._session.call(self._contract.functions.lanes(policy_id), block)[0])

    def add(self, spec: PolicySpec) -> tuple[int, TxReceipt]:
        """Add a policy; seconds become blocks at the network's block time. Gatekeepers only.

        Returns:
            Its number, and the receipt.
        """
        receipt = self._session.send(self.addition(spec))
        (event,) = in_receipt(self._contract.events.PolicyAdded(), receipt)
        return int(event["args"]["policyId"]), receipt

    def addition(self, spec: PolicySpec) -> ContractFunction:
        """What `add` would send; nothing is sent."""
        terms = spec.terms_at(self._session.book.block_time)
        lanes = (
            len(spec.lanes),
            sum(lane.binding for lane in spec.lanes),
            packed.pack([lane.maximum for lane in spec.lanes]),
            packed.pack([lane.tolerance for lane in spec.lanes]),
            _pack_pairs(spec.orders),
        )
        labels = [(to_bytes(lane.name, 32), to_bytes(lane.unit, 24), lane.decimals, lane.offset) for lane in spec.lanes]
        return self._contract.functions.add(to_bytes(spec.name, 32), tuple(vars(terms).values()), lanes, labels)

    def retire(self, policy_id: int, retired: bool = True) -> TxReceipt:
        """Stop (or resume) new requests under a policy. Gatekeepers only."""
        return self._session.send(self.retirement(policy_id, retired))

    def retirement(self, policy_id: int, retired: bool = True) -> ContractFunction:
        """What `retire` would send; nothing is sent."""
        return self._contract.functions.retire(policy_id, retired)


def assemble(
    policy_id: int,
    name: bytes,
    retired: bool,
    terms: Sequence[Any],
    lanes: Sequence[Any],
    labels: Sequence[Sequence[Any]],
) -> Policy:
    """A policy from what the contract keeps, or was told: the structs of `types/PolicyTypes.sol` as tuples."""
    kind, development, *numbers = terms
    count, binding, maxima, tolerances, orders = lanes
    specs = zip(labels, packed.unpack(maxima, count), packed.unpack(tolerances, count), strict=True)
    return Policy(
        id=policy_id,
        name=from_bytes(name),
        retired=retired,
        terms=Terms(Kind(kind), development, *numbers),
        lanes=tuple(
            LaneSpec(from_bytes(label), from_bytes(unit), decimals, offset, maximum, tolerance, index < binding)
            for index, ((label, unit, decimals, offset), maximum, tolerance) in enumerate(specs)
        ),
        orders=_pairs(orders),
    )


def _pack_pairs(orders: Sequence[tuple[int, int]]) -> list[int]:
    """Pairs of bytes, sixteen to a word from the most significant; (0, 0) is padding."""
    data = b"".join(bytes(pair) for pair in orders)
    return [int.from_bytes(data[start : start + 32].ljust(32, b"\0"), "big") for start in range(0, len(data), 32)]


def _pairs(words: Sequence[int]) -> tuple[tuple[int, int], ...]:
    data = b"".join(word.to_bytes(32, "big") for word in words)
    pairs = zip(data[::2], data[1::2], strict=True)
    return tuple((lesser, greater) for lesser, greater in pairs if lesser != greater)
