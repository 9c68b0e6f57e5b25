"""The pinned npm compiler, driven through py-solc-x.

The settings are part of what is deployed: the London EVM is the level that every permissioned client has, and leaving
the source hash out of the bytecode makes it a function of the code alone. More optimizer runs would save half a percent
of an audit's gas, none of a refutation's, and inline the audit board beyond the 24,576 bytes that a contract may have.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import solcx

from assay_chain.artifacts import Artifact

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
SHIM = CONTRACTS / "solc-shim.cjs"

_SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 500},
    "viaIR": True,
    "evmVersion": "london",
    "metadata": {"bytecodeHash": "none"},
}
_OUTPUT = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]


def compile_contracts() -> dict[str, Artifact]:
    """The contracts of the project by name: one for each file directly in `contracts/`."""
    return _compile(_read(CONTRACTS, ""), {})


def compile_sources(extra_roots: Iterable[Path], *, cache: Path | None = None) -> dict[str, Artifact]:
    """Contracts in further folders (the tests' own), by name.

    Such a source imports the project's by their path below `contracts/`, for example
    ``import {Seats} from "libraries/Seats.sol";``. Interfaces and abstract contracts are left out.

    Args:
        extra_roots: folders with Solidity sources, each of a different name.
        cache: folder that keeps results; the key covers every source, the settings and the pinned packages.
    """
    extra: dict[str, str] = {}
    for root in extra_roots:
        extra |= _read(root, f"{root.name}/")
    support = {name: text for part in _parts() for name, text in _read(part, f"{part.name}/").items()}
    support |= _read(CONTRACTS, "")
    if cache is None:
        return _compile(extra, support)
    digest = hashlib.sha256(json.dumps([extra, support, _SETTINGS], sort_keys=True).encode())
    digest.update((CONTRACTS / "package-lock.json").read_bytes())
    entry = cache / f"{digest.hexdigest()}.json"
    if not entry.exists():
        compiled = _compile(extra, support)
        cache.mkdir(parents=True, exist_ok=True)
        # Complete or absent: parallel test workers share the folder.
        partial = entry.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({name: artifact.to_json() for name, artifact in compiled.items()}))
        partial.replace(entry)
    return {name: Artifact.from_json(text) for name, text in json.loads(entry.read_text()).items()}


def _parts() -> list[Path]:
    return [CONTRACTS / folder for folder in ("interfaces", "libraries", "types")]


def _read(root: Path, prefix: str) -> dict[str, str]:
    return {prefix + path.name: path.read_text(encoding="utf-8") for path in sorted(root.glob("*.sol"))}


def _compile(wanted: Mapping[str, str], support: Mapping[str, str]) -> dict[str, Artifact]:
    """Compile everything that `wanted` needs, and return the deployable contracts that `wanted` itself holds."""
    if not (CONTRACTS / "node_modules" / "solc").is_dir():
        raise FileNotFoundError(f"no compiler in {CONTRACTS}: run `npm ci` there, in a checkout of the project")
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in {**support, **wanted}.items()},
            "settings": _SETTINGS | {"outputSelection": {name: {"*": _OUTPUT} for name in wanted}},
        },
        solc_binary=SHIM,
        base_path=CONTRACTS,
        allow_paths=CONTRACTS,
    )
    return {
        name: Artifact(
            name,
            contract["abi"],
            bytes.fromhex(contract["evm"]["bytecode"]["object"]),
            bytes.fromhex(contract["evm"]["deployedBytecode"]["object"]),
        )
        for source in wanted
        for name, contract in output["contracts"].get(source, {}).items()
        if contract["evm"]["bytecode"]["object"]
    }
