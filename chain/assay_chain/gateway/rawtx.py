"""Signed transactions as the wire has them: who sends what to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import rlp  # type: ignore[import-untyped]
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from assay_chain.errors import MalformedInput

_LEGACY: Final = (9, 3, 4, 5, 6)
_TYPED: Final = {1: (11, 4, 5, 6, 0), 2: (12, 5, 6, 7, 0)}
"""Number of fields, places of ``to``, ``value``, ``data`` and the chain id (legacy: ``v``), by EIP-2718 type."""
_LIST: Final = 0xC0  # first byte of an RLP list, so of a legacy transaction
_ADDRESS_BYTES: Final = 20
_V_OFFSET: Final = 35
"""EIP-155: ``v = chain id * 2 + 35``, or one more."""


@dataclass(frozen=True)
class RawTransaction:
    """What a signed transaction asks for.

    Attributes:
        raw: its bytes.
        to: checksummed; None creates a contract.
        value: wei.
        data: what the contract is told.
        chain_id: that it is bound to; None if it could be replayed on any chain.
    """

    raw: bytes
    to: str | None
    value: int
    data: bytes
    chain_id: int | None

    @property
    def hash(self) -> str:
        """What identifies it, in hexadecimal."""
        return f"0x{keccak(self.raw).hex()}"

    def sender(self) -> str:
        """The checksummed address whose key signed it.

        Raises:
            MalformedInput: the signature is none.
        """
        try:
            return str(Account.recover_transaction(self.raw))
        except Exception as error:  # eth_account raises many kinds for malformed signatures; each means the same
            raise _malformed("its signature is none") from error


def decode(text: object) -> RawTransaction:
    """Read a signed transaction in hexadecimal: legacy, or of type 1 or 2, the ones that a London chain takes.

    Raises:
        MalformedInput: it is none of these; culprit client.
    """
    try:
        raw = bytes.fromhex(str(text).removeprefix("0x"))
        legacy = raw[0] >= _LIST
        count, to, value, data, chain = _LEGACY if legacy else _TYPED[raw[0]]
        fields = rlp.decode(raw if legacy else raw[1:])
    except (ValueError, KeyError, IndexError, RecursionError, rlp.exceptions.RLPException) as error:
        raise _malformed("it is no signed transaction of type 0, 1 or 2") from error
    if len(fields) != count or any(isinstance(fields[place], list) for place in (to, value, data, chain)):
        raise _malformed("its fields are not those of its type")
    if len(fields[to]) not in (0, _ADDRESS_BYTES):
        raise _malformed("its recipient is no address")
    number = int.from_bytes(fields[chain], "big")
    replayable = legacy and number < _V_OFFSET
    return RawTransaction(
        raw=raw,
        to=to_checksum_address(fields[to]) if fields[to] else None,
        value=int.from_bytes(fields[value], "big"),
        data=fields[data],
        chain_id=None if replayable else (number - _V_OFFSET) // 2 if legacy else number,
    )


def _malformed(why: str) -> MalformedInput:
    return MalformedInput(
        f"the raw transaction cannot be read: {why}",
        code="bad-transaction",
        culprit="client",
        hint="Sign it for this network's chain id, as legacy, EIP-2930 or EIP-1559 transaction.",
    )
