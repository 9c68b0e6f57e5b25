"""Transactions on the embedded chain: what is refused on arrival, in which words, and what gets into which block."""

from __future__ import annotations

import pytest
import rlp
from assay_chain.devnet.embedded import pool
from assay_chain.devnet.embedded.node import MAX_MINED
from eth_account import Account
from eth_keys.constants import SECPK1_N

from .conftest import CHAIN_ID, GWEI, START


def test_send__valid__is_pending_until_its_block_and_then_mined(chain):
    digest = chain.send(chain.alice)
    waiting = chain.rpc("eth_getTransactionByHash", digest)
    assert (waiting["blockNumber"], waiting["gasPrice"]) == (None, hex(3 * GWEI))
    assert chain.receipt(digest) is None
    chain.mine()
    mined, receipt = chain.rpc("eth_getTransactionByHash", digest), chain.receipt(digest)
    block = chain.rpc("eth_getBlockByNumber", "0x1", True)
    assert block["transactions"] == [mined]
    assert chain.rpc("eth_getBlockByHash", block["hash"])["transactions"] == [digest]
    assert chain.rpc("eth_getTransactionByBlockHashAndIndex", block["hash"], "0x0") == mined
    assert chain.rpc("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x1") is None
    assert chain.rpc("eth_getBlockReceipts", "0x1") == [receipt]
    assert receipt["status"] == "0x1"
    assert receipt["gasUsed"] == hex(21_000)
    assert int(receipt["effectiveGasPrice"], 16) == int(block["baseFeePerGas"], 16) + GWEI


def test_send__every_transaction_type_of_london__is_mined_with_its_type(chain):
    digests = [
        chain.send(chain.alice, gasPrice=2 * GWEI),
        chain.send(chain.bob, gasPrice=2 * GWEI, gas=30_000, accessList=[]),
        chain.send(chain.carol),
    ]
    chain.mine()
    assert [chain.receipt(digest)["type"] for digest in digests] == ["0x0", "0x1", "0x2"]
    raw = chain.rpc("eth_getRawTransactionByHash", digests[0])
    assert Account.recover_transaction(raw) == chain.alice.address


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"chainId": CHAIN_ID + 1}, f"invalid sender: invalid chain id for signer: have 4243 want {CHAIN_ID}"),
        (
            {"gasPrice": GWEI, "chainId": CHAIN_ID + 1},
            "invalid sender: invalid chain id for signer: have 4243 want 4242",
        ),
        ({"gasPrice": GWEI, "chainId": None}, "only replay-protected (EIP-155) transactions allowed over RPC"),
        ({"gas": 30_000_001}, "exceeds block gas limit"),
        ({"gas": 20_999}, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        ({"maxPriorityFeePerGas": 4 * GWEI}, "max priority fee per gas higher than max fee per gas"),
    ],
)
def test_send__ill_formed__is_refused_with_geths_words(chain, fields, message):
    error = chain.error("eth_sendRawTransaction", chain.signed(chain.alice, **fields))
    assert (error.code, error.message) == (-32000, message)


def test_send__nonce_used__is_refused_with_the_next_one(chain):
    chain.send(chain.alice)
    chain.mine()
    error = chain.error("eth_sendRawTransaction", chain.signed(chain.alice, nonce=0, value=2))
    assert error.message == "nonce too low: next nonce 1, tx nonce 0"


def test_send__more_than_the_balance__is_refused(chain):
    raw = chain.signed(Account.create(), value=5)
    assert chain.error("eth_sendRawTransaction", raw).message.startswith("insufficient funds for gas * price + value:")


def test_send__twice__is_already_known_before_and_after_its_block(chain):
    raw = chain.signed(chain.alice)
    chain.rpc("eth_sendRawTransaction", raw)
    assert chain.error("eth_sendRawTransaction", raw).message == "already known"
    chain.mine()
    assert chain.error("eth_sendRawTransaction", raw).message == "already known"


def test_send__high_s_signature__is_refused_as_malleable(chain):
    legacy = rlp.decode(bytes.fromhex(chain.signed(chain.alice, gasPrice=GWEI)[2:]))
    legacy[6] = (2 * (35 + 2 * CHAIN_ID) + 1 - int.from_bytes(legacy[6])).to_bytes(2)  # the other parity
    legacy[8] = (SECPK1_N - int.from_bytes(legacy[8])).to_bytes(32)
    typed = rlp.decode(bytes.fromhex(chain.signed(chain.alice)[4:]))
    typed[9] = b"" if typed[9] else b"\1"
    typed[11] = (SECPK1_N - int.from_bytes(typed[11])).to_bytes(32)
    for raw in (rlp.encode(legacy), b"\2" + rlp.encode(typed)):
        assert Account.recover_transaction(raw) == chain.alice.address
        error = chain.error("eth_sendRawTransaction", "0x" + raw.hex())
        assert error.message == "invalid transaction v, r, s values"


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, 0x7F])
def test_send__cut_or_unknown__is_malformed_not_a_crash(chain, kind):
    whole = bytes.fromhex(chain.signed(chain.alice)[2:])
    for raw in (bytes([kind]) + whole[1:-1], bytes([kind]), bytes([kind]) + whole[1:] + b"\0"):
        error = chain.error("eth_sendRawTransaction", "0x" + raw.hex())
        assert error.code == -32000
    assert chain.error("eth_sendRawTransaction", "0x").code == -32000


