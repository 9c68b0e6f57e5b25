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
_NONCE_TAKEN: Final = ("nonce too low", "already known", "known transaction", "already imported", "underpriced")
_NO_FUNDS: Final = (
    "insufficient funds",
    "upfront cost",
    "enough funds",
    "insufficient balance",
    "does not have enough",
)
_NO_STATE: Final = (
    *("missing trie node", "header not found", "unknown block", "block not found", "world state"),
    *("state not available", "state is not available", "blockoutofrange"),
)
_INTERNAL_ERROR: Final = -32603

NOT_YET: Final = (TransactionNotFound, TransactionIndexingInProgress)
"""Raised for a transaction that is in no block (that the node knows of) yet."""


class NonceTaken(Refused):
    """The node has a transaction of the same sender and nonce."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever a node answers to a well-formed request into an `AssayError`.

    `PeerUnreachable` also stands for answers that leave open whether the request was carried out. `NOT_YET` passes: it
    is an answer. So does what only a bug of ours can cause.
    """
    try:
        yield
    except NOT_YET:
        raise
    except ContractLogicError as error:
        raise reverts.decode(error) from error
    except BadFunctionCallOutput as error:
        raise MalformedInput(
            "a contract's answer is not what its interface promises",
            code="wrong-contract",
            culprit="chain",
            hint="Check that the address book is the network's current one and that the node is synchronised.",
        ) from error
    except BadResponseFormat as error:
        raise PeerUnreachable(
            "the node's answer is no JSON-RPC",
            code="not-a-node",
            culprit="chain",
            hint="Check that the address book's `rpc` (or the RPC setting) is a node's JSON-RPC endpoint.",
        ) from error
    except Web3RPCError as error:
        raise _translate(error) from error


def _translate(error: Web3RPCError) -> AssayError:
    code, message = _fault(error)

    def says(phrases: tuple[str, ...]) -> bool:
        return any(phrase in message.lower() for phrase in phrases)

    if isinstance(error, BlockNotFound) or says(_NO_STATE):
        return PeerUnreachable(
            "the node does not have the state of that block",
            code="block-unavailable",
            culprit="chain",
            hint="Wait until the node is synchronised; for old blocks use an archive node.",
        )
    if says(_NONCE_TAKEN):
        return NonceTaken(
            f"another transaction of the account came first: {message}",
            code="nonce-taken",
            culprit="local",
            hint="Try again.",
        )
    if says(_NO_FUNDS):
        return Refused(
            f"the account cannot pay for the transaction's gas: {message}",
            code="insufficient-funds",
            culprit="local",
            hint="Have the account funded with the chain's native coin, which pays for gas.",
        )
    if isinstance(error, RequestTimedOut) or code == _INTERNAL_ERROR:
        return PeerUnreachable(
            f"the node gave up on a request: {message}",
            code="node-failed",
            culprit="chain",
            hint="Look at the node's log, or use another node.",
        )
    return Refused(
        f"the node refused a request: {message}",
        code="node-refused",
        culprit="chain",
        hint="Look at the node's configuration: what it allows, what gas price it wants.",
    )


def _fault(error: Web3RPCError) -> tuple[int, str]:
    fault = error.rpc_response.get("error") if error.rpc_response else None
    return (fault["code"], fault["message"]) if isinstance(fault, dict) else (0, error.message)
