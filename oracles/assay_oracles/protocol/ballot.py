"""A vote with everything that is needed to commit to it and to open it again."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from assay_oracles.protocol.commitment import commitment
from assay_oracles.protocol.hashing import tagged_hash
from assay_oracles.protocol.salt import derive_salt


@dataclass(frozen=True)
class Ballot:
    """One oracle's sealed vote on one audit."""

    audit_id: int
    seed: bytes
    """The audit's seed, 32 bytes."""
    verdict: int
    lanes: tuple[int, ...]
    """Raw lane numbers; empty unless the verdict carries values."""
    document: bytes
    """What the vote rests on, canonical JSON; only its digest goes on-chain."""
    evidence: bytes
    """Digest of the document, 32 bytes."""
    salt: bytes
    commitment: bytes


@dataclass(frozen=True)
class Voter:
    """Who votes where. The same voter, audit, seed and finding always give the same ballot."""

    chain_id: int
    board: str
    """Address of the AuditBoard."""
    address: str
    """Address of the oracle."""
    key: bytes = field(repr=False)
    """Its private key, 32 bytes."""

    def seal(
        self, audit_id: int, seed: bytes, verdict: int, lanes: Sequence[int], words: Sequence[int], document: bytes
    ) -> Ballot:
        """Derive the salt and commit to a vote (design section 2, rule 2); `words` are the packed `lanes`."""
        salt = derive_salt(self.key, self.chain_id, self.board, audit_id, seed)
        evidence = tagged_hash("evidence/1", document)
        committed = commitment(self.chain_id, self.board, audit_id, self.address, verdict, words, evidence, salt)
        return Ballot(audit_id, seed, verdict, tuple(lanes), document, evidence, salt, committed)