@pytest.mark.parametrize("position", range(0, 110, 7))
def test_send__a_byte_flipped__is_refused_or_from_a_stranger(chain, position):
    raw = bytearray.fromhex(chain.signed(chain.alice)[2:])
    raw[position % len(raw)] ^= 0x01
    assert chain.error("eth_sendRawTransaction", "0x" + raw.hex()).code == -32000


def test_send__oversized__is_refused_before_it_is_decoded(chain):
    error = chain.error("eth_sendRawTransaction", "0x" + "02" * (pool.MAX_BYTES + 1))
    assert error.message == f"oversized data: transaction size {pool.MAX_BYTES + 1}, limit {pool.MAX_BYTES}"


def test_nonce_gap__filled_later__both_are_mined_in_order(chain):
    late = chain.send(chain.alice, nonce=1)
    assert chain.rpc("eth_getTransactionCount", chain.alice.address, "pending") == "0x0"
    chain.mine()
    assert chain.receipt(late) is None
    early = chain.send(chain.alice, nonce=0)
    assert chain.rpc("eth_getTransactionCount", chain.alice.address, "pending") == "0x2"
    chain.mine()
    chain.mine()
    assert [chain.receipt(digest)["blockNumber"] for digest in (early, late)] == ["0x2", "0x3"]


def test_replacement__ten_percent_more__takes_the_place_and_less_does_not(chain):
    first = chain.send(chain.alice, nonce=0)
    cheap = chain.signed(chain.alice, nonce=0, value=9, maxFeePerGas=4 * GWEI)
    assert chain.error("eth_sendRawTransaction", cheap).message == "replacement transaction underpriced"
    second = chain.send(chain.alice, nonce=0, value=9, maxFeePerGas=4 * GWEI, maxPriorityFeePerGas=2 * GWEI)
    assert chain.rpc("eth_getTransactionByHash", first) is None
    chain.mine()
    assert chain.receipt(first) is None
    assert chain.receipt(second)["status"] == "0x1"


def test_block__two_senders__both_in_it_best_tip_first(chain):
    low = chain.send(chain.alice)
    high = chain.send(chain.bob, maxPriorityFeePerGas=2 * GWEI)
    chain.mine()
    receipts = chain.rpc("eth_getBlockReceipts", "latest")
    assert [receipt["transactionHash"] for receipt in receipts] == [high, low]
    assert [receipt["cumulativeGasUsed"] for receipt in receipts] == [hex(21_000), hex(42_000)]


def test_block__one_sender_twice__takes_one_transaction_a_block(chain):
    first, second = chain.send(chain.alice), chain.send(chain.alice)
    chain.mine()
    assert chain.receipt(first)["blockNumber"] == "0x1"
    assert chain.receipt(second) is None
    chain.mine()
    assert chain.receipt(second)["blockNumber"] == "0x2"


def test_block__more_gas_than_it_holds__spreads_over_blocks(chain):
    digests = [chain.send(sender, gas=20_000_000) for sender in (chain.alice, chain.bob)]
    chain.mine()
    chain.mine()
    assert [chain.receipt(digest)["blockNumber"] for digest in digests] == ["0x1", "0x2"]


def test_block__fee_below_the_base_fee__waits_until_it_falls(chain):
    digest = chain.send(chain.alice, maxFeePerGas=GWEI // 2, maxPriorityFeePerGas=1)
    while chain.receipt(digest) is None:
        number = chain.mine()
        assert number < 10
    assert int(chain.rpc("eth_getBlockByNumber", hex(number))["baseFeePerGas"], 16) <= GWEI // 2


def test_pool__one_sender_floods_it__is_stopped_and_others_are_not(chain):
    for nonce in range(pool.MAX_A_SENDER):
        chain.send(chain.alice, nonce=nonce)
    assert chain.error("eth_sendRawTransaction", chain.signed(chain.alice, nonce=1000)).message == "txpool is full"
    chain.send(chain.bob)


def test_failed_transaction__reverts__is_mined_with_status_zero_and_its_fee_paid(chain):
    reverter = chain.deploy("60006000fd")
    digest = chain.send(chain.bob, to=reverter, value=0, gas=50_000)
    chain.mine()
    receipt = chain.receipt(digest)
    assert (receipt["status"], receipt["logs"]) == ("0x0", [])
    paid = 10**24 - int(chain.rpc("eth_getBalance", chain.bob.address), 16)
    assert paid == int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_blocks__clock_stands_still_or_jumps__timestamps_grow_and_follow(chain):
    stamps = []
    for now in (START, START, START - 100, START + 50, START + 50.9):
        chain.now = now
        chain.mine()
        stamps.append(int(chain.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16) - START)
    assert stamps == [1, 2, 3, 50, 51]


def test_blocks__empty__are_mined_and_chained(chain):
    assert [chain.mine() for _ in range(3)] == [1, 2, 3]
    parent, child = (chain.rpc("eth_getBlockByNumber", number) for number in ("0x2", "0x3"))
    assert child["parentHash"] == parent["hash"]
    assert chain.rpc("eth_getBlockByNumber", "0x4") is None
    assert chain.rpc("eth_getBlockByNumber", "pending")["number"] == "0x4"


def test_mining__told_to__many_blocks_at_once_with_what_waits_in_the_first(chain):
    digest = chain.send(chain.alice)
    assert chain.rpc("anvil_mine", "0x14") is None
    assert chain.rpc("anvil_mine") is None
    assert chain.rpc("eth_blockNumber") == hex(21)
    assert chain.receipt(digest)["blockNumber"] == "0x1"
    assert chain.error("anvil_mine", hex(MAX_MINED + 1)).message == "1001 blocks, at most 1000 at once"
