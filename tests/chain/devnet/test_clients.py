"""The embedded engine as a process among processes: plain web3.py over sockets, concurrency, signals."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from web3 import Web3
from web3.exceptions import ContractCustomError, ContractLogicError

from .conftest import Engine, init_code
from .test_execution import ECHO_REVERT
from .test_logs import LOGGER, word

# What a client script without any help from Assay looks like.
CLIENT = """
import sys
from web3 import Web3, HTTPProvider
from web3.middleware import SignAndSendRawMiddlewareBuilder
w3 = Web3(HTTPProvider(sys.argv[1]))
account = w3.eth.account.from_key(sys.argv[2])
w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
blocks = []
for turn in range(3):
    digest = w3.eth.send_transaction({"from": account.address, "to": account.address, "value": turn})
    blocks.append(w3.eth.wait_for_transaction_receipt(digest, poll_latency=0.05)["blockNumber"])
print(*blocks)
"""


def web3(engine: Engine) -> Web3:
    return Web3(Web3.HTTPProvider(engine.url))


def test_clients__four_processes_at_once__all_are_served_and_share_blocks(engine):
    clients = [
        subprocess.Popen(
            [sys.executable, "-c", CLIENT, engine.url, sender.key.hex()], stdout=subprocess.PIPE, text=True
        )
        for sender in engine.senders
    ]
    outputs = [client.communicate(timeout=60)[0] for client in clients]
    assert [client.returncode for client in clients] == [0, 0, 0, 0]
    for output in outputs:
        blocks = [int(number) for number in output.split()]
        assert len(blocks) == 3
        assert blocks == sorted(set(blocks))  # one transaction of a sender a block


def test_clients__many_threads_read_while_blocks_come__no_answer_is_mixed_up(engine):
    def read(number: int) -> bool:
        block = engine.rpc("eth_getBlockByNumber", hex(number % 3), False)
        return int(block["number"], 16) == number % 3

    while int(engine.rpc("eth_blockNumber"), 16) < 3:
        time.sleep(0.1)
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, range(300)))


def test_web3__contract_deployed_called_and_filtered__works_as_on_any_node(engine):
    w3, account = web3(engine), engine.alice
    abi = [
        {"type": "error", "name": "Late", "inputs": [{"name": "by", "type": "uint256"}]},
        {"type": "function", "name": "go", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
    ]
    transaction = {"from": account.address, "nonce": w3.eth.get_transaction_count(account.address)}
    built = w3.eth.contract(abi=abi, bytecode=init_code(ECHO_REVERT)).constructor().build_transaction(transaction)
    digest = w3.eth.send_raw_transaction(account.sign_transaction(built).raw_transaction)
    receipt = w3.eth.wait_for_transaction_receipt(digest, timeout=10, poll_latency=0.05)
    contract = w3.eth.contract(address=receipt["contractAddress"], abi=abi)
    with pytest.raises(ContractCustomError):
        contract.functions.go().call()
    with pytest.raises(ContractLogicError, match="too late"):
        w3.eth.call(
            {"to": contract.address, "data": "0x08c379a0" + word(32) + word(8) + b"too late".hex().ljust(64, "0")}
        )


def test_web3__batch__is_one_request(engine):
    w3 = web3(engine)
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block(0))
        batch.add(w3.eth.get_balance(engine.alice.address))
        block, balance = batch.execute()
    assert block["number"] == 0
    assert balance > 0


def test_web3__event_filter__sees_the_event(engine):
    w3, account = web3(engine), engine.alice
    pending = {"chainId": 4242, "gas": 200_000, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1}

    def send(**fields):
        nonce = w3.eth.get_transaction_count(account.address, "pending")
        signed = account.sign_transaction({**pending, "nonce": nonce, "value": 0, **fields})
        return w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(signed.raw_transaction), 10, 0.05)

    address = send(data=init_code(LOGGER))["contractAddress"]
    watcher = w3.eth.filter({"address": address})
    send(to=address, data="0x" + word(1) + word(2) + word(3))
    (log,) = watcher.get_new_entries()
    assert [int.from_bytes(topic) for topic in log["topics"]] == [1, 2]


def test_mining__interval__is_kept_on_average(engine):
    first = int(engine.rpc("eth_blockNumber"), 16)
    time.sleep(2)
    assert 5 <= int(engine.rpc("eth_blockNumber"), 16) - first <= 13


def test_engine__port_taken__says_so_and_fails(engine, tmp_path):
    genesis = engine.log.parent / "genesis.json"
    again = subprocess.run(
        [sys.executable, "-m", "assay_chain.devnet.embedded", "--genesis", genesis, "--port", str(engine.port)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert again.returncode == 1
    assert f"cannot listen on 127.0.0.1:{engine.port}" in again.stderr
    assert "Traceback" not in again.stderr


def test_engine__terminated_in_the_middle_of_a_block__ends_at_once(tmp_path):
    engine = Engine(tmp_path, block_time=0.1)
    endless = {"data": "0x5b600056", "gas": 30_000_000, "value": 0, "nonce": 0, "chainId": 4242}
    signed = engine.alice.sign_transaction({**endless, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1})
    engine.rpc("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex())
    time.sleep(0.5)  # the block with it takes seconds
    start = time.monotonic()
    assert engine.stop() == 0
    assert time.monotonic() - start < 6
    assert "Traceback" not in engine.log.read_text()


def test_engine__interrupted_and_started_again__begins_a_new_chain(tmp_path):
    first = Engine(tmp_path, block_time=0.1)
    while int(first.rpc("eth_blockNumber"), 16) < 5:
        time.sleep(0.1)
    first.process.send_signal(2)
    assert first.process.wait(10) == 0
    second = Engine(tmp_path, block_time=60)
    assert second.rpc("eth_blockNumber") == "0x0"
    second.stop()


def test_chain__thousands_of_empty_blocks__memory_and_latency_stay_sane(chain):
    before, start = psutil.Process().memory_info().rss, time.monotonic()
    for _ in range(2_000):
        chain.mine()
    assert (time.monotonic() - start) / 2_000 < 0.02
    assert psutil.Process().memory_info().rss - before < 30 << 20  # about 4 KB a block was measured
    start = time.monotonic()
    for _ in range(100):
        chain.rpc("eth_getBalance", chain.alice.address)
        chain.rpc("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
    assert (time.monotonic() - start) / 100 < 0.01
