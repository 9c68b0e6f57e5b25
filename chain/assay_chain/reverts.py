"""Why a contract refused: its custom error, decoded with every ABI of the project, as a sentence for people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import decode as decode_abi
from eth_abi.exceptions import DecodingError
from eth_utils.abi import abi_to_signature, function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3.exceptions import ContractPanicError

from assay_chain import artifacts
from assay_chain.amounts import format_amount
from assay_chain.errors import Reverted
from assay_chain.revert_sentences import SENTENCES
from assay_chain.roles import Role
from assay_chain.text import from_bytes
from assay_chain.wrappers.audit_types import Phase, Verdict

if TYPE_CHECKING:
    from web3.exceptions import ContractLogicError


@dataclass(frozen=True)
class CustomError:
    """One error of an ABI: its name, and the names and types of its values."""

    name: str
    parameters: tuple[tuple[str, str], ...]


class _Sentences(Formatter):
    """Formats values as people read them: ``{fee:tokens}``, ``{role:role}``, ``{phase:phase}``, ``{name:text}``."""

    _ROLES: Final = {role.id: f"{role} role" for role in Role}

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "tokens":
                return f"{format_amount(value)} tokens"
            case "role":
                return self._ROLES.get(value, f"role {value.hex()}")
            case "phase":
                return Phase(value).name.lower()
            case "verdict":
                return Verdict(value).name.lower().replace("_", " ")
            case "text":
                return from_bytes(value)
            case _:
                return value.hex() if isinstance(value, bytes) else str(value)


@cache
def custom_errors() -> dict[bytes, CustomError]:
    """Every custom error of every contract by its four-byte selector."""
    entries = [entry for name in artifacts.names() for entry in artifacts.load(name).abi if entry["type"] == "error"]
    return {
        function_signature_to_4byte_selector(abi_to_signature(entry)): CustomError(  # type: ignore[arg-type]
            entry["name"], tuple((value["name"], value["type"]) for value in entry["inputs"])
        )
        for entry in entries
    }


def decode(error: ContractLogicError) -> Reverted:
    """The error of our tree for a refusal that web3 reports; never fails, whatever the node attached."""
    data = error.data if isinstance(error.data, str) else ""
    raw = bytes(HexBytes(data)) if re.fullmatch("0x([0-9a-fA-F]{2})*", data) else b""
    found = custom_errors().get(raw[:4])
    if found is None:
        return _unnamed(error)
    try:
        values = decode_abi([kind for _, kind in found.parameters], raw[4:])
        named = {
            name: to_checksum_address(value) if kind == "address" else value
            for (name, kind), value in zip(found.parameters, values, strict=True)
        }
        return explain(found.name, named)
    except (DecodingError, ValueError):  # another contract's error may share the selector
        return _unnamed(error)


def explain(name: str, values: dict[str, Any]) -> Reverted:
    """A custom error with its values by parameter name, in words."""
    sentence = SENTENCES[name]
    words = _Sentences()
    return Reverted(
        words.vformat(sentence.message, (), values),
        code=re.sub("(?<=[a-z0-9])([A-Z])", r"-\1", name).lower(),
        culprit=sentence.culprit,
        hint=words.vformat(sentence.hint, (), values),
        name=name,
        args_=values,
    )


def _unnamed(error: ContractLogicError) -> Reverted:
    panicked = isinstance(error, ContractPanicError)
    return Reverted(
        f"a contract refused without a reason that Assay knows: {error.message or 'no message'}",
        code="panic" if panicked else "reverted",
        culprit="chain",
        hint="Check that the address book is the network's current one; if it is, report this as a bug.",
        name="Panic" if panicked else "",
        args_={},
    )
