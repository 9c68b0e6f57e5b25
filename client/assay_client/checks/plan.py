"""What a run was asked to do: with the samples and the recorded answers, all that decides its report."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any, Final, Self

import numpy as np
from assay_oracles.audits.evidence.method import Target
from assay_oracles.protocol.hashing import tagged_hash

from .endpoints.info import Info, parse

SCHEMA: Final = "assay/check-plan/1"


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its name (URL or model:DIGEST) and what it says of itself."""

    name: str
    info: Info


@dataclass(frozen=True)
class Plan:
    """A run, before anything was asked.

    Attributes:
        provider: who is under suspicion.
        reference: who it is compared with; None when only an agreement is checked.
        kind: what the reference is: the supplier's service, or a model instantiated here.
        methods: names of the methods that join in the verdict.
        options: values of methods' options by method and name.
        budget: most inputs sent to everyone together, retries included.
        alpha: chance of a wrong accusation, and of a wrong pass.
        prior: probability that P cheats, before the run.
        seed: of everything random, 64 bits.
        pace: mean seconds between two requests, drawn from an exponential law.
        seed_config: from which the supplier starts instances.
        sla: the agreement to check, as in its file.
        data: name, SHA-256 and size of the samples.
        started: ISO 8601 in UTC.
        environment: versions that might matter to a later reader.
        nonce_key: 32 random bytes in hexadecimal, from which nonces are derived: fresh even if a seed is used twice.
    """

    provider: Side
    reference: Side | None
    kind: Target
    methods: tuple[str, ...]
    options: Mapping[str, Mapping[str, str]]
    budget: int
    alpha: float
    prior: float
    seed: int
    pace: float
    seed_config: Mapping[str, Any]
    sla: Mapping[str, Any] | None
    data: Mapping[str, Any]
    started: str
    environment: Mapping[str, str] = field(default_factory=lambda: fingerprint())
    nonce_key: str = field(default_factory=lambda: secrets.token_hex(32))

    def seed_of(self, what: str) -> int:
        """A seed for one use, 64 bits, independent of the others."""
        parts = (self.seed.to_bytes(8, "big"), what.encode())
        return int.from_bytes(tagged_hash("check/seed/v1", *parts)[:8], "big")

    @property
    def shares(self) -> int:
        """Among how many the budget is divided evenly."""
        sla = self.sla or {}
        return len(self.methods) + bool(sla.get("objectives")) + ("robustness" in sla)

    def to_json(self) -> dict[str, Any]:
        """The document that `from_json` reads."""
        document = asdict(self) | {"schema": SCHEMA, "kind": self.kind.value}
        for name, side in (("provider", self.provider), ("reference", self.reference)):
            document[name] = None if side is None else {"name": side.name, "info": side.info.to_json()}
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read a plan; KeyError, TypeError or ValueError when it is none."""
        fields = dict(document)
        if fields.pop("schema") != SCHEMA:
            raise ValueError(f"it is no {SCHEMA}")
        for name in ("provider", "reference"):
            side = fields[name]
            fields[name] = side and Side(side["name"], parse(side["info"], lambda _, what, __: ValueError(what)))
        fields["kind"], fields["methods"] = Target(fields["kind"]), tuple(fields["methods"])
        return cls(**fields)


def fingerprint() -> dict[str, str]:
    """Versions of what computes here."""
    return {
        "assay": version("assay-network"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }
