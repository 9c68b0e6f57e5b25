"""What one request reads: one block of the chain, and nothing of any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay_chain.errors import Refused
from assay_chain.session import BlockRef
from assay_chain.wrappers.policies import Kind, Policies
from assay_chain.wrappers.policies import Policy as ChainPolicy

from assay_client.documents.audits import status_json
from assay_client.documents.policies import policy_json
from assay_client.watching import Status, describe, read

from .models.audits import Audit
from .models.common import Block
from .models.policies import Policy
from .session import SharedSession
from .shelf import Shelf


@dataclass(frozen=True)
class Reading:
    """The chain as of one block.

    Attributes:
        session: reads the chain.
        shelf: has the models' manifests.
        head: the block.
        sees: whether the reader may see the details of an audit.
    """

    session: SharedSession
    shelf: Shelf
    head: BlockRef
    sees: Callable[[int], bool]

    @property
    def block(self) -> int:
        """The block's number."""
        return self.head.number

    @property
    def as_of(self) -> Block:
        """The block, for the answer."""
        return Block(number=self.head.number, hash=f"0x{self.head.hash.hex()}", time=self.head.timestamp)

    def status(self, audit_id: int) -> Status:
        """Where an audit stands.

        Raises:
            MalformedInput: there is no such audit.
            Refused: its details are not for this reader.
        """
        if not self.sees(audit_id):
            raise Refused(
                f"the details of audit {audit_id} are for those whom it concerns",
                code="audit-hidden",
                culprit="client",
                hint="Ask its client, or a gatekeeper.",
            )
        found = read(self.session, audit_id, self.block)
        return describe(self.session, found, self.kind(found.policy_id), self.block)

    def show(self, status: Status) -> Audit:
        """A status with the names and times that people want."""
        left = status.blocks_left
        return Audit.model_validate(
            {
                **status_json(status),
                "model": self.shelf.get(status.model_id, self.block).name,
                "policy": self.policy(status.policy_id).name,
                "blocks_left": left,
                "seconds_left": None if left is None else left * self.session.book.block_time,
            }
        )

    def kind(self, policy_id: int) -> Kind:
        """What audits under a policy are about."""
        return Policies(self.session).kind(policy_id, self.block)

    def policy(self, policy_id: int) -> ChainPolicy:
        """A policy.

        Raises:
            Reverted: there is none of that number.
        """
        return Policies(self.session).get(policy_id, self.block)

    def audits_where(self, *, model_id: int | None = None, client: str | None = None) -> list[tuple[int, int]]:
        """Number and policy of every audit that was requested, of a model or by a client, oldest first."""
        wanted = {"modelId": model_id, "client": client}
        event = self.session.contract("AuditBoard").events.Requested
        filters = {name: value for name, value in wanted.items() if value is not None}
        entries = self.session.logs(event, 0, self.block, filters)
        return [(entry["args"]["auditId"], entry["args"]["policyId"]) for entry in entries]


def show_policy(policy: ChainPolicy) -> Policy:
    """A policy for the answer."""
    return Policy.model_validate(policy_json(policy))
