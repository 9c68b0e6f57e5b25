"""What the node found out about an audited model or table, and how a vote is made of it."""

import json
from dataclasses import dataclass
from typing import Self

from assay_chain.errors import AssayError, PeerUnreachable

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.protocol.consensus import Verdict


@dataclass(frozen=True)
class Finding:
    """A verdict with its lanes or its reason."""

    verdict: Verdict
    lanes: tuple[tuple[str, int], ...] = ()
    """Raw lane numbers with their names: the policy's in its order for VALUES, those of a fault for INVALID."""
    code: str = ""
    """Why there are no values, in kebab case."""
    culprit: str = ""
    message: str = ""
    transient: bool = False
    """Whether trying again soon may find more: a peer could not be reached."""

    @classmethod
    def invalid_spec(cls, error: SpecError) -> Self:
        """The published bytes can never be audited, whoever tries."""
        return cls(Verdict.INVALID_SPEC, code=error.code, culprit=error.culprit, message=error.message)

    @classmethod
    def invalid(cls, fault: Fault) -> Self:
        """The table is false; its supplier is bound to the row that shows it."""
        lanes = (("kind", int(fault.kind)), ("row", fault.row), ("branch", fault.branch))
        message = f"row {fault.row}: {fault}"
        return cls(Verdict.INVALID, lanes, code="false-row", culprit="supplier", message=message)

    @classmethod
    def unavailable(cls, error: AssayError) -> Self:
        """This node, now, cannot tell."""
        transient = isinstance(error, PeerUnreachable)
        return cls(
            Verdict.UNAVAILABLE, code=error.code, culprit=error.culprit, message=error.message, transient=transient
        )

    @property
    def raw(self) -> tuple[int, ...]:
        """The lane numbers alone."""
        return tuple(number for _, number in self.lanes)

    def document(self, audit_id: int, seed: bytes, manifest: bytes, test_set: bytes | None) -> bytes:
        """The evidence: canonical JSON (sorted keys, no blanks) that any node with the same finding writes alike.

        `test_set` is the table's id in a fairness audit.

        The reason of an UNAVAILABLE vote stays out of it: it is this machine's, and so there is one such vote an audit,
        which can be opened even without the journal.
        """
        given = self.verdict is Verdict.INVALID_SPEC
        content = {
            "schema": "assay/evidence/1",
            "audit": audit_id,
            "seed": seed.hex(),
            "manifest": manifest.hex(),
            "test_set": test_set.hex() if test_set else None,
            "verdict": self.verdict.name,
            "lanes": dict(self.lanes),
            "reason": {"code": self.code, "culprit": self.culprit} if given else None,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
