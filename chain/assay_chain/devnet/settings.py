"""What a devnet is told when it starts: one frozen object."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from ..errors import Usage

Engine = Literal["embedded", "anvil"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to run a devnet. Everything but the directory has a default that suits one developer's machine.

    Attributes:
        directory: holds keys, logs, artifacts, the address book and (anvil) the chain's state; made when missing.
        engine: `embedded` (pip only, in memory) or `anvil` (native, state kept in the directory).
        port: on the loopback interface; 0 picks a free one.
        block_time: seconds between blocks, fractions allowed.
        oracles: how many oracle accounts there are, at least 1.
        client_tokens: whole tokens minted to the client.
        oracle_tokens: whole tokens minted to each oracle, to stake from.
        minimum_stake: whole tokens of free stake that make a seat drawable.
        supplier_tokens: whole tokens minted to the supplier, for the bonds of fairness tables.
        verifier_tokens: whole tokens minted to the verifier, to ask for rows of tables.
        unbonding_blocks: how long announced stake stays slashable.
        table_bond: whole tokens that a supplier deposits for every fairness table.
        demand_bond: whole tokens that who asks for a row of a table deposits.
        answer_blocks: how long a row that was asked for can be shown.
    """

    directory: Path
    engine: Engine = "embedded"
    port: int = 8545
    block_time: float = 1.0
    oracles: int = 5
    client_tokens: int = 10_000
    oracle_tokens: int = 1_000
    minimum_stake: int = 100
    supplier_tokens: int = 10_000
    verifier_tokens: int = 100
    unbonding_blocks: int = 2_000
    table_bond: int = 50
    demand_bond: int = 1
    answer_blocks: int = 20

    def __post_init__(self) -> None:
        """Raises Usage for values out of range."""
        object.__setattr__(self, "directory", Path(self.directory).expanduser().absolute())
        if self.engine not in ("embedded", "anvil"):
            raise _bad("engine", self.engine, "embedded or anvil")
        for name, lowest, highest in (
            ("port", 0, 65535),
            ("oracles", 1, 256),
            ("client_tokens", 0, 10**9),
            ("oracle_tokens", 0, 10**9),
            ("minimum_stake", 0, 10**9),
            ("supplier_tokens", 0, 10**9),
            ("verifier_tokens", 0, 10**9),
            ("unbonding_blocks", 1, 2**31),
            ("table_bond", 0, 10**9),
            ("demand_bond", 0, 10**9),
            ("answer_blocks", 1, 2**31),
        ):
            value = getattr(self, name)
            if type(value) is not int or not lowest <= value <= highest:
                raise _bad(name, value, f"a whole number from {lowest} to {highest}")
        if type(self.block_time) not in (int, float) or not 0.05 <= self.block_time <= 3600:
            raise _bad("block_time", self.block_time, "seconds from 0.05 to 3600")

    @classmethod
    def load(cls, path: Path, **overrides: Any) -> Settings:
        """Reads a JSON object of settings; `overrides` that are not None come first. Raises Usage."""
        try:
            document = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise Usage(
                f"cannot read the settings {path}: {error}",
                code="bad-settings",
                culprit="local",
                hint="Start from hardhat-free-devnet/devnet.json.",
            ) from error
        known = {field.name for field in fields(cls)}
        if not isinstance(document, dict) or (unknown := set(document) - known):
            what = f"unknown setting {sorted(unknown)[0]}" if isinstance(document, dict) else "wants an object"
            raise Usage(
                f"{path}: {what}",
                code="bad-settings",
                culprit="local",
                hint=f"Known settings: {', '.join(sorted(known))}.",
            )
        return cls(**{**document, **{name: value for name, value in overrides.items() if value is not None}})


def _bad(name: str, value: object, wanted: str) -> Usage:
    return Usage(
        f"the devnet setting {name} is {value!r}",
        code="bad-settings",
        culprit="local",
        hint=f"It must be {wanted}.",
    )
