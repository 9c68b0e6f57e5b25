"""Sending a transaction so that it is included at most once, whatever the wire does.

A transaction is identified by its sender and nonce. Once its signed bytes may have left this machine, only those same
bytes are sent again; another nonce is taken only when the node said that it did not accept them. What cannot be told
is reported with the transaction's hash instead of being tried anew.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from hexbytes import HexBytes
from web3 import Web3

from assay_chain.errors import AssayError, PeerUnreachable, Refused, Reverted, Unconfirmed
from assay_chain.node_errors import NOT_YET, NonceTaken, translated

if TYPE_CHECKING:
    from eth_account.datastructures import SignedTransaction
    from eth_account.signers.local import LocalAccount
    from web3.contract.contract import ContractConstructor, ContractFunction
    from web3.types import TxParams, TxReceipt, Wei

GAS_MARGIN: Final = 1.25
"""Other transactions may come first and make storage dearer than at the estimate."""
GAS_EXTRA: Final = 30_000
NONCE_ATTEMPTS: Final = 40
DELIVERIES: Final = 3
PAUSE_SECONDS: Final = 0.1


@dataclass
class Sender:
    """Sends as one account. Safe for several threads; several processes may share the account.

    Attributes:
        w3: a node of the chain.
        account: who signs.
        chain_id: of the chain; part of what is signed.
        receipt_seconds: how long a transaction may take to be included.
        poll_seconds: how often to look.
    """

    w3: Web3
    account: LocalAccount
    chain_id: int
    receipt_seconds: float
    poll_seconds: float
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, fn: ContractFunction | ContractConstructor) -> TxReceipt:
        """Sign, send, wait for inclusion; errors as documented at `Session.send`."""
        with self._lock:
            tx_hash = self._submit(fn)
        return wait(self.w3, tx_hash, self.receipt_seconds, self.poll_seconds)

    def _submit(self, fn: ContractFunction | ContractConstructor) -> HexBytes:
        with translated():
            # The next block is the first one that can include it, so deadlines are judged there.
            estimate = fn.estimate_gas({"from": self.account.address}, block_identifier="pending")
            terms = self._terms(estimate)
        for _ in range(NONCE_ATTEMPTS):
            with translated():
                nonce = self.w3.eth.get_transaction_count(self.account.address, "pending")
            signed = self.account.sign_transaction(fn.build_transaction({**terms, "nonce": nonce}))  # type: ignore[arg-type]
            if self._deliver(signed):
                return signed.hash
            time.sleep(PAUSE_SECONDS)
        raise Refused(
            f"{NONCE_ATTEMPTS} times another transaction of {self.account.address} took the nonce",
            code="nonce-contention",
            culprit="local",
            hint="Let fewer processes use this account at once; nothing was sent.",
        )

    def _terms(self, estimate: int) -> TxParams:
        """Everything but the nonce: EIP-1559 with room for the base fee to double, or the node's price."""
        latest = self.w3.eth.get_block("latest")
        terms: TxParams = {
            "from": self.account.address,
            "chainId": self.chain_id,
            "value": cast("Wei", 0),
            "gas": min(int(estimate * GAS_MARGIN) + GAS_EXTRA, latest["gasLimit"]),
        }
        base_fee = latest.get("baseFeePerGas")
        if base_fee is None:
            return {**terms, "gasPrice": self.w3.eth.gas_price}
        tip = self.w3.eth.max_priority_fee
        return {**terms, "maxFeePerGas": cast("Wei", 2 * base_fee + tip), "maxPriorityFeePerGas": tip}

    def _deliver(self, signed: SignedTransaction) -> bool:
        """Hand the bytes to the node; False when it did not accept them because the nonce is taken.

        After a sending of unknown fate, a refusal of the same bytes proves nothing: they may be in the pool or in a
        block already. So the receipt decides.
        """
        lost: AssayError | None = None
        for attempt in range(DELIVERIES):
            try:
                with translated():
                    self.w3.eth.send_raw_transaction(signed.raw_transaction)
            except NonceTaken:
                return lost is not None
            except Refused:
                if lost is None:
                    raise
                return True
            except PeerUnreachable as error:
                lost = error
                time.sleep(PAUSE_SECONDS * 2**attempt)
            else:
                return True
        raise _unconfirmed(signed.hash, "the node was lost while it was handed over, so it may or may not be") from lost


def wait(w3: Web3, tx_hash: bytes, seconds: float, poll_seconds: float) -> TxReceipt:
    """Wait until a transaction is included, and return its receipt. A node that is lost meanwhile may come back.

    Raises:
        Reverted: it was included, and the contract refused it.
        Unconfirmed: not included after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            with translated():
                receipt = w3.eth.get_transaction_receipt(HexBytes(tx_hash))
            break
        except (*NOT_YET, AssayError) as error:
            if time.monotonic() > deadline:
                lost = isinstance(error, AssayError)
                why = "the node was lost, so it may or may not be" if lost else f"after {seconds:g} s it is not yet"
                raise _unconfirmed(tx_hash, why) from error
        time.sleep(poll_seconds)
    if receipt["status"] != 1:
        raise _why(w3, receipt)
    return receipt


def _why(w3: Web3, receipt: TxReceipt) -> Reverted:
    """Find the custom error of an included transaction: run it again on the state around its block."""
    tx_hash = receipt["transactionHash"]
    try:
        with translated():
            sent = w3.eth.get_transaction(tx_hash)
            again: TxParams = {"from": sent["from"], "data": sent["input"], "gas": sent["gas"]}
            if sent["to"] is not None:
                again["to"] = sent["to"]
            for block in (receipt["blockNumber"], receipt["blockNumber"] - 1):
                w3.eth.call(again, block_identifier=block)
    except Reverted as reverted:
        return reverted
    except (AssayError, *NOT_YET):
        pass  # what is certain is that it was refused; the reason is lost with the node's state
    return Reverted(
        f"the transaction {tx_hash.to_0x_hex()} was included but refused, and running it again does not show why",
        code="reverted",
        culprit="chain",
        hint="It may have run out of gas, or another transaction came first: look at the state, then try again.",
        args_={},
    )


def _unconfirmed(tx_hash: bytes, why: str) -> Unconfirmed:
    return Unconfirmed(
        f"the transaction {HexBytes(tx_hash).to_0x_hex()} was signed; {why} included",
        code="transaction-unconfirmed",
        culprit="chain",
        hint="Look it up by its hash before doing the same again: it can still be included.",
        tx_hash=bytes(tx_hash),
    )
