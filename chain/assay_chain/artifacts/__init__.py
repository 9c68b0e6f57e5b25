"""ABI and bytecode of the contracts, as `python -m assay_chain.build` compiled them from `contracts/`.

They are committed and shipped, so running Assay needs no compiler; a test holds them to the sources.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Artifact:
    """One compiled contract: what deploys it, and what then lies at its address (immutables still zero)."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes

    def to_json(self) -> str:
        """The file's text: sorted, so that equal artifacts are equal files."""
        fields = {
            "contractName": self.name,
            "abi": self.abi,
            "bytecode": "0x" + self.bytecode.hex(),
            "deployedBytecode": "0x" + self.deployed_bytecode.hex(),
        }
        return json.dumps(fields, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Artifact:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        code, deployed = (bytes.fromhex(fields[key].removeprefix("0x")) for key in ("bytecode", "deployedBytecode"))
        return cls(fields["contractName"], fields["abi"], code, deployed)


def names() -> list[str]:
    """Every contract that has an artifact, sorted."""
    files = (entry.name for entry in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))


@cache
def load(name: str) -> Artifact:
    """The artifact of one contract, for example ``"AuditBoard"``. Treat it as read-only: it is cached."""
    return Artifact.from_json((resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
