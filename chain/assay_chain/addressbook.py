"""The address book: one JSON file that says where a network is, which contracts it has, and who its accounts are."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema
from eth_utils.address import is_checksum_address

from assay_chain.errors import MalformedInput, PeerUnreachable, Usage

SCHEMA: Final = "assay/addressbook/1"
FILE_NAME: Final = "addressbook.json"
CONTRACTS: Final = (
    "AssayToken",
    "Membership",
    "Policies",
    "ModelRegistry",
    "Vault",
    "FairnessBoard",
    "AuditBoard",
)

_ADDRESS: Final = {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}
_NULLABLE_PATH: Final = {"type": ["string", "null"], "minLength": 1}
_FORM: Final = {
    "type": "object",
    "required": ["chain_id", "rpc", "contracts", "accounts", "block_time", "store", "development"],
    "properties": {
        "chain_id": {"type": "integer", "minimum": 1},
        "rpc": {"type": "string", "pattern": "^https?://"},
        "contracts": {
            "type": "object",
            "required": list(CONTRACTS),
            "additionalProperties": _ADDRESS,
        },
        "accounts": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["address", "roles"],
                "properties": {
                    "address": _ADDRESS,
                    "roles": {"type": "array", "items": {"type": "string"}},
                    "keystore": _NULLABLE_PATH,
                    "password_file": _NULLABLE_PATH,
                },
                "additionalProperties": False,
            },
        },
        "block_time": {"type": "number", "exclusiveMinimum": 0},
        "store": {"type": "string", "minLength": 1},
        "development": {"type": "boolean"},
        "gateway": {"type": "boolean"},
    },
}


@dataclass(frozen=True)
class AccountEntry:
    """One named account.

    Attributes:
        address: checksummed.
        roles: what it was admitted as (``client``, ``oracle``, ...), and ``treasury``; a note for people, the chain
            decides.
        keystore: V3 keystore of a development account, else None.
        password_file: file with the keystore's password, else None.
    """

    address: str
    roles: tuple[str, ...]
    keystore: Path | None = None
    password_file: Path | None = None


@dataclass(frozen=True)
class AddressBook:
    """Where a network is.

    Attributes:
        chain_id: of the chain; a node of another chain is refused.
        rpc: URL of the JSON-RPC endpoint.
        contracts: checksummed address of each of `CONTRACTS`.
        accounts: named accounts; on a real network usually without keystores.
        block_time: seconds between blocks.
        store: root URI of the artifact store.
        development: whether keys may lie beside the book and artifacts on this machine.
        path: the file that the book was loaded from or is saved to.
        gateway: whether `rpc` is a gateway's, where members sign in, rather than a node's.
    """

    chain_id: int
    rpc: str
    contracts: dict[str, str]
    accounts: dict[str, AccountEntry]
    block_time: float
    store: str
    development: bool
    path: Path
    gateway: bool = False


def load(path: Path) -> AddressBook:
    """Load an address book from its file, or from the directory that holds it as `FILE_NAME`.

    Raises:
        Usage: there is no such file.
        MalformedInput: it is no address book, one of another version, or an address in it has a typing error.
    """
    path = (path / FILE_NAME if path.is_dir() else path).absolute()
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise Usage(
            f"cannot read the address book {path}: {error.strerror}",
            code="no-address-book",
            culprit="local",
            hint="Name the file or the directory that holds it with --network or $ASSAY_NETWORK.",
        ) from error
    except ValueError as error:
        raise _malformed(path, "it is no JSON") from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise MalformedInput(
            f"{path} is {f'of version {schema!r}' if schema else 'no address book'}, not {SCHEMA!r}",
            code="address-book-version",
            culprit="local",
            hint="Ask the gatekeeper for the network's current address book, or install the release that wrote it.",
        )
    try:
        jsonschema.validate(data, _FORM)
    except jsonschema.ValidationError as error:
        raise _malformed(path, f"{error.json_path}: {error.message}") from error
    addresses = [*data["contracts"].values(), *(entry["address"] for entry in data["accounts"].values())]
    for address in addresses:
        if not is_checksum_address(address):
            raise _malformed(path, f"the address {address} fails its checksum")
    return AddressBook(
        chain_id=data["chain_id"],
        rpc=data["rpc"],
        contracts=data["contracts"],
        accounts={name: _account(entry, path.parent) for name, entry in data["accounts"].items()},
        block_time=float(data["block_time"]),
        store=data["store"],
        development=data["development"],
        path=path,
        gateway=data.get("gateway", False),
    )


def save(book: AddressBook) -> None:
    """Write the book to its path, whole or not at all; paths below its directory become relative."""
    book.path.parent.mkdir(parents=True, exist_ok=True)
    base = book.path.parent
    accounts = {
        name: {
            "address": entry.address,
            "roles": list(entry.roles),
            "keystore": _relative(entry.keystore, base),
            "password_file": _relative(entry.password_file, base),
        }
        for name, entry in book.accounts.items()
    }
    data = {
        "schema": SCHEMA,
        "chain_id": book.chain_id,
        "rpc": book.rpc,
        "contracts": book.contracts,
        "accounts": accounts,
        "block_time": book.block_time,
        "store": book.store,
        "development": book.development,
        "gateway": book.gateway,
    }
    _replace(book.path, json.dumps(data, indent=2) + "\n")


def find(explicit: str | None = None) -> AddressBook:
    """Load the address book that is meant: `explicit` (file or directory), ``$ASSAY_NETWORK``, or the current one.

    Raises:
        Usage: none is named, or the one named is missing.
        PeerUnreachable: none is named, and the last development network has ended.
        MalformedInput: see `load`.
    """
    named = explicit or os.environ.get("ASSAY_NETWORK")
    if named:
        return load(Path(named).expanduser())
    try:
        current = Path((home() / "current").read_text().strip())
    except OSError as error:
        raise Usage(
            "no network is named, and none is current",
            code="no-network",
            culprit="local",
            hint="Start one with `assay devnet up`, or name its address book with --network or $ASSAY_NETWORK.",
        ) from error
    if not current.exists():
        raise PeerUnreachable(
            f"the last development network, in {current.parent}, is not running",
            code="no-devnet",
            culprit="local",
            hint="Start it with `assay devnet up`, or name another network with --network or $ASSAY_NETWORK.",
        )
    return load(current)


def make_current(book: AddressBook) -> None:
    """Make this the network that every command finds when none is named."""
    home().mkdir(parents=True, exist_ok=True)
    _replace(home() / "current", f"{book.path}\n")


def home() -> Path:
    """The user's Assay directory: ``$ASSAY_HOME``, by default ``~/.assay``."""
    return Path(os.environ.get("ASSAY_HOME") or "~/.assay").expanduser()


def _account(entry: dict[str, Any], base: Path) -> AccountEntry:
    keystore, password_file = entry.get("keystore"), entry.get("password_file")
    return AccountEntry(
        address=entry["address"],
        roles=tuple(entry["roles"]),
        keystore=base / keystore if keystore else None,
        password_file=base / password_file if password_file else None,
    )


def _relative(path: Path | None, base: Path) -> str | None:
    if path is None:
        return None
    return str(path.relative_to(base) if path.is_relative_to(base) else path)


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text)
    partial.replace(path)


def _malformed(path: Path, why: str) -> MalformedInput:
    return MalformedInput(
        f"the address book {path} is malformed: {why}",
        code="bad-address-book",
        culprit="local",
        hint="Do not edit it by hand; ask the gatekeeper for the network's address book.",
    )
