"""The node's settings: parsed once, checked, frozen."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from assay_chain.errors import Usage

MIB: Final = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one audit may use of this machine. Reaching a limit is nobody's fault but ours: the vote is Unavailable."""

    memory_bytes: int = 4096 * MIB
    """Address space that the computation may add to what the warm worker already maps."""
    cpu_seconds: int = 3600
    """Processor time of one computation."""
    wall_seconds: float = 3600.0
    """Wall-clock time of one computation."""
    file_bytes: int = 256 * MIB
    """Largest file that a computation may write in its own scratch directory."""
    open_files: int = 64
    """Open file descriptors of a computation."""
    artifact_bytes: int = 2048 * MIB
    """Largest artifact that is fetched."""
    cache_bytes: int = 16384 * MIB
    """Disk space of fetched artifacts between two audits."""
    manifest_bytes: int = 1 * MIB
    """Largest manifest that is fetched."""
    fetch_seconds: float = 120.0
    """Time-out of one fetch."""

    def __post_init__(self) -> None:
        """Refuse limits that would stop every audit."""
        for name, value in vars(self).items():
            if value <= 0:
                raise Usage(
                    f"the limit {name} is {value}",
                    code="bad-limit",
                    culprit="local",
                    hint="Every limit is a positive number.",
                )


@dataclass(frozen=True)
class NodeConfig:
    """Everything that a node is told when it starts."""

    network: Path
    """The address book, or the directory that holds it."""
    keystore: Path
    """The oracle's encrypted V3 keystore."""
    password_file: Path
    """A file with the keystore's password."""
    data_dir: Path
    """Where the journal lives. One node a directory; keep it, and keep it private."""
    rpc: str | None = None
    """JSON-RPC endpoint to use in place of the address book's."""
    cache: Path | None = None
    """Where fetched artifacts are kept; `data_dir/artifacts` by default."""
    confirmations: int = 0
    """Blocks behind the newest one at which state counts as settled. 0 suits chains with instant finality (BFT)."""
    poll_seconds: float = 0.5
    """How often to look for a new block."""
    metrics_host: str = "127.0.0.1"
    """Interface of the metrics and readiness endpoint."""
    metrics_port: int = 9464
    """Its port; 0 lets the system choose (the log tells which)."""
    protocols: tuple[str, ...] = ("https", "ipfs", "s3")
    """URI schemes from which artifacts may be fetched. Development books also allow `file`."""
    egress: tuple[str, ...] = ()
    """Networks in CIDR form, beside public addresses, in which audited services may be asked."""
    margin_seconds: float = 5.0
    """How long before the end of the commit phase a vote is committed at the latest, as Unavailable if need be."""
    lag_blocks: int = 5
    """The node is not ready when the newest block it has handled is further behind than this, and 5 seconds."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        if self.confirmations < 0 or self.margin_seconds <= 0 or self.lag_blocks < 1 or self.poll_seconds <= 0:
            raise Usage(
                "confirmations must not be negative; poll_seconds, margin_seconds and lag_blocks must be positive",
                code="bad-settings",
                culprit="local",
                hint="Correct the node's settings.",
            )
        if not self.protocols:
            raise Usage(
                "no artifact protocol is allowed",
                code="bad-settings",
                culprit="local",
                hint="Allow at least one, for example https.",
            )

    @property
    def artifacts(self) -> Path:
        """Directory of fetched artifacts."""
        return self.cache if self.cache is not None else self.data_dir / "artifacts"
