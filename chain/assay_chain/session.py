"""One connection to one network, as one account or as a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from eth_utils.address import to_checksum_address
from web3 import Web3
from web3.middleware import AttributeDictMiddleware, ExtraDataToPOAMiddleware

from assay_chain import artifacts, events, transactions
from assay_chain.errors import MalformedInput, Usage
from assay_chain.gateway.provider import GatewayProvider
from assay_chain.node_errors import translated
from assay_chain.provider import NodeProvider
from assay_chain.transactions import Sender

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3.contract import Contract
    from web3.contract.contract import ContractConstructor, ContractEvent, ContractFunction
    from web3.types import BlockIdentifier, EventData, TxReceipt

    from assay_chain.addressbook import AddressBook

ANSWER_SECONDS: Final = 20.0
RECEIPT_SECONDS: Final = 120.0
_IMMUTABLE: Final = b"\x7f" + bytes(32)  # PUSH32 of zeros: how the compiler leaves room for an immutable


@dataclass(frozen=True)
class BlockRef:
    """A block: its number, its 32-byte hash, its time in seconds since 1970, and the hash of the block before."""

    number: int
    hash: bytes
    timestamp: int
    parent: bytes


class Session:
    """A network that was checked to be the one of the address book. Safe for several threads.

    Attributes:
        book: the network's address book.
        account: who signs; None for a reader.
        w3: the web3 instance, for what this class does not offer.
    """

    def __init__(
        self, book: AddressBook, w3: Web3, account: LocalAccount | None, confirmations: int, receipt_seconds: float
    ) -> None:
        """Use `Session.connect`."""
        self.book = book
        self.w3 = w3
        self.account = account
        self._confirmations = confirmations
        self._receipt_seconds = receipt_seconds
        self._poll_seconds = min(1.0, max(0.05, book.block_time / 4))
        self._contracts: dict[str, Contract] = {}
        self._sender = (
            Sender(w3, account, book.chain_id, receipt_seconds, self._poll_seconds) if account is not None else None
        )

    @classmethod
    def connect(
        cls,
        book: AddressBook,
        account: LocalAccount | None = None,
        *,
        rpc: str | None = None,
        confirmations: int = 0,
        answer_seconds: float = ANSWER_SECONDS,
        receipt_seconds: float = RECEIPT_SECONDS,
    ) -> Self:
        """Connect, and check that the node serves the book's chain and that its contracts are the ones Assay knows.

        Args:
            book: the network. A book without contracts is one that is about to be deployed.
            account: who signs transactions, and signs in to a gateway; None reads only.
            rpc: JSON-RPC endpoint of a node to use in place of what the book names.
            confirmations: blocks behind the newest one at which state counts as settled.
            answer_seconds: how long a request may take.
            receipt_seconds: how long a transaction may take to be included.

        Raises:
            PeerUnreachable: no node answers.
            Refused: the book's gateway does not admit the account.
            MalformedInput: the node is of another chain, or a contract is missing or another one.
        """
        # Only what shapes answers (consortium blocks have long extra data): the rest of web3's default middleware asks
        # the node for its chain id before every call.
        shapes = [(AttributeDictMiddleware, "attrdict"), (ExtraDataToPOAMiddleware, "poa")]
        provider = (
            GatewayProvider(book.rpc, account, answer_seconds)
            if book.gateway and rpc is None
            else NodeProvider(rpc or book.rpc, answer_seconds)
        )
        w3 = Web3(provider, middleware=shapes)
        session = cls(book, w3, account, confirmations, receipt_seconds)
        session._check()
        return session

    def on(self, book: AddressBook) -> Session:
        """The same connection and account on another book of the same chain, checked like `connect`."""
        other = Session(book, self.w3, self.account, self._confirmations, self._receipt_seconds)
        other._check()
        return other

    def head(self) -> BlockRef:
        """The newest block that counts as settled: the latest one less the confirmations, never below block 0."""
        latest = self.latest()
        return self.block(max(0, latest.number - self._confirmations)) if self._confirmations else latest

    def latest(self) -> BlockRef:
        """The newest block of all, settled or not: what a transaction sent now builds on."""
        return self._block("latest")

    def block(self, number: int) -> BlockRef:
        """The block of that number.

        Raises:
            PeerUnreachable: the node does not have it.
        """
        return self._block(number)

    def contract(self, name: str) -> Contract:
        """The contract of that name, at the address that the book gives.

        Raises:
            MalformedInput: the book has no such contract.
        """
        if name not in self._contracts:
            if name not in self.book.contracts:
                raise self._wrong_book("no-contract", f"has no contract {name}")
            address = to_checksum_address(self.book.contracts[name])
            self._contracts[name] = self.w3.eth.contract(address=address, abi=artifacts.load(name).abi)
        return self._contracts[name]

    def call(self, fn: ContractFunction, block: int) -> Any:
        """Call a view function on the state after a block.

        Raises:
            Reverted: the contract refused.
            PeerUnreachable: the node does not answer, or does not have the block's state.
        """
        with translated():
            return fn.call(block_identifier=block)

    def send(self, fn: ContractFunction | ContractConstructor) -> TxReceipt:
        """Sign and send a transaction, and wait until it is included; at most one is ever included.

        Raises:
            Usage: the session has no account.
            Reverted: the contract refused it, before or after it was included.
            Refused: the account cannot pay the gas, or the node does not want it; nothing was sent.
            PeerUnreachable: the node could not be reached; nothing was sent.
            Unconfirmed: it was sent, or may have been, and was not included in time.
        """
        if self._sender is None:
            raise Usage(
                "this session only reads: it has no account to sign with",
                code="no-account",
                culprit="local",
                hint="Connect with an account.",
            )
        return self._sender.send(fn)

    def wait(self, tx_hash: bytes) -> TxReceipt:
        """Wait for a transaction that was sent before, for example after `Unconfirmed`; raises like `send`."""
        return transactions.wait(self.w3, tx_hash, self._receipt_seconds, self._poll_seconds)

    def logs(
        self,
        event: ContractEvent,
        from_block: int,
        to_block: int,
        filters: Mapping[str, Any] | None = None,
    ) -> list[EventData]:
        """Every such event in a range of blocks, both ends included, oldest first; see `events.fetch`."""
        return events.fetch(event, from_block, to_block, filters)

    def _block(self, which: BlockIdentifier) -> BlockRef:
        with translated():
            block = self.w3.eth.get_block(which)
        return BlockRef(int(block["number"]), bytes(block["hash"]), int(block["timestamp"]), bytes(block["parentHash"]))

    def _check(self) -> None:
        with translated():
            chain_id = self.w3.eth.chain_id
            if chain_id != self.book.chain_id:
                raise self._wrong_book("wrong-chain", f"is for chain {self.book.chain_id}, the node is on {chain_id}")
            for name, address in self.book.contracts.items():
                code = self.w3.eth.get_code(to_checksum_address(address))
                if not code:
                    raise self._wrong_book("no-code", f"puts {name} at {address}, where the chain has no contract")
                if not _is_code_of(name, code):
                    raise self._wrong_book(
                        "wrong-code", f"puts {name} at {address}, which is another contract or version"
                    )

    def _wrong_book(self, code: str, what: str) -> MalformedInput:
        return MalformedInput(
            f"the address book {self.book.path} {what}",
            code=code,
            culprit="local",
            hint="Use the network's current address book, and a node of that network that is synchronised.",
        )


def _is_code_of(name: str, code: bytes) -> bool:
    """Whether deployed code is what this release compiled, but for the values of its immutables."""
    compiled, at = artifacts.load(name).deployed_bytecode, 0
    for part in compiled.split(_IMMUTABLE):
        if code[at : at + len(part)] != part:
            return False
        at += len(part) + len(_IMMUTABLE)
    return len(code) == len(compiled)
