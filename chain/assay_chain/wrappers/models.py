"""`ModelRegistry`: model versions and what their suppliers claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from assay_chain.events import in_receipt
from assay_chain.text import from_bytes, to_bytes

if TYPE_CHECKING:
    from web3.types import TxReceipt

    from assay_chain.session import Session


class Op(IntEnum):
    """How a claimed metric relates to its bound."""

    AT_LEAST = 0
    AT_MOST = 1


@dataclass(frozen=True)
class Claim:
    """A supplier's promise about one verified metric.

    Attributes:
        metric: its name, at most 32 ASCII characters.
        op: direction of the bound.
        bound_micro: in millionths of the metric's unit.
        tolerance_micro: slack granted to the supplier, in the same unit.
    """

    metric: str
    op: Op
    bound_micro: int
    tolerance_micro: int


@dataclass(frozen=True)
class Model:
    """One immutable version of a model.

    Attributes:
        id: its number, from 1.
        owner: the supplier that registered it.
        supersedes: the version it replaces, or 0.
        registered_at: block of registration.
        manifest: SHA-256 of the manifest's bytes.
        uri: where the manifest is found.
        claims: the supplier's promises.
    """

    id: int
    owner: str
    supersedes: int
    registered_at: int
    manifest: bytes
    uri: str
    claims: tuple[Claim, ...]


class Models:
    """Registered model versions."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("ModelRegistry")

    def count(self, block: int) -> int:
        """Number of model versions; they are numbered from 1."""
        return int(self._session.call(self._contract.functions.count(), block))

    def model(self, model_id: int, block: int) -> Model:
        """One model version with its claims.

        Raises:
            Reverted: ``UnknownModel``.
        """
        functions = self._contract.functions
        owner, supersedes, registered_at, manifest, uri = self._session.call(functions.model(model_id), block)
        claims = tuple(
            Claim(from_bytes(metric), Op(op), bound, tolerance)
            for metric, op, bound, tolerance in self._session.call(functions.claims(model_id), block)
        )
        return Model(model_id, owner, supersedes, registered_at, bytes(manifest), uri, claims)

    def id_of(self, owner: str, manifest: bytes, block: int) -> int | None:
        """The version that an owner registered for a manifest, if any."""
        return int(self._session.call(self._contract.functions.idOf(owner, manifest), block)) or None

    def registration(self, model: Model) -> str:
        """The transaction that registered a model version, as 0x-prefixed hex."""
        event, block = self._contract.events.ModelRegistered, model.registered_at
        (entry,) = self._session.logs(event, block, block, {"modelId": model.id})
        return entry["transactionHash"].to_0x_hex()

    def register(
        self, manifest: bytes, uri: str, claims: Sequence[Claim] = (), *, supersedes: int = 0
    ) -> tuple[int, TxReceipt]:
        """Register a model version; see `Model` for the parameters. Suppliers only.

        Returns:
            Its number, and the receipt.

        Raises:
            MalformedInput: a claim's metric is no short ASCII text.
            Reverted: among others ``NotSupplier``, ``AlreadyRegistered``, ``NotOwner``, ``BadModel``.
        """
        packed = [(to_bytes(claim.metric, 32), claim.op, claim.bound_micro, claim.tolerance_micro) for claim in claims]
        receipt = self._session.send(self._contract.functions.register(manifest, uri, supersedes, packed))
        (event,) = in_receipt(self._contract.events.ModelRegistered(), receipt)
        return int(event["args"]["modelId"]), receipt
