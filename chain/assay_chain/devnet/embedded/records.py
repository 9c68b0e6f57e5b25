"""Blocks, transactions, receipts and logs in the JSON forms of the execution APIs."""

from __future__ import annotations

from collections.abc import Sequence

import rlp  # type: ignore[import-untyped]
from eth.abc import BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from .forms import data, quantity, word

Record = dict[str, object]


def block_record(block: BlockAPI, hashes: Sequence[bytes]) -> Record:
    """A mined block with the hashes of its transactions."""
    header = block.header
    return {
        **header_record(header),
        "hash": data(header.hash),
        "nonce": data(header.nonce),
        "size": quantity(len(rlp.encode(block))),
        "transactions": [data(item) for item in hashes],
        "uncles": [],
    }


def pending_record(header: BlockHeaderAPI) -> Record:
    """The block to come: it has neither hash nor nonce yet, and shows no transactions."""
    return {
        **header_record(header),
        "hash": None,
        "nonce": None,
        "miner": None,
        "size": quantity(len(rlp.encode(header))),
        "transactions": [],
        "uncles": [],
    }


def header_record(header: BlockHeaderAPI) -> Record:
    """What a header says of its block."""
    return {
        "number": quantity(header.block_number),
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": f"0x{header.bloom:0512x}",
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": data(header.coinbase),
        "mixHash": data(header.mix_hash),
        "difficulty": quantity(header.difficulty),
        "extraData": data(header.extra_data),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "baseFeePerGas": quantity(base_fee(header)),
    }


def transaction_record(transaction: SignedTransactionAPI) -> Record:
    """A transaction that waits for its block."""
    kind = type_of(transaction)
    record: Record = {
        "blockHash": None,
        "blockNumber": None,
        "transactionIndex": None,
        "type": quantity(kind),
        "hash": data(transaction.hash),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "nonce": quantity(transaction.nonce),
        "gas": quantity(transaction.gas),
        "gasPrice": quantity(transaction.max_fee_per_gas),
        "value": quantity(transaction.value),
        "input": data(transaction.data),
        "r": quantity(transaction.r),
        "s": quantity(transaction.s),
        "v": quantity(transaction.y_parity if kind else transaction.v),  # type: ignore[attr-defined]
        "chainId": quantity(transaction.chain_id or 0),
    }
    if kind:
        record["yParity"] = quantity(transaction.y_parity)
        record["accessList"] = [
            {"address": data(address), "storageKeys": [word(slot) for slot in slots]}
            for address, slots in transaction.access_list
        ]
    if kind == 2:
        record["maxFeePerGas"] = quantity(transaction.max_fee_per_gas)
        record["maxPriorityFeePerGas"] = quantity(transaction.max_priority_fee_per_gas)
    return record


def mined_records(
    header: BlockHeaderAPI, transactions: Sequence[SignedTransactionAPI], receipts: Sequence[ReceiptAPI]
) -> list[tuple[Record, Record]]:
    """Transaction and receipt of everything in a block, in its order."""
    pairs = []
    cumulative = log_index = 0
    for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        place = {
            "blockHash": data(header.hash),
            "blockNumber": quantity(header.block_number),
            "transactionIndex": quantity(index),
        }
        price = quantity(min(transaction.max_fee_per_gas, base_fee(header) + transaction.max_priority_fee_per_gas))
        logs: list[Record] = [
            {
                **place,
                "address": data(log.address),
                "topics": [word(topic) for topic in log.topics],
                "data": data(log.data),
                "blockTimestamp": quantity(header.timestamp),
                "transactionHash": data(transaction.hash),
                "logIndex": quantity(log_index + offset),
                "removed": False,
            }
            for offset, log in enumerate(receipt.logs)
        ]
        mined = {**transaction_record(transaction), **place, "gasPrice": price}
        pairs.append(
            (
                mined,
                {
                    **place,
                    "type": mined["type"],
                    "transactionHash": mined["hash"],
                    "from": mined["from"],
                    "to": mined["to"],
                    "contractAddress": None
                    if transaction.to
                    else data(contract_address(transaction.sender, transaction.nonce)),
                    "status": "0x1" if receipt.state_root == b"\x01" else "0x0",
                    "gasUsed": quantity(receipt.gas_used - cumulative),
                    "cumulativeGasUsed": quantity(receipt.gas_used),
                    "effectiveGasPrice": price,
                    "logs": logs,
                    "logsBloom": f"0x{receipt.bloom:0512x}",
                },
            )
        )
        cumulative, log_index = receipt.gas_used, log_index + len(logs)
    return pairs


def base_fee(header: BlockHeaderAPI) -> int:
    """The base fee of a London header, in wei."""
    assert header.base_fee_per_gas is not None
    return header.base_fee_per_gas


def type_of(transaction: SignedTransactionAPI) -> int:
    """The EIP-2718 type: 0 legacy, 1 access list, 2 dynamic fee."""
    return getattr(transaction, "type_id", None) or 0


def checksum(address: bytes) -> str:
    """An address as people compare it (EIP-55), for messages."""
    return to_checksum_address(address)


def contract_address(sender: bytes, nonce: int) -> bytes:
    """Where a deployment puts its contract."""
    return keccak(rlp.encode([sender, nonce]))[12:]
