"""What nodes say when they refuse a request, turned into errors of our tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    BlockNotFound,
    ContractLogicError,
    RequestTimedOut,
    TransactionIndexingInProgress,
    TransactionNotFound,
    Web3RPCError,
)

from assay_chain import reverts
from assay_chain.errors import AssayError, MalformedInput, PeerUnreachable, Refused

# JSON-RPC standardises no codes for these; the phrases are those of geth, Besu, Nethermind, anvil and eth-tester.
NONCE_TAKEN: Final = ("nonce too low", "already known", "known transaction", "already imported", "underpriced")
_NO_FUNDS: Final = (
    "insufficient funds",
    "upfront cost",
    "enough funds",
    "insufficient balance",
    "does not have enough",
)
_NO_STATE: Final = ("missing trie node", "header not found", "unknown block", "world state", "state not available")

NOT_YET: Final = (TransactionNotFound, TransactionIndexingInProgress)
"""Raised for a transaction that is in no block (that the node knows of) yet."""


def says(error: Web3RPCError, phrases: tuple[str, ...]) -> bool:
    """Whether the node's message has one of the phrases."""
    text = error.message.lower()
    return any(phrase in text for phrase in phrases)


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever a node answers to a well-formed request into an `AssayError`.

    `NOT_YET` passes: it is an answer. So does what only a bug of ours can cause.
    """
    try:
        yield
    except NOT_YET:
        raise
    except ContractLogicError as error:
        raise reverts.decode(error) from error
    except (Web3RPCError, BadFunctionCallOutput, BadResponseFormat) as error:
        raise _translate(error) from error


def _translate(error: Web3RPCError | BadFunctionCallOutput | BadResponseFormat) -> AssayError:
    if isinstance(error, BadFunctionCallOutput):
        return MalformedInput(
            "a contract's answer is not what its interface promises",
            code="wrong-contract",
            culprit="chain",
            hint="Check that the address book is the network's current one and that the node is synchronised.",
        )
    if isinstance(error, BadResponseFormat):
        return PeerUnreachable(
            "the node's answer is no JSON-RPC",
            code="not-a-node",
            culprit="chain",
            hint="Check that the address book's `rpc` (or the RPC setting) is a node's JSON-RPC endpoint.",
        )
    if isinstance(error, RequestTimedOut):
        return PeerUnreachable(
            "the node gave up on a request",
            code="node-silent",
            culprit="chain",
            hint="Try again, or use a node with less load.",
        )
    if isinstance(error, BlockNotFound) or says(error, _NO_STATE):
        return PeerUnreachable(
            "the node does not have the state of that block",
            code="block-unavailable",
            culprit="chain",
            hint="Wait until the node is synchronised; for old blocks use an archive node.",
        )
    if says(error, _NO_FUNDS):
        return Refused(
            "the account cannot pay for the transaction's gas",
            code="insufficient-funds",
            culprit="local",
            hint="Have it funded with the chain's native coin, or ask the gatekeeper.",
        )
    return Refused(f"the node refused a request: {_text(error)}", code="node-refused", culprit="chain")


def _text(error: Web3RPCError) -> str:
    fault = error.rpc_response.get("error") if error.rpc_response else None
    return fault["message"] if isinstance(fault, dict) else error.message
