"""Artifacts of strangers, fetched by digest within this node's limits and kept for the next audit."""

import os
from dataclasses import dataclass
from pathlib import Path

from assay_chain import store
from assay_chain.errors import Culprit, Refused
from assay_chain.store.reading import protocol_of

from assay_oracles.node.config import Limits, NodeConfig


@dataclass(frozen=True)
class Artifacts:
    """Where this node's copies are, and what it may fetch."""

    cache: Path
    protocols: tuple[str, ...]
    limits: Limits

    @classmethod
    def of(cls, config: NodeConfig, development: bool) -> "Artifacts":
        """As a node is configured; a development network also allows this machine's file system."""
        protocols = (*config.protocols, "file") if development else config.protocols
        return cls(config.artifacts, protocols, config.limits)

    def fetch(self, uri: str, digest: bytes, max_bytes: int | None = None, culprit: Culprit = "supplier") -> Path:
        """A local copy with the right digest, of at most `max_bytes` (the limit of artifacts by default).

        Raises:
            Refused: this node does not fetch from there, or the artifact is too large.
            PeerUnreachable, MalformedInput: see `store.fetch`.
        """
        if protocol_of(uri, culprit) not in self.protocols:
            raise Refused(
                f"this node does not fetch artifacts from {uri[:100]!r}",
                code="protocol-not-allowed",
                culprit=culprit,
                hint=f"It fetches only from {', '.join(self.protocols)}.",
            )
        path = store.fetch(
            uri,
            digest,
            max_bytes=max_bytes or self.limits.artifact_bytes,
            cache=self.cache,
            timeout=self.limits.fetch_seconds,
            culprit=culprit,
        )
        os.utime(path)  # the least recently used ones go first, see `prune`
        return path

    def prune(self) -> None:
        """Remove the least recently used artifacts until the rest fits the cache."""
        files = [(path, path.stat()) for path in self.cache.glob("*") if path.is_file()]
        excess = sum(stat.st_size for _, stat in files) - self.limits.cache_bytes
        for path, stat in sorted(files, key=lambda file: file[1].st_mtime):
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= stat.st_size
